#!/usr/bin/env bash
# Changes Portward's code in small ways and looks whether a test notices: installs Stryker into this
# folder and runs it. Without arguments over everything in scope, with --changed over what changed, with
# paths over those. A whole run goes on where the last one ended, unless .cache/mutation is removed. The
# last line is "N passed, N failed".
set -euo pipefail
cd "$(dirname "$0")/../.."
here=test/mutation
export PATH="$PWD/node_modules/.bin:$PATH"

. test/own-package.sh

install "Stryker"

exec node "$here/main.ts" "$@"
