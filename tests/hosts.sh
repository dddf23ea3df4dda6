#!/usr/bin/env bash
# Two hosts on one state store, for a minute: the short form of tests/hosts, with the program that the tests have built.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec tests/hosts 4 "${CARGO_TARGET_DIR:-target}/debug/retentiond"
