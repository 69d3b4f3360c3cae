#!/usr/bin/env bash
# Writes every resource of a stage, prod unless named, as JSON to .build/STAGE.json.
set -euo pipefail
cd "$(dirname "$0")/.."
stage=${1:-prod}
bash stacks/platform.sh
mkdir -p .build
node stacks/synth/synth.ts --stage "$stage" --bundle --out ".build/$stage.json"
echo ".build/$stage.json"
