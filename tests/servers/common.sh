# What both servers share: their directory, their user, their port, their end.

say() { echo "tests/run: $*" >&2; }
fail() {
  say "$*"
  exit 1
}

SERVERS_DIR=
SERVERS_OUTLIVE_US=no
AS_SERVER_USER=()

# DIR/owner holds the process that will take the servers down; servers left running on purpose
# have none.
make_servers_dir() {
  umask 022
  SERVERS_DIR=$(realpath "$(mktemp -d "${TMPDIR:-/tmp}/retentiond-test.XXXXXXXX")")
  note_process "$SERVERS_DIR/owner" $$
  chmod 755 "$SERVERS_DIR"
  choose_server_user
}

# Neither server runs as root. The packages' own users would reach the data of the machine's own
# servers; nobody reaches nothing.
choose_server_user() {
  [ "$(id -u)" -eq 0 ] || return 0
  AS_SERVER_USER=(setpriv --reuid=nobody "--regid=$(id -g nobody)" --clear-groups)
  "${AS_SERVER_USER[@]}" test -x "$SERVERS_DIR" ||
    fail "the user nobody, who runs the servers, cannot enter $SERVERS_DIR: set TMPDIR to a directory that all may enter"
}

# A directory below SERVERS_DIR that only the server's user may read.
make_private_dir() {
  mkdir -m 700 "$1"
  [ ${#AS_SERVER_USER[@]} -eq 0 ] || chown nobody "$1"
}

# Runs a server's preparation; its output is shown only if it fails.
prepare() {
  local log=$1
  shift
  (cd "$SERVERS_DIR" && exec "${AS_SERVER_USER[@]}" "$@") >"$log" 2>&1 </dev/null && return 0
  tail -n 40 "$log" >&2
  fail "failed: $*"
}

# Starts a server in a session of its own (an interrupt at the terminal is ours to handle) and
# notes its pid. Should this script be killed outright, the servers go with it.
launch() {
  local name=$1 with_us=(setpriv --pdeathsig KILL)
  shift
  [ "$SERVERS_OUTLIVE_US" = no ] || with_us=()
  (cd "$SERVERS_DIR" && exec setsid "${AS_SERVER_USER[@]}" "${with_us[@]}" "$@") \
    >"$SERVERS_DIR/$name.log" 2>&1 </dev/null &
  note_process "$SERVERS_DIR/$name.pid" $!
}

# Below the ephemeral range, so that no outgoing connection takes the port in between.
free_port() {
  local port
  while port=$((10000 + RANDOM % 20000)); do
    (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  echo "$port"
}

# start_on_free_port NAME: calls launch_NAME DIR PORT until NAME_answers DIR PORT, and sets PORT.
# Another process may take the port first: then the server ends, and another port is tried.
start_on_free_port() {
  local name=$1 dir=$2
  for _ in 1 2 3 4 5; do
    PORT=$(free_port)
    "launch_$name" "$dir" "$PORT"
    ! wait_until_answering "$name" "$dir" "$PORT" || return 0
  done
  tail -n 40 "$dir/$name.log" >&2
  fail "$name does not start; the end of its log is above"
}

wait_until_answering() {
  local name=$1 dir=$2 port=$3 deadline=$((SECONDS + 60))
  while server_runs "$name" "$dir"; do
    ! "${name}_answers" "$dir" "$port" || return 0
    if [ "$SECONDS" -ge "$deadline" ]; then
      "stop_$name" "$dir"
      return 1
    fi
    sleep 0.1
  done
  return 1
}

# When a process began, by the kernel's count: together with the pid this names one process for
# good, before and after it has become the program it is to run. Fails if it has ended.
birth_of() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  # After the name in parentheses: the state, and as the twentieth the start.
  read -ra stat <<<"${stat##*) }"
  [ "${stat[0]}" != Z ] && echo "${stat[19]}"
}

# note_process FILE PID
note_process() { echo "$2 $(birth_of "$2" || true)" >"$1"; }

# process_lives FILE
process_lives() {
  local pid birth
  { read -r pid birth <"$1"; } 2>/dev/null && [ -n "$birth" ] && [ "$(birth_of "$pid")" = "$birth" ]
}

# server_runs NAME DIR
server_runs() { process_lives "$2/$1.pid"; }

# signal_server SIGNAL NAME DIR
signal_server() {
  local pid birth
  server_runs "$2" "$3" || return 0
  read -r pid birth <"$3/$2.pid"
  kill "-$1" "$pid" 2>/dev/null || true
}

# stop_server NAME SIGNAL DIR
stop_server() {
  local name=$1 signal=$2 dir=$3
  signal_server "$signal" "$name" "$dir"
  for _ in $(seq 200); do
    server_runs "$name" "$dir" || return 0
    sleep 0.1
  done
  signal_server KILL "$name" "$dir"
}

stop_servers() {
  local dir=$1
  [ -n "$dir" ] || return 0
  [ -e "$dir/ca.pem" ] || [ -e "$dir/owner" ] || fail "no test servers in $dir"
  stop_postgres "$dir"
  stop_mariadb "$dir"
  rm -rf "$dir"
}

# Runs that were killed outright leave a directory whose owner lives no more.
sweep_abandoned_servers() {
  local dir
  for dir in "${TMPDIR:-/tmp}"/retentiond-test.*; do
    if [ -O "$dir" ] && [ -s "$dir/owner" ] && ! process_lives "$dir/owner"; then
      stop_servers "$dir"
    fi
  done
}
