# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Traffic between the host and guests in userspace, for the tests of rewriting. Use after lib.sh:
#   . "$(dirname "$0")/traffic.sh"
# All of these check every byte, message, address and packet source, and fail if one is wrong.

# How much one connection carries, as an option of a client. By default several times the buffer of
# a socket, which arrives only if credit is given and taken.
AMOUNT=--bytes=1000000

# serve COMMAND...: starts a server in the background (its pid is $!), and waits until clients can
# come.
serve() {
  local ready
  ready=$(mktemp --dry-run --tmpdir="$TEST_DIR")
  background "$@" --ready-file "$ready"
  wait_for 10 test -e "$ready"
}

# with_server PID COMMAND...: the client's command; both must succeed.
with_server() {
  local server=$1
  shift
  if ! "$@"; then
    end_process "$server"
    return 1
  fi
  wait "$server"
}

# guest_to_host GUEST PARENT TYPE [OPTION...]: guest GUEST connects to the host as CID PARENT. The
# host sees its own CID 2 connected with GUEST; the guest sees PARENT in every packet.
guest_to_host() {
  local guest=$1 parent=$2 type=$3 port=$((1000 + $1)) seen=$TEST_DIR/seen.$1
  shift 3
  serve vsock_peer listen --port "$port" --type "$type" --expect-peer "$guest" "$@" >"$seen"
  with_server $! fake_guest --cid "$guest" --expect-src "$parent" \
    connect --dst "$parent:$port" --type "$type" "$AMOUNT" "$@" || return 1
  cat "$seen"
  grep -q " local 2:$port " "$seen"
}

# host_to_guest GUEST PARENT TYPE [OPTION...]: the host connects to guest GUEST, which sees PARENT
# in every packet.
host_to_guest() {
  local guest=$1 parent=$2 type=$3 port=$((1000 + $1))
  shift 3
  serve fake_guest --cid "$guest" --expect-src "$parent" \
    accept --port "$port" --type "$type" --expect-peer "$parent" "$@"
  with_server $! vsock_peer connect --cid "$guest" --port "$port" --type "$type" \
    --expect-peer "$guest" "$AMOUNT" "$@"
}

# both_ways GUEST PARENT: from either side, both socket types.
both_ways() {
  local type
  for type in stream seqpacket; do
    guest_to_host "$1" "$2" "$type" || return 1
    host_to_guest "$1" "$2" "$type" || return 1
  done
}

# all_at_once 'COMMAND...'...: runs commands of one line each at the same time; all must succeed.
all_at_once() {
  local command pids=() pid status=0
  for command in "$@"; do
    # shellcheck disable=SC2086 # the words of the line
    background $command
    pids+=($!)
  done
  for pid in "${pids[@]}"; do
    wait "$pid" || status=1
  done
  return "$status"
}

# beside 'COMMAND...' 'FLOW...'...: runs the first command, and meanwhile the others, again and again;
# all must succeed every time.
beside() {
  local command=$1 flow pid flows=()
  shift
  # shellcheck disable=SC2086 # the words of the line
  background $command
  pid=$!
  for flow in "$@"; do
    flows+=("_until_end_of $pid $flow")
  done
  all_at_once "${flows[@]}" && wait "$pid"
}

_until_end_of() {
  local pid=$1
  shift
  "$@" || return 1
  while kill -0 "$pid" 2>/dev/null; do
    "$@" || return 1
  done
}

# answers_to GUEST PACKET [OPTION...]: what comes back to guest GUEST within a second, without
# credit and the like.
answers_to() {
  local guest=$1
  shift
  fake_guest --cid "$guest" raw --seconds 1 "$@" | cut --delimiter=' ' --fields=1-3
}

# nobody_hears PORT GUEST COMMAND...: the command must leave a listener on a port of the host, and
# guest GUEST, with nothing at all.
nobody_hears() {
  local port=$1 guest=$2 listener watcher
  shift 2
  serve vsock_peer listen --port "$port" --timeout $((4 * SLOWNESS)) >"$TEST_DIR/listener" 2>&1
  listener=$!
  serve fake_guest --cid "$guest" raw --seconds $((4 * SLOWNESS)) >"$TEST_DIR/watcher" 2>&1
  watcher=$!
  "$@" || return 1
  if ! kill -0 "$listener" || ! kill -0 "$watcher"; then
    echo "nobody listened for long enough"
    return 1
  fi
  wait "$watcher"
  ! wait "$listener" || return 1
  cat "$TEST_DIR/listener" "$TEST_DIR/watcher"
  grep -q "^error: no connection came" "$TEST_DIR/listener" && [[ ! -s $TEST_DIR/watcher ]]
}
