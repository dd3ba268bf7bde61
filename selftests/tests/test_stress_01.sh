#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The module cannot be pulled away under a guest with a rule, and trying does no harm.
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/traffic.sh
. "$(dirname "$0")/traffic.sh"

readonly RULED=16

unload_is_refused() {
  local i
  for ((i = 0; i < 50; i++)); do
    if rmmod "$MODULE" 2>"$TEST_DIR/rmmod"; then
      echo "the module was unloaded"
      return 1
    fi
    grep -q "in use" "$TEST_DIR/rmmod" || return 1
  done
}

ktap_plan 3
module_load
vsockfwd rule add guest "$RULED" to host

check "the module is not unloaded while traffic flows, which is whole" \
  beside unload_is_refused "both_ways $RULED 3"
check "nor while a rule exists without traffic" unload_is_refused
vsockfwd rule flush
check "without a rule, it is" module_unload
