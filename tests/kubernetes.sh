#!/usr/bin/env bash
# The manifests are what Kubernetes understands, hold what they promise, and carry a schedule without faults.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

/usr/bin/python3 tests/kubernetes/check.py packaging/kubernetes "$work/retentiond.toml"
"${CARGO_TARGET_DIR:-target}/debug/retentiond" -s "$work/retentiond.toml" check
