# A throw-away authority and one server certificate for 127.0.0.1 and localhost.

# make_certificates DIR: writes DIR/ca.pem, DIR/server.pem and DIR/server.key.
make_certificates() {
  local dir=$1
  local new_key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)
  certificate_settings >"$dir/openssl.cnf"
  run_openssl "$dir" req -x509 "${new_key[@]}" -days 3650 -config openssl.cnf -extensions authority \
    -subj "/CN=retentiond test authority" -keyout ca.key -out ca.pem
  run_openssl "$dir" req "${new_key[@]}" -config openssl.cnf -subj "/CN=127.0.0.1" \
    -keyout server.key -out server.csr
  run_openssl "$dir" x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 \
    -extfile openssl.cnf -extensions server -out server.pem
}

run_openssl() (
  cd "$1"
  shift
  umask 077
  openssl "$@" 2>openssl.log || { cat openssl.log >&2; fail "failed: openssl $*"; }
  chmod a+r ./*.pem 2>/dev/null
)

certificate_settings() {
  cat <<'TEXT'
[req]
prompt = no
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = IP:127.0.0.1, DNS:localhost
TEXT
}

# give_certificate DIR PRIVATE_DIR: both servers insist on a key that is theirs alone.
give_certificate() {
  cp "$1/server.pem" "$1/server.key" "$1/ca.pem" "$2/"
  chmod 600 "$2/server.key"
  [ ${#AS_SERVER_USER[@]} -eq 0 ] || chown nobody "$2/server.key"
}
