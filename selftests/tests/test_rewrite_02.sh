#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The rule of one guest is nothing to another guest: one without a rule, one with a rule of its own.
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/traffic.sh
. "$(dirname "$0")/traffic.sh"

readonly RULED=16
readonly OTHER=17

ktap_plan 8
module_load
vsockfwd rule add guest "$RULED" to host

check "without a rule, the host is CID 2, from either side" both_ways "$OTHER" 2
AMOUNT=--seconds=4 background guest_to_host "$RULED" 3 stream
flow=$!
check_output "without a rule, CID 3 is silent while the other guest uses it" \
  "" answers_to "$OTHER" op=REQUEST,dst=3:9
check "without a rule, CID 2 answers while the other guest uses CID 3" \
  guest_to_host "$OTHER" 2 stream
check "the other guest's traffic is whole" wait "$flow"
check "the host reaches each guest under the CID that it knows, at once" all_at_once \
  "host_to_guest $RULED 3 seqpacket" "host_to_guest $OTHER 2 seqpacket"

vsockfwd rule add guest "$OTHER" from 77 to host
check "two rules with two CIDs, at once" all_at_once "both_ways $RULED 3" "both_ways $OTHER 77"
vsockfwd rule del guest "$OTHER"
vsockfwd rule add guest "$OTHER" to host
check "two rules with one CID, at once" all_at_once "both_ways $RULED 3" "both_ways $OTHER 3"
vsockfwd rule del guest "$OTHER"
check "one rule of two is deleted" all_at_once "both_ways $RULED 3" "both_ways $OTHER 2"
vsockfwd rule flush
