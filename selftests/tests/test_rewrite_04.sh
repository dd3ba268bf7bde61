#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# CID 3 may at the same time be a guest: nobody mixes it up with the host that another guest knows
# under this CID, not even if the two have rules that name each other.
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/traffic.sh
. "$(dirname "$0")/traffic.sh"

readonly RULED=16

# guest_3_sees_nothing COMMAND...: while the command runs, nothing comes to the guest with CID 3.
guest_3_sees_nothing() {
  local watcher status=0
  serve fake_guest --cid 3 raw --seconds 600 >"$TEST_DIR/watcher"
  watcher=$!
  "$@" || status=1
  end_process "$watcher"
  cat "$TEST_DIR/watcher"
  [[ $status -eq 0 && ! -s $TEST_DIR/watcher ]]
}

# The host dials guest 3, which does not answer.
dial_guest_3() {
  ! vsock_peer connect --cid 3 --port 9 --messages 1 --timeout 1
}

ktap_plan 6
module_load
vsockfwd rule add guest "$RULED" to host

check "traffic of a guest with its parent 3 never gets to guest 3" \
  guest_3_sees_nothing both_ways "$RULED" 3
check_fails "traffic that does get to guest 3 is seen" \
  guest_3_sees_nothing dial_guest_3
check "guest 3 and a guest with the parent 3, at once" all_at_once \
  "both_ways 3 2" "both_ways $RULED 3"

vsockfwd rule add guest 3 from "$RULED" to host
check "two guests that know the host under the CID of the other, at once" all_at_once \
  "both_ways 3 $RULED" "both_ways $RULED 3"
check_output "the host is no longer CID 3 for guest 3 than for itself" \
  "" answers_to 3 op=REQUEST,dst=3:9
vsockfwd rule flush
check "without rules, both know the host as CID 2" all_at_once "both_ways 3 2" "both_ways $RULED 2"
