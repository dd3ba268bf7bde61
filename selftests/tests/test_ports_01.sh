#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Rules for ports: translated, denied, and which of several decides.
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/traffic.sh
. "$(dirname "$0")/traffic.sh"

# reaches GUEST PORT HOST_PORT [TYPE]: what the guest sends to port PORT of its parent arrives at
# HOST_PORT, and what comes back is from PORT: the guest takes nothing else for its connection.
reaches() {
  local guest=$1 port=$2 host_port=$3 type=${4:-stream}
  serve vsock_peer listen --port "$host_port" --type "$type" --expect-peer "$guest"
  with_server $! fake_guest --cid "$guest" --expect-src 3 \
    connect --dst "3:$port" --type "$type" "$AMOUNT"
}

# refused GUEST PORT: a connection is refused at once, by the port itself.
refused() {
  answers_to "$1" "op=REQUEST,src=$1:1234,dst=3:$2"
}

deny() {
  fwd_ioctl add flags=3 from_cid=3 "$@"
}

allow() {
  fwd_ioctl add flags=1 from_cid=3 to_cid=2 "$@"
}

ktap_plan 18
module_load
allow guest_cid=16 port_first=9000 port_last=9000 to_port=19000
allow guest_cid=17 port_first=9000 port_last=9000 to_port=19001

for type in stream seqpacket; do
  check "$type: 3:9000 is port 19000 of the host" reaches 16 9000 19000 "$type"
done
check "3:9000 of another guest is port 19001" reaches 17 9000 19001
check "both at once" all_at_once "reaches 16 9000 19000" "reaches 17 9000 19001"
check_output "a port without a rule is refused at once" "op=RST src=3:9001 dst=16:1234" refused 16 9001

allow guest_cid=16 port_first=100 port_last=199 to_port=1100
check "a range: the first" reaches 16 100 1100
check "a range: one of the middle" reaches 16 150 1150
check "a range: the last" reaches 16 199 1199
check_output "a range: not the next one" "op=RST src=3:200 dst=16:1234" refused 16 200

allow guest_cid=16
check "every other port now is what it is" reaches 16 200 200
deny guest_cid=16 port_first=9000 port_last=9999
check "fewer ports decide: the one in the middle" reaches 16 9000 19000
check_output "fewer ports decide: those around it are denied" \
  "op=RST src=3:9500 dst=16:1234" refused 16 9500
check "fewer ports decide: and those outside are not" reaches 16 10000 10000
deny guest_cid=16 port_first=150 port_last=150
check_output "a denied port in a range" "op=RST src=3:150 dst=16:1234" refused 16 150
fwd_ioctl del guest_cid=16 port_first=150 port_last=150
check "is back when that rule is gone" reaches 16 150 1150
fwd_ioctl del guest_cid=16
check_output "without the rule for every port, the others are refused again" \
  "op=RST src=3:200 dst=16:1234" refused 16 200
check "the host's own CID has no part in that" guest_to_host 16 2 stream

fwd_ioctl del guest_cid=16 port_first=9000 port_last=9000
fwd_ioctl del guest_cid=16 port_first=9000 port_last=9999
fwd_ioctl del guest_cid=16 port_first=100 port_last=199
fwd_ioctl del guest_cid=17 port_first=9000 port_last=9000
check_output "nothing is left" 0 hooked_functions
