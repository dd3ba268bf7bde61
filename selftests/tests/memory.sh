# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Tests in which allocations on behalf of the module fail. Use after lib.sh:
#   . "$(dirname "$0")/memory.sh"

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

nothing_stays() {
  [[ $(vsockfwd -j rule show | jq -c .) == "[]" && $(hooked_functions) == 0 &&
    $(</sys/module/vhost_vsock/refcnt) == 0 ]]
}

del_rule() {
  vsockfwd rule del guest 16
}

_errors_logged() {
  dmesg --level=err | grep -c "$MODULE: " || true
}

memory_setup() {
  _errors=$(_errors_logged)
  exec {ktap}>&1
  modprobe vhost_vsock
  insmod "$PAYLOAD/fail_alloc.ko" target="$MODULE"
}

# memory_teardown: has one result.
memory_teardown() {
  check_output "no error of the module in the log" "$_errors" _errors_logged
  rmmod fail_alloc
}
