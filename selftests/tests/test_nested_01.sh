#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A real guest with a rule: both socket types, connections from both sides, and
# getpeername() in the guest says 3.
#
#   nested guest 16 ---- vhost_vsock + rule "16: 3 -> 2" ---- host
# timeout: 300
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"

readonly CID=16

ktap_plan 10
module_load
guest_start g "$CID"

check_fails "no rule: the guest gets no answer from 3" \
  guest_exec g vsock_peer connect --cid 3 --port 4000 --bytes 1 --timeout 2
vsockfwd rule add guest "$CID" to host

port=5000
for type in stream seqpacket; do
  port=$((port + 1))
  ready=$TEST_DIR/ready.$port
  background vsock_peer listen --type "$type" --port "$port" --expect-peer "$CID" \
    --ready-file "$ready" --timeout 60 >"$TEST_DIR/server" 2>&1
  server=$!
  wait_for 10 test -e "$ready"
  check "$type: guest to host, the guest's peer is 3" guest_exec g \
    vsock_peer connect --type "$type" --cid 3 --port "$port" --messages 200 --expect-peer 3 --timeout 30
  check "$type: the host's peer is the guest" wait "$server"

  port=$((port + 1))
  guest_exec g "rm -f /tmp/ready /tmp/status; (vsock_peer listen --type $type --port $port \
    --expect-peer 3 --ready-file /tmp/ready --timeout 60; echo \$? >/tmp/status) >/tmp/log 2>&1 &"
  wait_for 10 guest_exec g test -e /tmp/ready
  check "$type: host to guest" \
    vsock_peer connect --type "$type" --cid "$CID" --port "$port" --messages 200 --timeout 30
  wait_for 10 guest_exec g test -e /tmp/status
  check_output "$type: the guest's peer is 3" 0 guest_exec g cat /tmp/status
done

check "the rule is deleted while the guest runs" vsockfwd rule del guest "$CID"
