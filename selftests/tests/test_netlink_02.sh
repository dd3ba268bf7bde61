#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What people see with vsockfwd: connections, counters, and what happens, lost events included.
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/traffic.sh
. "$(dirname "$0")/traffic.sh"

# So many rules come and go that a monitor which is busy misses some of it.
readonly MANY=2000

# shown FILTER WORDS...: what a jq filter makes of an answer of vsockfwd.
shown() {
  local filter=$1
  shift
  vsockfwd --json "$@" | jq -c "$filter"
}

# complains TEXT COMMAND...: whether the command fails, and says this.
complains() {
  local text=$1 output status=0
  shift
  output=$("$@" 2>&1) || status=$?
  echo "$output"
  [[ $status -eq 1 && $output == *"$text"* ]]
}

without_capability() {
  setpriv --bounding-set -net_admin --inh-caps -net_admin "$@"
}

# watch: starts a monitor, and waits until it listens. Its pid is $!.
watch() {
  background vsockfwd --json monitor "$@" >"$TEST_DIR/events"
  wait_for 30 grep -q '"listening"' "$TEST_DIR/events"
}

# told FILTER: whether the filter holds for all that a monitor has told, as an array.
told() {
  jq -e -s "$1" "$TEST_DIR/events" >/dev/null
}

event() {
  told "map(select($1)) | length > 0"
}

# ends_with STATUS PID
ends_with() {
  local status=0
  wait "$2" || status=$?
  [[ $status -eq $1 ]]
}

# signalled_ends_well SIGNAL PID
signalled_ends_well() {
  kill -s "$1" "$2" && ends_with 0 "$2"
}

# Rules come and go while the monitor sleeps; the last one is there when it wakes up.
overwhelm() {
  fwd_load fill --guest 100 --count "$MANY" && vsockfwd rule flush && vsockfwd rule add guest 17 to host
}

ktap_plan 33
for command in stats flow monitor; do
  check "$command: without the module" complains "hint: load the module" vsockfwd "$command"
done
module_load
for command in stats flow monitor; do
  check "$command: without CAP_NET_ADMIN" complains "CAP_NET_ADMIN in the initial user namespace is needed (EPERM)" \
    without_capability vsockfwd "$command"
done
check_output "no rule, no counters" "[]" vsockfwd --json stats
check_output "no connections" "[]" vsockfwd --json flow

watch
monitor=$!
check "nothing to tell but that the monitor listens" told 'map(.event) == ["listening"]'
vsockfwd rule add guest 16 to host
vsockfwd rule add guest 16 port 9000 deny
check "a rule comes" wait_for 10 event '.event == "rule_added" and .guest_cid == 16 and .port_first == 9000'

check "a connection of the guest" guest_to_host 16 3 stream
check "is told when it starts" wait_for 10 event '.event == "flow_started" and .started_by == "guest" and
  [.guest_cid, .seen_cid, .seen_port, .peer_cid, .peer_port, .type] == [16, 3, 1016, 2, 1016, "stream"]'
check "a connection of the host" host_to_guest 16 3 stream
check "is told when it starts" wait_for 10 event '.event == "flow_started" and .started_by == "parent" and
  [.guest_cid, .guest_port, .seen_cid, .peer_cid, .type] == [16, 1016, 3, 2, "stream"]'
# Both connections carry everything in both directions.
check_output "both are counted" '[2,2000000,true,2000000,true]' shown '.[0] |
  [.connections, .bytes_from_guest, .packets_from_guest > 1, .bytes_to_guest, .packets_to_guest > 1]' stats
check_output "for people, too" "    connections  2" sed -n 2p <(vsockfwd stats guest 16)
check_output "and for this guest only" "[]" vsockfwd --json stats guest 17

check_output "a denied connection" "op=RST src=3:9000 dst=16:1234" \
  answers_to 16 op=REQUEST,src=16:1234,dst=3:9000
check "is told with the reason" wait_for 10 event '.event == "flow_denied" and .reason == "denied" and
  [.guest_cid, .guest_port, .seen_cid, .seen_port, .peer_cid] == [16, 1234, 3, 9000, null]'
check_output "and counted" '{"denied":1,"collision":0,"no_room":0,"stray":0,"malformed":0,"not_sent":0}' \
  shown '.[1].drops' stats

serve vsock_peer listen --port 1500 --expect-peer 16 >/dev/null
background fake_guest --cid 16 connect --dst 2:1500 --seconds 60
guest=$!
check "a connection is shown while it lives" wait_for 30 eval \
  "[[ \$(shown 'map([.guest_cid, .seen_cid, .seen_port, .peer_cid, .peer_port])' flow show guest 16) == '[[16,2,1500,2,1500]]' ]]"
check_output "not among those of another guest" "[]" vsockfwd --json flow show guest 17
background vsockfwd monitor guest 16 >"$TEST_DIR/lines"
check "a monitor tells of what is there already" wait_for 30 grep -q '^connection: 16:.* host:1500 (host:1500) stream$' "$TEST_DIR/lines"
end_process "$guest"

kill -s STOP "$monitor"
check "more happens than a monitor can take" overwhelm
kill -s CONT "$monitor"
check "it says so" wait_for 60 event '.event == "lost"'
check "once, behind what it has kept" told 'map(.event) | (index("lost") > 8) and (indices("lost") | length == 1)'
check "then listens again" wait_for 60 told 'map(.event) | indices("listening") | length == 2'
check "after telling what there is" \
  told '.[(map(.event) | index("lost")):] | map([.event, .guest_cid])[0:3] ==
    [["lost", null], ["rule_exists", 17], ["listening", null]]'
vsockfwd rule del guest 17
check "and what happens then" wait_for 10 told '.[-1] | [.event, .guest_cid] == ["rule_removed", 17]'
check "SIGTERM ends it well" signalled_ends_well TERM "$monitor"
watch guest 16
check "so does SIGINT" signalled_ends_well INT $!

watch
monitor=$!
check "unloading the module ends it badly" eval "module_unload && ends_with 1 $monitor"
check "it says why" event '.error == "cannot listen to the module: it has been unloaded"'
