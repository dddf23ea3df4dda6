#!/usr/bin/env bash
# What waits more than it works, side by side: the short form of the soak, and replicas that lag.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
program=${CARGO_TARGET_DIR:-target}/debug/retentiond
told=$(mktemp)
tests/soak 0.7 "$program" >"$told" 2>&1 &
soak=$!
end() {
  local rc=$?
  kill -TERM "$soak" 2>/dev/null || true
  wait "$soak" || rc=$?
  cat "$told"
  rm -f "$told"
  exit "$rc"
}
trap 'exit 130' INT TERM HUP
trap end EXIT
tests/replicas "$program"
wait "$soak"
