#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The userspace guest against stock vhost-vsock, CID 2, without the module: what the tests of the
# module rely on.
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/traffic.sh
. "$(dirname "$0")/traffic.sh"

readonly GUEST=16

ktap_plan 16
modprobe vhost_vsock

for type in stream seqpacket; do
  check "guest to host, $type, echoed" guest_to_host "$GUEST" 2 "$type"
  check "guest to host, $type, one way" guest_to_host "$GUEST" 2 "$type" --one-way
  check "host to guest, $type, echoed" host_to_guest "$GUEST" 2 "$type"
  check "host to guest, $type, one way" host_to_guest "$GUEST" 2 "$type" --one-way
done
check_fails "a peer that is not the expected one is an error" \
  guest_to_host "$GUEST" 2 stream --expect-peer 17

readonly REFUSED="op=RST src=2:9 dst=$GUEST:1234"
check_output "a port that nobody listens on is refused" \
  "$REFUSED" answers_to "$GUEST" op=REQUEST,dst=2:9
check_output "header and payload may lie in two descriptors" \
  "$REFUSED" answers_to "$GUEST" op=REQUEST,dst=2:9,len=10 --split 44
check_output "the header may lie in two descriptors" \
  "$REFUSED" answers_to "$GUEST" op=REQUEST,dst=2:9 --split 20
check_output "half a header is no packet" "" answers_to "$GUEST" op=REQUEST,dst=2:9 --truncate 20
check_output "a packet to a CID that nobody has gets no answer" \
  "" answers_to "$GUEST" op=REQUEST,dst=77:9
check_output "a packet from a CID that is not the guest's gets no answer" \
  "" answers_to "$GUEST" op=REQUEST,dst=2:9,src=77:1234

serve fake_guest --cid "$GUEST" raw --seconds 60
check_fails "a CID can be had once" fake_guest --cid "$GUEST" raw --seconds 0
