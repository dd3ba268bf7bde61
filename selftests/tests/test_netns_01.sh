#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Rules and network namespaces: where namespaces keep their guests to themselves, the same CID in two
# of them has two independent rules; elsewhere all namespaces share the rules.
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/traffic.sh
. "$(dirname "$0")/traffic.sh"

readonly CHILD_MODE=/proc/sys/net/vsock/child_ns_mode

inside() {
  ip netns exec "$@"
}

# reaches NAMESPACE PORT: guest 16 of the namespace sends to port 9000 of its parent, which is PORT of
# the host in that namespace.
reaches() {
  serve inside "$1" vsock_peer listen --port "$2" --expect-peer 16
  with_server $! inside "$1" fake_guest --cid 16 --expect-src 3 connect --dst 3:9000 "$AMOUNT"
}

rules_in() {
  inside "$1" vsockfwd -j rule show | jq -c 'map([.guest_cid, .to_port])'
}

rules_everywhere() {
  vsockfwd -j feature | jq .module.rules
}

no_rules() {
  [[ $(rules_everywhere) == 0 ]]
}

one_pool() {
  ktap_plan 3
  ip netns add a
  module_load
  inside a vsockfwd rule add guest 16 to host
  check_output "a rule is seen in other namespaces" "[[16,null]]" rules_in a
  check "and in force there" guest_to_host 16 3 stream
  ip netns del a
  check_output "and does not go with the namespace" 1 rules_everywhere
  vsockfwd rule flush
}

two_pools() {
  ktap_plan 12
  echo local >"$CHILD_MODE"
  ip netns add a
  ip netns add b
  module_load

  inside a fwd_ioctl add flags=1 guest_cid=16 from_cid=3 to_cid=2
  check "a guest with a rule in its namespace" reaches a 9000
  check_output "its namesake has none: no answer" "" \
    inside b fake_guest --cid 16 raw --seconds 1 op=REQUEST,dst=3:9000
  check_output "its namesake in the global pool has none" "" \
    fake_guest --cid 16 raw --seconds 1 op=REQUEST,dst=3:9000

  inside b fwd_ioctl add flags=1 guest_cid=16 from_cid=3 to_cid=2 \
    port_first=9000 port_last=9000 to_port=19000
  vsockfwd rule add guest 16 to host
  check_output "the rules of one namespace" "[[16,null]]" rules_in a
  check_output "the rules of the other" "[[16,19000]]" rules_in b
  check "two namesakes, two rules: one" reaches a 9000
  check "two namesakes, two rules: the other" reaches b 19000
  check "and the one in the global pool" guest_to_host 16 3 stream

  inside b fwd_ioctl del guest_cid=16 port_first=9000 port_last=9000
  check "one rule goes, the other one stays" reaches a 9000
  vsockfwd rule flush
  check "one pool is flushed, the other one is not" reaches a 9000
  check_output "one rule is left" 1 rules_everywhere
  ip netns del a
  check "a rule goes with its namespace" wait_for 10 no_rules
  ip netns del b
}

modprobe vhost_vsock
if [[ -e $CHILD_MODE ]]; then
  two_pools
else
  one_pool
fi
