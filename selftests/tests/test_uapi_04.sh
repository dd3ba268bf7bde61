#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Out of memory: each allocation on behalf of the module fails once, and what was
# asked for is either done all the same, or refused and nothing of it stays.
# timeout: 300
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"

readonly NTH=/sys/module/fail_alloc/parameters/nth

# without_allocation N COMMAND...: runs the command while its N-th allocation
# fails. $outcome is "complete", "refused" for want of memory, or something else, and
# $reached tells whether there was an N-th allocation.
without_allocation() {
  local nth=$1 text
  shift
  echo "$nth" >"$NTH"
  if text=$("$@" 2>&1); then
    outcome=complete
  elif [[ $text == *ENOMEM* || $text == *"Cannot allocate memory"* ]]; then
    outcome=refused
  else
    outcome=$text
  fi
  [[ $(<"$NTH") == 0 ]] && reached=yes || reached=
  echo 0 >"$NTH"
}

# sweep UNDO CLEAN COMMAND...: fails each allocation of the command in turn. UNDO
# is run after it was complete, CLEAN must succeed after each.
sweep() {
  local undo=$1 clean=$2 nth=0 refused=0 outcome reached=yes
  shift 2
  while [[ -n $reached ]]; do
    nth=$((nth + 1))
    without_allocation "$nth" "$@"
    case $outcome in
      complete) "$undo" ;;
      refused) refused=$((refused + 1)) ;;
      *) reached=broken ;;
    esac
    if [[ $reached == broken ]] || ! "$clean"; then
      echo "$*: allocation $nth failed, $outcome"
      return 1
    fi
  done
  echo "$*: $((nth - 1)) allocations, $refused of them needed"
  [[ $outcome == complete ]]
}

# needs_memory UNDO CLEAN COMMAND...: a sweep in which some allocation was needed.
needs_memory() {
  local summary
  summary=$(sweep "$@") || {
    echo "$summary"
    return 1
  }
  echo "# $summary" >&"$ktap"
  [[ $summary != *" 0 of them needed" ]]
}

unloaded() {
  [[ ! -e /sys/module/$MODULE && $(</sys/module/vhost_vsock/refcnt) == 0 ]]
}

nothing_stays() {
  [[ $(vsockfwd -j rule show | jq -c .) == "[]" && $(hooked_functions) == 0 &&
    $(</sys/module/vhost_vsock/refcnt) == 0 ]]
}

two_rules_stay() {
  [[ $(vsockfwd -j rule show | jq -c 'map(.guest_cid)') == "[16,17]" ]]
}

errors_logged() {
  dmesg --level=err | grep -c "$MODULE: " || true
}

ktap_plan 7
errors=$(errors_logged)
exec {ktap}>&1
modprobe vhost_vsock
insmod "$PAYLOAD/fail_alloc.ko" target="$MODULE"

check "loading" needs_memory module_unload unloaded insmod "$PAYLOAD/$MODULE.ko"

module_load
del_rule() {
  vsockfwd rule del guest 16
}
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
check_output "no error of the module in the log" "$errors" errors_logged
rmmod fail_alloc
