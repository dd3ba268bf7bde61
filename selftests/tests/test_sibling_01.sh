#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Another guest as the parent.
#
#   guest 16 ---- rule "16: 3 -> 20" ---- guest 20
#   guest 17 ---- rule "17: 3 -> 21" ---- guest 21
# timeout: 180
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/traffic.sh
. "$(dirname "$0")/traffic.sh"

# to_parent GUEST PARENT PORT PARENT_PORT TYPE: the guest knows its parent as 3, the parent knows the
# guest by its own CID; every byte is checked on both sides.
to_parent() {
  serve fake_guest --cid "$2" --expect-src "$1" accept --port "$4" --type "$5" --expect-peer "$1"
  with_server $! fake_guest --cid "$1" --expect-src 3 connect --dst "3:$3" --type "$5" "$AMOUNT"
}

# to_guest PARENT GUEST TYPE: the parent opens the connection.
to_guest() {
  serve fake_guest --cid "$2" --expect-src 3 accept --port 77 --type "$3" --expect-peer 3
  with_server $! fake_guest --cid "$1" --expect-src "$2" \
    connect --dst "$2:77" --type "$3" "$AMOUNT"
}

# ends_soon PID: much sooner than it would by itself.
ends_soon() {
  wait_for 5 _ended "$1"
}

_ended() {
  ! kill -0 "$1"
}

# connect_for_long: guest 16 to its parent. Their processes are $client and $server.
connect_for_long() {
  serve fake_guest --cid 20 --expect-src 16 accept --port 9000 --timeout 60
  server=$!
  background fake_guest --cid 16 --expect-src 3 connect --dst 3:9000 --seconds 60 --timeout 60
  client=$!
  sleep 1
}

ktap_plan 21
module_load
fwd_ioctl add flags=1 guest_cid=16 from_cid=3 to_cid=20
fwd_ioctl add flags=1 guest_cid=16 from_cid=3 to_cid=20 port_first=80 port_last=80 to_port=8080
fwd_ioctl add flags=3 guest_cid=16 from_cid=3 to_cid=0 port_first=81 port_last=81
fwd_ioctl add flags=1 guest_cid=17 from_cid=3 to_cid=21

for type in stream seqpacket; do
  check "$type: guest to parent" to_parent 16 20 9000 9000 "$type"
  check "$type: guest to another port of its parent" to_parent 16 20 80 8080 "$type"
  check "$type: parent to guest" to_guest 20 16 "$type"
done
check "two guests with a parent each, at once" all_at_once \
  "to_parent 16 20 9000 9000 stream" "to_parent 17 21 9000 9000 seqpacket"
check "the host is still CID 2 for the guest" guest_to_host 16 2 stream
check "the guest is still there for the host" host_to_guest 16 2 stream
check "the host is still CID 2 for the parent" guest_to_host 20 2 stream
check_output "a denied port" "op=RST src=3:81 dst=16:1234" \
  answers_to 16 op=REQUEST,src=16:1234,dst=3:81
check_output "a parent that is not there" "op=RST src=3:9000 dst=16:1234" \
  answers_to 16 op=REQUEST,src=16:1234,dst=3:9000
check "a guest without a rule does not reach it" nobody_hears 9000 20 \
  fake_guest --cid 18 raw op=REQUEST,dst=20:9000 op=REQUEST,dst=3:9000
check "a parent does not reach the guest of another" nobody_hears 9000 17 \
  fake_guest --cid 20 raw op=REQUEST,dst=17:9000
check "a guest does not reach its parent by its CID" nobody_hears 9000 20 \
  fake_guest --cid 16 raw op=REQUEST,dst=20:9000

connect_for_long
kill -KILL "$server"
check "the parent dies: the guest's connection is reset" ends_soon "$client"
connect_for_long
kill -KILL "$client"
check "the guest dies: the parent's connection is reset" ends_soon "$server"
connect_for_long
fwd_ioctl del guest_cid=16
check "the rule goes: the guest's connection is reset" ends_soon "$client"
check "the rule goes: the parent's connection is reset" ends_soon "$server"
fwd_ioctl add flags=1 guest_cid=16 from_cid=3 to_cid=20

# free_memory: what the kernel could give, in KiB.
free_memory() {
  sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo
}

serve fake_guest --cid 20 raw --seconds 60 >/dev/null
stuck=$!
kill -STOP "$stuck"
before=$(free_memory)
flood=("op=REQUEST,src=16:1234,dst=3:9000")
for ((i = 0; i < 16000; i++)); do
  flood+=("op=RW,src=16:1234,dst=3:9000,len=4000")
done
resets() {
  answers_to 16 "${flood[@]}" | sort --unique
}
check_output "a parent that takes nothing costs the guest its connection" \
  "op=RST src=3:9000 dst=16:1234" resets
# All of it would take 130 MiB. What else goes on in the machine takes some, too, and kernels that
# check themselves keep for a while what was freed.
check "and the host a bounded piece of memory" \
  test "$((before - $(free_memory)))" -lt "$((SLOWNESS > 1 ? 160000 : 90000))"
kill -KILL "$stuck"
fwd_ioctl del guest_cid=16
fwd_ioctl del guest_cid=17
fwd_ioctl del guest_cid=16 port_first=80 port_last=80
fwd_ioctl del guest_cid=16 port_first=81 port_last=81
