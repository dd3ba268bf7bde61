#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A real virtual machine with CID 3 keeps working beside a guest that knows the host as CID 3.
# processors: one
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/traffic.sh
. "$(dirname "$0")/traffic.sh"

readonly RULED=16

# real_guest_to_host TYPE
real_guest_to_host() {
  serve vsock_peer listen --port 2003 --type "$1" --expect-peer 3
  with_server $! guest_exec real vsock_peer connect --cid 2 --port 2003 --type "$1" \
    --expect-peer 2 "$AMOUNT"
}

# host_to_real_guest TYPE
host_to_real_guest() {
  guest_exec real "rm -f /tmp/ready
    vsock_peer listen --port 2003 --type $1 --expect-peer 2 --ready-file /tmp/ready >/tmp/log 2>&1 &"
  wait_for 10 guest_exec real test -e /tmp/ready
  vsock_peer connect --cid 3 --port 2003 --type "$1" --expect-peer 3 "$AMOUNT" || {
    guest_exec real cat /tmp/log
    return 1
  }
}

ktap_plan 5
module_load
guest_start real 3
vsockfwd rule add guest "$RULED" to host

for type in stream seqpacket; do
  check "from guest 3 to the host, $type" all_at_once \
    "real_guest_to_host $type" "both_ways $RULED 3"
  check "from the host to guest 3, $type" all_at_once \
    "host_to_real_guest $type" "both_ways $RULED 3"
done
check_output "guest 3 does not answer to the guest that knows the host as CID 3" \
  "op=RST src=3:2003 dst=$RULED:1234" answers_to "$RULED" op=REQUEST,dst=3:2003
vsockfwd rule flush
