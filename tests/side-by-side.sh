#!/usr/bin/env bash
# What waits more than it works, side by side: the short form of the soak, two hosts on one state store for a minute, and
# replicas that lag.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
program=${CARGO_TARGET_DIR:-target}/debug/retentiond
told=$(mktemp -d)
tests/soak 0.7 "$program" >"$told/soak" 2>&1 &
soak=$!
tests/hosts 4 "$program" >"$told/hosts" 2>&1 &
hosts=$!
end() {
  local rc=$? one
  kill -TERM "$soak" "$hosts" 2>/dev/null || true
  for one in "$soak" "$hosts"; do wait "$one" || rc=$?; done
  cat "$told/soak" "$told/hosts"
  rm -rf "$told"
  exit "$rc"
}
trap 'exit 130' INT TERM HUP
trap end EXIT
tests/replicas "$program"
wait "$soak"
wait "$hosts"
