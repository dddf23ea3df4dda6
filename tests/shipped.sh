#!/usr/bin/env bash
# What is shipped is what is tested: every crate of the shipped program is in the tested one, in the same version and with
# the same features. Cargo gives a crate the features that anybody asks for, crates that only tests need among them; each
# difference that this makes is written down here with the reason why it changes nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# In the tests these have more features, which crates of the tests ask for.
#   idna             `default` is what is on already, under one more name
#   regex-automata   and
#   regex-syntax     engines and tables for Unicode: tracing-subscriber builds the automata that it matches fields of
#                    RETENTIOND_LOG with from neither
#   rustix           `fs` adds functions, for tempfile
known=' idna regex-automata regex-syntax rustix '

host=$(rustc --version --verbose | sed -n 's/^host: //p')
# crates TARGET EDGES FEATURES
crates() {
  cargo tree --locked --target "$1" --edges "$2" --features "$3" --prefix none --format '{p} [{f}]' |
    sed 's/ (\*)$//; s/ (proc-macro)//; s/^\(retentiond\) .*/\1/' | LC_ALL=C sort -u
}
tested=$(crates "$host" normal,build,dev simulated-clock,object-store,fault-points)
for target in "$host" "${host%%-*}-unknown-linux-musl"; do
  # packaging/build builds with these features and no others.
  grep -q -- '--features object-store ' packaging/build || { echo "packaging/build builds something else" >&2; exit 1; }
  differs=$(LC_ALL=C comm -23 <(crates "$target" normal,build object-store) <(echo "$tested"))
  while read -r crate rest; do
    case $known in
      *" $crate "*) ;;
      *) [ -z "$crate" ] || { echo "shipped for $target, and not what is tested: $crate $rest" >&2; exit 1; } ;;
    esac
  done <<<"$differs"
done
echo "shipped and tested: the same crates with the same features, but for$known"
