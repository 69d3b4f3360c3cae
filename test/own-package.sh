# Sourced by suites that have a package of their own: needs $here, the folder it is in.
# give_up WHY: says so, and counts as one failure. install NAME: once for each content of the manifest.
give_up() {
  echo "$1" >&2
  echo "0 passed, 1 failed"
  exit 1
}

[ -x node_modules/.bin/vitest ] || give_up "npm ci comes first"

install() {
  local manifest
  manifest=$(cat "$here/package.json" "$here/package-lock.json" | sha256sum)
  [ "$manifest" != "$(cat "$here/node_modules/.installed" 2>/dev/null)" ] || return 0
  echo "$1: installing"
  (cd "$here" && npm ci) || give_up "$1 could not be installed"
  echo "$manifest" >"$here/node_modules/.installed"
}
