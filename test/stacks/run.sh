#!/usr/bin/env bash
# Synthesises the stages and asserts what they declare. SST's platform, 320 MB of Pulumi's packages, is
# installed first where it is missing. Arguments go to vitest.
set -euo pipefail
cd "$(dirname "$0")/../.."
bash stacks/platform.sh
tsc --noEmit --project stacks/tsconfig.json
exec vitest run --project stacks "$@"
