# A PostgreSQL of our own.

# The directory of the newest installed server's programs.
postgres_bin() {
  local newest
  newest=$(printf '%s\n' /usr/lib/postgresql/*/bin/postgres | sort -V | tail -n 1)
  if [ -x "$newest" ]; then dirname "$newest"; fi
}

# start_postgres DIR: sets RETENTIOND_TEST_POSTGRES.
# The superuser "postgres" is trusted with any password. Every other role must give its password
# (scram-sha-256): tests of a wrong password create a role of their own.
start_postgres() {
  local dir=$1 PORT
  make_private_dir "$dir/postgres"
  prepare "$dir/initdb.log" "$(postgres_bin)/initdb" --no-sync --pgdata="$dir/postgres/data" \
    --username=postgres --encoding=UTF8 --locale=C.UTF-8 --auth=trust
  give_certificate "$dir" "$dir/postgres"
  postgres_settings "$dir" >>"$dir/postgres/data/postgresql.conf"
  postgres_access >"$dir/postgres/data/pg_hba.conf"
  start_on_free_port postgres "$dir"
  RETENTIOND_TEST_POSTGRES="postgres://postgres:postgres@127.0.0.1:$PORT/postgres"
  say "PostgreSQL answers on port $PORT"
}

postgres_settings() {
  cat <<TEXT
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 250
max_prepared_transactions = 10
timezone = 'UTC'
ssl = on
ssl_cert_file = '$1/postgres/server.pem'
ssl_key_file = '$1/postgres/server.key'
TEXT
  postgres_pace
}

# Nothing here outlives the run: speed instead of durability. The benchmark has a pace of its own.
postgres_pace() {
  cat <<'TEXT'
wal_level = logical
fsync = off
synchronous_commit = off
full_page_writes = off
shared_buffers = 64MB
max_wal_size = 256MB
TEXT
}

postgres_access() {
  cat <<'TEXT'
host all postgres 127.0.0.1/32 trust
host replication postgres 127.0.0.1/32 trust
host all all 127.0.0.1/32 scram-sha-256
TEXT
}

launch_postgres() {
  launch postgres "$(postgres_bin)/postgres" -D "$1/postgres/data" -p "$2"
}

# It must be ours, not another server that took the port.
postgres_answers() {
  local answer
  answer=$("$(postgres_bin)/psql" --no-psqlrc -Atc 'SHOW data_directory' \
    "postgres://postgres@127.0.0.1:$2/postgres" 2>/dev/null) && [ "$answer" = "$1/postgres/data" ]
}

# A fast shutdown: sessions are ended, not waited for.
stop_postgres() { stop_server postgres INT "$1"; }
