#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# How long rules, hooks and module references last.
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"

# hold_rule GUEST: a rule that goes with its descriptor. It ends when fd 9 is closed.
hold_rule() {
  mkfifo "$TEST_DIR/hold"
  # For reading and writing, so that it need not wait for the other side.
  exec 9<>"$TEST_DIR/hold"
  fwd_ioctl add guest_cid="$1" from_cid=3 to_cid=2 --hold \
    <"$TEST_DIR/hold" >"$TEST_DIR/held" 9>&- &
  background_pids+=($!)
  wait_for 10 grep -q ok "$TEST_DIR/held"
}

rules_are() {
  [[ $(vsockfwd -j rule show | jq -c 'map([.guest_cid, .persistent])') == "$1" ]]
}

ktap_plan 18
module_load
check_output "no rule, no hook" 0 hooked_functions
check_output "no rule: vhost_vsock may go" 0 cat /sys/module/vhost_vsock/refcnt

hold_rule 16
holder=$!
check_output "the first rule attaches both hooks" 2 hooked_functions
check_fails "a rule keeps vhost_vsock" rmmod vhost_vsock
check_fails "a rule keeps the module" rmmod "$MODULE"
check_fails "a rule keeps function tracing on" sysctl -q -w kernel.ftrace_enabled=0
check "a rule without PERSIST is listed so" rules_are '[[16,false]]'

check "a persistent rule joins it" vsockfwd rule add guest 17 to host
exec 9>&-
wait "$holder"
check "closing the descriptor takes its own rule only" rules_are '[[17,true]]'
check_output "the hooks stay for the other rule" 2 hooked_functions
check "it can be deleted through another descriptor" vsockfwd rule del guest 17
check_output "the last rule detaches the hooks" 0 hooked_functions
check_output "and lets vhost_vsock go" 0 cat /sys/module/vhost_vsock/refcnt

rm "$TEST_DIR/hold"
hold_rule 16
check "a held rule can be deleted by others" vsockfwd rule del guest 16
check "and added anew for good" vsockfwd rule add guest 16 to host
kill -KILL $!
wait $! 2>/dev/null || true
exec 9>&-
check "which the end of its first owner does not change" rules_are '[[16,true]]'
check "vsockfwd feature sees the hooks" \
  bash -c 'vsockfwd -j feature | jq -e .module.hooks_attached'
check "all clean" vsockfwd rule flush
