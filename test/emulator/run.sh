#!/usr/bin/env bash
# Creates the whole app in MiniStack and runs the main job in it. MiniStack is installed into
# .cache/emulator, SST's platform into .sst/; both are git-ignored. Arguments go to vitest.
set -euo pipefail
cd "$(dirname "$0")/../.."
cache=$PWD/.cache/emulator
if ! cmp -s test/emulator/requirements.txt "$cache/.installed"; then
  rm -rf "$cache"
  python3 -m venv "$cache"
  "$cache/bin/pip" install --quiet --requirement test/emulator/requirements.txt
  cp test/emulator/requirements.txt "$cache/.installed"
fi
bash stacks/platform.sh
mkdir -p .build
exec vitest run --config test/emulator/vitest.config.ts "$@"
