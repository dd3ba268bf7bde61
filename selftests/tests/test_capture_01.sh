#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What a capture shows is what the guest sees: CID 3, in both directions.
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/traffic.sh
. "$(dirname "$0")/traffic.sh"

# captured COMMAND...: runs the command while packets are captured, and prints their addresses, each
# pair once, as SRC > DST without ports.
captured() {
  local capture
  tcpdump --immediate-mode -i vsockmon0 -w "$TEST_DIR/capture" 2>"$TEST_DIR/tcpdump" &
  capture=$!
  wait_for 10 grep -q "listening on" "$TEST_DIR/tcpdump"
  "$@" >/dev/null
  sleep 1
  kill -INT "$capture"
  wait "$capture" || true
  tcpdump -n -r "$TEST_DIR/capture" 2>/dev/null |
    sed -nE 's/.* ([0-9]+)\.[0-9]+ > ([0-9]+)\.[0-9]+.*/\1 > \2/p' | sort --unique
}

ktap_plan 5
module_load
modprobe vsockmon
ip link add vsockmon0 type vsockmon
ip link set vsockmon0 up
vsockfwd rule add guest 16 to host
fwd_ioctl add flags=1 guest_cid=17 from_cid=3 to_cid=20 >/dev/null

check_output "guest to host through CID 3" $'16 > 3\n3 > 16' captured guest_to_host 16 3 stream
check_output "host to guest" $'16 > 3\n3 > 16' captured host_to_guest 16 3 stream
check_output "guest to host through CID 2" $'16 > 2\n2 > 16' captured guest_to_host 16 2 stream

between_guests() {
  serve fake_guest --cid 20 accept --port 9 --expect-peer 17
  with_server $! fake_guest --cid 17 connect --dst 3:9 --messages 10
}
check_output "between guests: as each of them sees it" $'17 > 20\n17 > 3\n20 > 17\n3 > 17' \
  captured between_guests

ip link set vsockmon0 down
check "without a capture all goes on" guest_to_host 16 3 stream
ip link del vsockmon0
vsockfwd rule flush
