#!/usr/bin/env bash
# Changes Portward's code in small ways and looks whether a test notices: installs Stryker into this
# folder and runs it. Without arguments over everything in scope, with --changed over what changed, with
# paths over those. A whole run goes on where the last one ended, unless .cache/mutation is removed. The
# last line is "N passed, N failed".
set -euo pipefail
cd "$(dirname "$0")/../.."
here=test/mutation
export PATH="$PWD/node_modules/.bin:$PATH"

give_up() {
  echo "$1" >&2
  echo "0 passed, 1 failed"
  exit 1
}

[ -x node_modules/.bin/vitest ] || give_up "npm ci comes first"

manifest=$(cat "$here/package.json" "$here/package-lock.json" | sha256sum)
if [ "$manifest" != "$(cat "$here/node_modules/.installed" 2>/dev/null)" ]; then
  echo "Stryker: installing"
  (cd "$here" && npm ci) || give_up "Stryker could not be installed"
  echo "$manifest" >"$here/node_modules/.installed"
fi

exec node "$here/main.ts" "$@"
