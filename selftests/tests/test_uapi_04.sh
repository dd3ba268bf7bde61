#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Out of memory: each allocation on behalf of the module fails once, and what was
# asked for is either done all the same, or refused and nothing of it stays.
# timeout: 300
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/memory.sh
. "$(dirname "$0")/memory.sh"

unloaded() {
  [[ ! -e /sys/module/$MODULE && $(</sys/module/vhost_vsock/refcnt) == 0 ]]
}

two_rules_stay() {
  [[ $(vsockfwd -j rule show | jq -c 'map(.guest_cid)') == "[16,17]" ]]
}

ktap_plan 7
memory_setup

check "loading" needs_memory module_unload unloaded insmod "$PAYLOAD/$MODULE.ko"

module_load
check "the first rule, and the hooks" needs_memory del_rule nothing_stays \
  fwd_ioctl add guest_cid=16 from_cid=3 to_cid=2 flags=1
check "the same by vsockfwd" needs_memory del_rule nothing_stays vsockfwd rule add guest 16 to host

# Removal is how everything gets clean again. Opening the device may fail.
removal_of_the_last_rule() {
  local nth=0 outcome reached=yes
  vsockfwd rule add guest 16 to host
  while [[ -n $reached ]]; do
    nth=$((nth + 1))
    without_allocation "$nth" fwd_ioctl del guest_cid=16
    if [[ $outcome == complete ]]; then
      nothing_stays || return
      vsockfwd rule add guest 16 to host
    fi
  done
  del_rule && echo "# removal: $((nth - 1)) allocations" >&"$ktap"
}
check "removal of the last rule is done whole or not at all" removal_of_the_last_rule

vsockfwd rule add guest 16 to host
vsockfwd rule add guest 17 to host
check "a list of the rules" needs_memory true two_rules_stay vsockfwd rule show
vsockfwd rule flush
check "nothing stays" nothing_stays
memory_teardown
