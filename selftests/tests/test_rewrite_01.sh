#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A guest with a rule reaches the host at CID 3 and is reached from there; without the rule, nobody
# answers.
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/traffic.sh
. "$(dirname "$0")/traffic.sh"

readonly GUEST=16

ktap_plan 18
module_load

check_output "without a rule, CID 3 is silent" "" answers_to "$GUEST" op=REQUEST,dst=3:9
check "without a rule, the host is CID 2" host_to_guest "$GUEST" 2 stream

vsockfwd rule add guest "$GUEST" to host
for type in stream seqpacket; do
  check "guest to host, $type, echoed" guest_to_host "$GUEST" 3 "$type"
  check "guest to host, $type, one way" guest_to_host "$GUEST" 3 "$type" --one-way
  check "host to guest, $type, echoed" host_to_guest "$GUEST" 3 "$type"
  check "host to guest, $type, one way" host_to_guest "$GUEST" 3 "$type" --one-way
done
AMOUNT=--messages=5 \
  check "many connections, one after the other" guest_to_host "$GUEST" 3 stream --connections 50
check_output "a port that nobody listens on is refused, by CID 3" \
  "op=RST src=3:9 dst=$GUEST:1234" answers_to "$GUEST" op=REQUEST,dst=3:9
check_output "a CID that the rule does not name is silent" \
  "" answers_to "$GUEST" op=REQUEST,dst=77:9

vsockfwd rule del guest "$GUEST"
check_output "without the rule, CID 3 is silent again" "" answers_to "$GUEST" op=REQUEST,dst=3:9
check "without the rule, the host is CID 2 again" guest_to_host "$GUEST" 2 stream

vsockfwd rule add guest "$GUEST" from 77 to host
check "from another CID, guest to host" guest_to_host "$GUEST" 77 stream
check "from another CID, host to guest" host_to_guest "$GUEST" 77 seqpacket
check_output "then CID 3 is silent" "" answers_to "$GUEST" op=REQUEST,dst=3:9
vsockfwd rule flush
