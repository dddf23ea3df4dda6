# A MariaDB of our own.

mariadb_server() {
  command -v mariadbd || { [ ! -x /usr/sbin/mariadbd ] || echo /usr/sbin/mariadbd; }
}

# start_mariadb DIR: sets RETENTIOND_TEST_MARIADB.
# The user "retentiond_admin" may do everything; every user, this one too, must give its password.
start_mariadb() {
  local dir=$1 PORT
  make_private_dir "$dir/mariadb"
  # With a temporary directory of its own: a MariaDB that starts clears away what looks like its
  # temporary tables, another one's too.
  prepare "$dir/mariadb-install-db.log" env TMPDIR="$dir/mariadb" mariadb-install-db --no-defaults \
    --datadir="$dir/mariadb/data" --auth-root-authentication-method=normal --skip-test-db
  give_certificate "$dir" "$dir/mariadb"
  mariadb_settings "$dir" >"$dir/mariadb.cnf"
  mariadb_users >"$dir/mariadb-users.sql"
  start_on_free_port mariadb "$dir"
  RETENTIOND_TEST_MARIADB="mysql://retentiond_admin:retentiond_admin@127.0.0.1:$PORT/"
  say "MariaDB answers on port $PORT"
}

mariadb_settings() {
  cat <<TEXT
[mariadbd]
datadir = $1/mariadb/data
tmpdir = $1/mariadb
pid-file = $1/mariadb/mariadbd.pid
socket = mariadbd.sock
init-file = $1/mariadb-users.sql
bind-address = 127.0.0.1
skip-name-resolve
skip-log-bin
max_connections = 250
character-set-server = utf8mb4
default-time-zone = +00:00
innodb_lock_wait_timeout = 10
lock_wait_timeout = 30
ssl-cert = $1/mariadb/server.pem
ssl-key = $1/mariadb/server.key
ssl-ca = $1/mariadb/ca.pem
TEXT
  mariadb_pace
}

# Nothing here outlives the run: speed instead of durability. The benchmark has a pace of its own.
mariadb_pace() {
  cat <<'TEXT'
innodb_flush_log_at_trx_commit = 0
innodb_flush_method = nosync
innodb_doublewrite = 0
innodb_fast_shutdown = 2
innodb_buffer_pool_size = 64M
TEXT
}

mariadb_users() {
  cat <<'TEXT'
CREATE USER IF NOT EXISTS 'retentiond_admin'@'127.0.0.1' IDENTIFIED BY 'retentiond_admin';
GRANT ALL PRIVILEGES ON *.* TO 'retentiond_admin'@'127.0.0.1' WITH GRANT OPTION;
TEXT
}

launch_mariadb() {
  launch mariadb "$(mariadb_server)" --defaults-file="$1/mariadb.cnf" --port="$2"
}

# It must be ours, not another server that took the port.
mariadb_answers() {
  local answer
  answer=$(mariadb --no-defaults --protocol=tcp --host=127.0.0.1 --port="$2" \
    --user=retentiond_admin --password=retentiond_admin --batch --skip-column-names \
    --execute='SELECT @@datadir' 2>/dev/null) && [ "$answer" = "$1/mariadb/data/" ]
}

stop_mariadb() { stop_server mariadb TERM "$1"; }
