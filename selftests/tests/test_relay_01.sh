#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A relay on the host and one in a nested guest, with vsock between them: what
# comes in on TCP at one goes out on TCP at the other.
#
#   guest 16: client - tcp:700N [relay] - vsock host:800N - [relay] tcp:900N - server: host
#   host:     client - tcp:7100 [relay] - vsock 16:8100 -- [relay] tcp:9100 - server: guest 16
#
# N is 0 for an echo, 1 for a server of each test's own, 2 for a guest that may not.
# processors: one
# timeout: 600
# kernels: 6.1 7.2
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"

readonly CID=16 RELAY=vsock-relay-static
# More than the buffers on the way take. Every byte is checked when it has come back.
readonly BULK=(--total 4 --at-once 4 --bytes 4000000 --half-close)

# --- the machines -----------------------------------------------------------------

# host_relay OPTION...: its pid is $!.
host_relay() {
  background "$RELAY" run "$@" >>"$TEST_DIR/relay" 2>&1
}

guest_relay() {
  guest_background "$RELAY run $*"
}

# guest_background SCRIPT: the guest's shell runs it.
guest_background() {
  guest_exec g "($1) >>/tmp/background 2>&1 &"
}

# open_input COMMAND...: the command, whose standard input does not end.
open_input() {
  exec "$@" 0<>"$TEST_DIR/open"
}

listens() {
  [[ -n $(ss --tcp --listening --no-header "sport = :$1") ]]
}

# with_server COMMAND... -- CLIENT...: the client, while the command serves at tcp:9001.
with_server() {
  local command=() pid status=0
  while [[ $1 != -- ]]; do
    command+=("$1")
    shift
  done
  background "${command[@]}"
  pid=$!
  wait_for 10 listens 9001
  "${@:2}" || status=$?
  end_process "$pid"
  return "$status"
}

# --- what is asked ------------------------------------------------------------------

# The answer comes 1.5 s after the end of the request.
late_answer() {
  with_server socat -t 10 TCP-LISTEN:9001,bind=127.0.0.1,fork,reuseaddr \
    SYSTEM:"cat >/dev/null; sleep 1.5; echo late" -- \
    guest_exec g "echo request | nc 127.0.0.1 7001"
}

# ends_by_itself PORT: a client of the guest that has not ended gets an end,
# from a relay of the guest.
ends_by_itself() {
  local status=0
  guest_exec g "exec 3<>/tmp/request; echo request >&3; timeout 10 nc 127.0.0.1 $1 <&3" || status=$?
  echo "status $status"
  # Others are of timeout, which had to end it, and of guest_exec.
  ((status == 0 || status == 1))
}

# vsock knows no reset, but an end must come.
end_after_reset() {
  with_server python3 -c "
import socket, struct
client = socket.create_server(('127.0.0.1', 9001)).accept()[0]
client.recv(1)
client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
client.close()" -- \
    ends_by_itself 7001
}

# The guest's client dies while data comes.
killed_client() {
  guest_exec g "relay_load bulk tcp:127.0.0.1:7000 --direction down 0<>/tmp/open &
    sleep 1; kill -9 \$!" && wait_for 10 no_connections_to 9000
}

no_connections_to() {
  [[ -z $(ss --tcp --no-header state connected exclude time-wait \
    "sport = :$1 or dport = :$1") ]]
}

# The server behind it answers whoever gets through.
refused() {
  local status=0
  guest_exec g relay_load exchange tcp:127.0.0.1:7002 || status=$?
  ((status == 1)) && ends_by_itself 7002 && no_connections_to 9000
}

# through COMMAND...: an echo by the guest's server of what the command sends to it.
through() {
  [[ $(printf Ehello | timeout 20 "$@") == hello ]]
}

# The guest's wget knows old algorithms only.
secret_page() {
  (cd "$TEST_DIR" && echo "it is encrypted" >page
    openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=host -days 2 \
      -keyout key -out certificate 2>openssl.log
    with_server openssl s_server -accept 127.0.0.1:9001 -key key -cert certificate -WWW -quiet \
      -cipher ALL:@SECLEVEL=0 -- \
      guest_exec g wget -q -O - --no-check-certificate https://127.0.0.1:7001/page)
}

loopback_comes_up() {
  guest_exec g "ip link set lo down; timeout 2 $RELAY run --setup-lo \
    --from tcp:127.0.0.1:7005 --to vsock:host:8005; ip link show lo | grep 'LOOPBACK,UP'"
}

# A client of the host has a connection into the guest when that dies.
dead_guest() {
  local client
  background open_input relay_load bulk tcp:127.0.0.1:7100 --direction down
  client=$!
  sleep 1
  guest_stop g
  wait "$client"
}

sockets_of() {
  find "/proc/$1/fd" -lname 'socket:*' | wc -l
}

holds_sockets() {
  [[ $(sockets_of "$1") == "$2" ]]
}

# --- the test -----------------------------------------------------------------------

ktap_plan 12
mkfifo "$TEST_DIR/open"
guest_start g "$CID"
guest_exec g mkfifo /tmp/open /tmp/request
host_relay --from vsock:any:8000 --to tcp:127.0.0.1:9000
relay=$!
host_relay --from vsock:any:8001 --to tcp:127.0.0.1:9001
host_relay --from vsock:any:8002 --to tcp:127.0.0.1:9000 --allow-cid "$((CID + 1))"
host_relay --from tcp:127.0.0.1:7100 --to "vsock:$CID:8100"
for i in 0 1 2; do
  guest_relay --from "tcp:127.0.0.1:700$i" --to "vsock:host:800$i"
done
guest_relay --from vsock:any:8100 --to tcp:127.0.0.1:9100
guest_background "relay_load serve tcp:127.0.0.1:9100 0<>/tmp/open"
background open_input relay_load serve tcp:127.0.0.1:9000 >/dev/null

wait_for 20 relay_load exchange tcp:127.0.0.1:7100
check "host to guest and back, with half-close" relay_load exchange tcp:127.0.0.1:7100 "${BULK[@]}"
wait_for 20 guest_exec g relay_load exchange tcp:127.0.0.1:7000
at_rest=$(sockets_of "$relay")
check "guest to host and back, with half-close" \
  guest_exec g relay_load exchange tcp:127.0.0.1:7000 "${BULK[@]}"
check_output "an answer 1.5 s after the end of the request arrives" late late_answer
check "a reset of the host's server ends the guest's connection" end_after_reset
check "a killed client of the guest ends the host's connection" killed_client
check "a CID that is not allowed gets no connection" refused
check "socat talks to the guest's relay" through socat -t 10 - "VSOCK-CONNECT:$CID:8100"
check "ncat talks to the guest's relay" through ncat --vsock "$CID" 8100
check_output "a page of an HTTPS server comes through" "it is encrypted" secret_page
check "a relay brings the guest's loopback interface up" loopback_comes_up
check_fails "a guest that dies ends the host's connection" dead_guest
check "nothing is left in the host's relay" wait_for 10 holds_sockets "$relay" "$at_rest"
