# What the tests need on the machine, and how to get it on Debian.

# have_COMMAND may be defined for what is not simply a command on the PATH.
have_postgres() { [ -n "$(postgres_bin)" ]; }
have_mariadbd() { [ -n "$(mariadb_server)" ]; }

have_jsonschema() { /usr/bin/python3 -c 'import jsonschema' 2>/dev/null; }
have_yaml() { /usr/bin/python3 -c 'import yaml' 2>/dev/null; }

have() {
  if declare -F "have_$1" >/dev/null; then "have_$1"; else command -v "$1" >/dev/null; fi
}

# Command and Debian package. Installing a server package may start the distribution's own
# server; that one is neither used nor stopped here.
require_servers_packages() {
  local command package missing=()
  while read -r command package; do
    have "$command" || missing+=("$package")
  done <<'LIST'
cc gcc
postgres postgresql
mariadbd mariadb-server
mariadb mariadb-client
sqlite3 sqlite3
python3 python3
jsonschema python3-jsonschema
yaml python3-yaml
openssl openssl
ps procps
setpriv util-linux
promtool prometheus
systemd-analyze systemd
LIST
  [ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
}

install_packages() {
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    have sudo || fail "missing Debian packages; as root: apt-get install $*"
    as_root=(sudo)
  fi
  have apt-get || fail "missing, and there is no apt-get to install them: $*"
  say "installing $*"
  "${as_root[@]}" apt-get update >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --no-install-recommends "$@" >&2
}

require_rust() {
  have cargo || fail "cargo is missing; install Rust: https://rustup.rs"
  if cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1; then
    return 0
  fi
  have rustup || fail "this Rust has no rustfmt or no clippy; install both"
  rustup component add rustfmt clippy >&2
}
