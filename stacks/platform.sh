#!/usr/bin/env bash
# Installs SST's platform into .sst/ (git-ignored) where it is missing or of another version. It needs the
# npm registry, and no AWS credentials.
set -euo pipefail
cd "$(dirname "$0")/.."
wanted=$(node --print 'JSON.parse(fs.readFileSync("node_modules/sst/package.json", "utf8")).version')
if [ "$(cat .sst/platform/version 2>/dev/null)" = "$wanted" ] && [ -d .sst/platform/node_modules/@pulumi/aws ]; then
  exit 0
fi
export SST_STAGE=synth SST_SKIP_DEPENDENCY_CHECK=1 SST_NO_BUN=1 SST_TELEMETRY_DISABLED=1
echo "installing SST's platform"
sst install
