#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A real guest with a rule: both socket types, connections from both sides, and
# getpeername() in the guest says 3.
#
#   nested guest 16 ---- vhost_vsock + rule "16: 3 -> 2" ---- host
# processors: one
# timeout: 300
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/nested.sh
. "$(dirname "$0")/nested.sh"

readonly CID=16

ktap_plan 6
module_load
guest_start g "$CID"

check_fails "no rule: the guest gets no answer from 3" \
  guest_exec g vsock_peer connect --cid 3 --port 4000 --bytes 1 --timeout 2
vsockfwd rule add guest "$CID" to host
for type in stream seqpacket; do
  check "$type: guest to host, the guest's peer is 3" connection g host 3 "$CID" "$type"
  check "$type: host to guest, the guest's peer is 3" connection host g "$CID" 3 "$type"
done
check "the rule is deleted while the guest runs" vsockfwd rule del guest "$CID"
