#!/usr/bin/env bash
# Compares a full audit with Cloud Custodian's: installs it and moto below .cache/bench/peers, starts moto
# on loopback, runs the comparison, stops it. Arguments go to bench/peers/main.ts.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=bench/peers
cache=$PWD/.cache/bench/peers
mkdir -p "$cache"
export PATH="$PWD/node_modules/.bin:$PATH"

command -v python3 >/dev/null || { echo "python3 is not installed" >&2; exit 3; }
if ! cmp -s "$here/requirements.txt" "$cache/python/.installed"; then
  echo "installing Cloud Custodian and moto"
  rm -rf "$cache/python"
  python3 -m venv "$cache/python"
  "$cache/python/bin/pip" install --quiet --requirement "$here/requirements.txt"
  cp "$here/requirements.txt" "$cache/python/.installed"
fi

"$cache/python/bin/moto_server" -H 127.0.0.1 -p 0 >"$cache/moto.log" 2>&1 &
moto=$!
trap 'kill "$moto" 2>/dev/null || true; wait "$moto" 2>/dev/null || true' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
for _ in $(seq 300); do
  PORTWARD_BENCH_MOTO=$(grep -oEm1 'http://127\.0\.0\.1:[0-9]+' "$cache/moto.log" || true)
  [ -n "$PORTWARD_BENCH_MOTO" ] && break
  sleep 0.1
done
[ -n "$PORTWARD_BENCH_MOTO" ] || { tail "$cache/moto.log" >&2; exit 3; }
export PORTWARD_BENCH_MOTO PORTWARD_BENCH_PYTHON=$cache/python/bin

node "$here/main.ts" "$@" &
wait $!
