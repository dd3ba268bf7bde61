#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What the module tells over generic netlink: rules with counters, connections, events.
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/traffic.sh
. "$(dirname "$0")/traffic.sh"

# More than one message of the kernel holds, and more than a listener that is busy takes.
readonly MANY=600

netlink() {
  python3 /payload/tests/fwd_netlink.py "$@"
}

# told FILTER DUMP [GUEST]: what a jq filter makes of a dump.
told() {
  local filter=$1
  shift
  netlink "$@" | jq -c "$filter"
}

refused_to_ordinary_users() {
  local output
  ! output=$(setpriv --reuid 65534 --regid 65534 --clear-groups \
    python3 /payload/tests/fwd_netlink.py rules 2>&1) && [[ $output == *"not permitted"* ]]
}

# event FILTER: whether an event for which the filter holds has come.
event() {
  jq -e -s "map(select($1)) | length > 0" "$TEST_DIR/events" >/dev/null
}

ktap_plan 22
module_load
check_output "no rule: an empty dump" "[]" netlink rules
check_output "no rule: no connections" "[]" netlink flows
check "an ordinary user is told nothing" refused_to_ordinary_users

background python3 /payload/tests/fwd_netlink.py events >"$TEST_DIR/events"
wait_for 10 test -s "$TEST_DIR/events"
vsockfwd rule add guest 16 to host >/dev/null
vsockfwd rule add guest 16 port 9000 deny >/dev/null
check "an event: a rule comes" wait_for 10 event '.event == "rule-add" and .guest == 16 and .first == 9000'
check_output "rules are told as they are" "[[16,3,2,0],[16,3,0,9000]]" \
  told 'map([.guest, .from, .to, .first])' rules 16
check_output "and those of one guest only" "[]" netlink rules 17

check "a connection of the guest" guest_to_host 16 3 stream
check "an event: it starts" wait_for 10 event \
  '.event == "flow-add" and .seen == 3 and .peer == 2 and .side == 0'
check_output "it is counted" "[1,true,true]" \
  told '.[0] | [.connections, ."bytes-from-guest" == 1000000, ."packets-to-guest" > 0]' rules
check "a connection of the host" host_to_guest 16 3 stream
check "an event: it starts, from the other side" wait_for 10 event '.event == "flow-add" and .side == 1'
# Both connections carry everything in both directions.
check_output "it is counted too" "[2,2000000]" \
  told '.[0] | [.connections, ."bytes-to-guest"]' rules

check_output "a denied connection" "op=RST src=3:9000 dst=16:1234" \
  answers_to 16 op=REQUEST,src=16:1234,dst=3:9000
check "an event: it is denied" wait_for 10 event \
  '.event == "flow-deny" and ."seen-port" == 9000 and .drop == 1'
check_output "the rule that denies counts it" 1 told '.[1].drops.denied' rules
vsockfwd rule add guest 30 to 20 >/dev/null
check_output "a packet of no connection" "op=RST src=3:5 dst=30:1234" \
  answers_to 30 op=RW,src=30:1234,dst=3:5
check_output "is counted as a stray one" 1 told '.[0].drops.stray' rules 30

serve vsock_peer listen --port 1500 --expect-peer 16 >/dev/null
background fake_guest --cid 16 connect --dst 2:1500 --seconds 60
guest=$!
check "a connection to CID 2 is told while it lives" wait_for 30 eval \
  "[[ \$(told 'map([.guest, .seen, .peer, .\"peer-port\"])' flows) == '[[16,2,2,1500]]' ]]"
end_process "$guest"
check "and no more afterwards" wait_for 30 eval "[[ \$(netlink flows) == '[]' ]]"

vsockfwd rule flush >/dev/null
check "an event: a rule goes, with its counters" wait_for 10 event \
  '.event == "rule-del" and .connections == 2'

fwd_load fill --guest 100 --count "$MANY" >/dev/null
check_output "a dump of many messages has each rule once" "$MANY" told 'map(.guest) | unique | length' rules
vsockfwd rule flush >/dev/null
check_output "nothing is left" "[]" netlink rules
