#!/usr/bin/env bash
# Compares Portward with what others made: installs it below .cache/conformance, starts it on loopback,
# runs the tests, stops it. Arguments go to vitest. The last line is "N passed, N failed".
set -euo pipefail
cd "$(dirname "$0")/../.."
here=test/conformance
cache=$PWD/.cache/conformance
logs=$cache/logs
mkdir -p "$logs"
export PATH="$PWD/node_modules/.bin:$PATH"
running=""

stop() {
  for process in $running; do kill "$process" 2>/dev/null || true; done
  for process in $running; do wait "$process" 2>/dev/null || true; done
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

give_up() {
  echo "$1" >&2
  if [ -n "${2-}" ]; then tail -n 20 "$2" | cut -c 1-300 >&2; fi
  echo "0 passed, 1 failed"
  exit 1
}

# install NAME FOLDER MANIFEST COMMAND: once for each content of the manifest, and wholly or not at all.
install() {
  local name=$1 folder=$cache/$2 manifest=$here/$3 log=$logs/install-$2.log began=$SECONDS
  if cmp -s "$manifest" "$folder/.installed"; then
    echo "$name: there"
    return
  fi
  echo "$name: installing"
  rm -rf "$folder"
  "$4" "$folder" "$manifest" >"$log" 2>&1 || give_up "$name could not be installed" "$log"
  cp "$manifest" "$folder/.installed"
  echo "$name: installed in $((SECONDS - began)) s"
}

install_python() {
  python3 -m venv "$1"
  "$1/bin/pip" install --quiet --requirement "$2"
}

install_java() {
  mvn --quiet --batch-mode --file "$2" dependency:copy-dependencies "-DoutputDirectory=$1"
}

# start NAME COMMAND…: runs a server; address_of finds where it listens in what it prints.
start() {
  local name=$1
  shift
  "$@" >"$logs/$name.log" 2>&1 &
  running="$running $!"
}

address_of() {
  local log=$logs/$1.log address
  for _ in $(seq 300); do
    address=$(grep -oEm1 'http://127\.0\.0\.1:[0-9]+' "$log" || true)
    if [ -n "$address" ]; then
      echo "$address"
      return
    fi
    sleep 0.1
  done
  return 1
}

for tool in python3 java mvn; do
  command -v "$tool" >/dev/null || give_up "$tool is not installed, and without it nothing is compared"
done
[ -x node_modules/.bin/vitest ] || give_up "npm ci comes first"

# Both at once; a failure of either is the failure of all.
install "moto, the aws CLI and boto3" python requirements.txt install_python &
python=$!
install "event-ruler and DynamoDB Local" java pom.xml install_java &
java=$!
wait "$python" || exit 1
wait "$java" || exit 1

start moto "$cache/python/bin/moto_server" -H 127.0.0.1 -p 0
start dynamodb java "-Djava.library.path=$cache/java" -cp "$cache/java/*" "$here/java/Tables.java"
PORTWARD_CONFORMANCE_MOTO=$(address_of moto) || give_up "moto does not start" "$logs/moto.log"
PORTWARD_TEST_DYNAMODB=$(address_of dynamodb) || give_up "DynamoDB Local does not start" "$logs/dynamodb.log"
export PORTWARD_CONFORMANCE_MOTO PORTWARD_TEST_DYNAMODB
export PORTWARD_CONFORMANCE_PYTHON=$cache/python/bin PORTWARD_CONFORMANCE_JAVA=$cache/java
echo "moto at $PORTWARD_CONFORMANCE_MOTO, DynamoDB Local at $PORTWARD_TEST_DYNAMODB"
echo

# In the background, so that a signal is heeded at once.
vitest run --config "$here/vitest.config.ts" "$@" &
running="$running $!"
wait $!
