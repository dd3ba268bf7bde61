#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# 10,000 changes of other guests' rules beside traffic of guests with and without a rule.
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/traffic.sh
. "$(dirname "$0")/traffic.sh"

readonly RULED=16
readonly OTHER=17

# Lasts several times as long as the changes.
flow() {
  AMOUNT=--seconds=5 all_at_once "guest_to_host $RULED 3 stream" "host_to_guest $OTHER 2 seqpacket"
}

ktap_plan 2
module_load
vsockfwd rule add guest "$RULED" to host

check "10,000 changes, and every byte arrives" \
  beside flow "fwd_load hammer --guest 1000 --pairs 2500 --threads 2"
check_output "the rule that was there before is the only one" \
  $'ok count=1\nrule id=1 flags=1 guest_cid=16 from_cid=3 to_cid=2 port_first=0 port_last=0 to_port=0' \
  fwd_ioctl list count=10
vsockfwd rule flush
