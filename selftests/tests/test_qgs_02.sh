#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A nested guest asks through its VMM, which connects to unix sockets on its behalf:
# to one that all guests share, and to one in the guest's own folder. QEMU passes
# what a serial port has, a few bytes at a time, as slow guests do; the service
# alone would swallow such requests.
#
#   guest 16: ttyS2 - QEMU - unix front ------- [qgs-mux] - qgs_standin: host
#             ttyS3 - QEMU - vm/g/fc.sock_4050 -'
# processors: one
# timeout: 600
# kernels: 6.12 7.2
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"

readonly CID=16 FRONT=$TEST_DIR/front FOLDERS=$TEST_DIR/vm REPLY_SIZE=4997
readonly STATUS=(qgs-mux-static status --json --control "$TEST_DIR/control")

# request NUMBER: what QEMU and libtdx_attest send, in base64; no two are the same.
request() {
  python3 -c "
import base64, struct
report = b'\x81'.ljust(128, b'\0') + b'$1'.ljust(896, b'\0')
body = struct.pack('<HHIIIII', 1, 1, 0, 24 + len(report), 0, len(report), 0) + report
print(base64.b64encode(struct.pack('>I', len(body)) + body).decode())"
}

# requests: how many came, or a part of one.
requests() {
  "${STATUS[@]}" | jq '[.guests[] | .requests + .malformed] | add'
}

# quote_at TTY NUMBER: the checksum of what a guest gets there. It asks again if qgs-mux has counted
# no request: then what was lost was lost on the way there.
quote_at() {
  local try before
  for try in 1 2 3; do
    before=$(requests)
    _ask_at "$1" "$2" && return
    [[ $(requests) == "$before" ]] || break
    echo "try $try: no request came" >&2
  done
  { cat "$TEST_DIR/mux" && "${STATUS[@]}"; } >&2
  return 1
}

_ask_at() {
  guest_exec g "
    stty -F /dev/$1 raw -echo
    exec 3<>/dev/$1
    echo $(request "$2") | base64 -d >&3
    timeout 40 head -c $REPLY_SIZE <&3 >/tmp/reply
    test \$(wc -c </tmp/reply) -eq $REPLY_SIZE && sha256sum </tmp/reply"
}

# quote_of_service NUMBER: the same, asked directly.
quote_of_service() {
  python3 -c "
import base64, socket, sys
with socket.socket(socket.AF_UNIX) as service:
    service.connect('$TEST_DIR/qgs')
    service.sendall(base64.b64decode('$(request "$1")'))
    while more := service.recv(65536):
        sys.stdout.buffer.write(more)" | sha256sum
}

guests() {
  # Another try of the guest may have been there before.
  "${STATUS[@]}" | jq -r '.guests | sort_by(.name)[] | select(.connections > 0)
    | "\(.name) \(.answered) \(.malformed)"'
}

connections_are() {
  "${STATUS[@]}" | grep -q "\"connections\":$1,"
}

dead_guest_leaves_nothing() {
  connections_are 2
  guest_stop g
  wait_for 20 connections_are 0
}

ktap_plan 6
mkdir -p "$FOLDERS/g"
background qgs_standin "unix:$TEST_DIR/qgs" --time 2000 >/dev/null
background qgs-mux-static run --qgs "$TEST_DIR/qgs" --listen "unix:$FRONT" \
  --watch "$FOLDERS/{guest}/fc.sock_{port}" --control "$TEST_DIR/control" --idle-timeout 1h \
  >>"$TEST_DIR/mux" 2>&1
wait_for 20 test -S "$FOLDERS/g/fc.sock_4050"
guest_start g "$CID" \
  -chardev "socket,id=shared,path=$FRONT" -device isa-serial,chardev=shared \
  -chardev "socket,id=own,path=$FOLDERS/g/fc.sock_4050" -device isa-serial,chardev=own
vmm=${guest_pids[g]}

check_output "a quote at the socket that all share" "$(quote_of_service 1)" quote_at ttyS2 1
check_output "another one over the same connection" "$(quote_of_service 2)" quote_at ttyS2 2
check_output "a quote at the socket in the guest's folder" "$(quote_of_service 3)" quote_at ttyS3 3
check_output "the reply is the guest's own" "$(quote_of_service 2)" quote_at ttyS3 2
check_output "they are known by their VMM and their folder" "g 2 0
pid:$vmm 2 0" guests
check "a guest that dies leaves no connection" dead_guest_leaves_nothing
