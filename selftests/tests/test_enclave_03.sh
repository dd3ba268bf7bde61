#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The rule of an enclave lives as long as its QEMU: over a reboot, and not after SIGKILL.
# processors: one
# timeout: 600
# kernels: 6.12 7.2
# needs: patched qemu
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/nested.sh
. "$(dirname "$0")/nested.sh"
# shellcheck source=selftests/tests/enclave.sh
. "$(dirname "$0")/enclave.sh"

readonly CID=16 IMAGE=$TEST_DIR/app.eif QEMU=${QEMUS[-1]}

# The rule's number tells whether it is still the same one.
rule_numbers() {
  vsockfwd -j rule show | jq -c 'map(.id)'
}

no_rules() {
  [[ -z $(rules) ]]
}

ktap_plan 10
module_load
enclave_image "$IMAGE" >/dev/null
answer_heartbeats host
enclave_start e "$QEMU" "guest-cid=$CID,parent-cid=2" "$IMAGE" -action reboot=reset
numbers=$(rule_numbers)
before=$(heartbeats host "$CID")

guest_exec e "touch /run/mark; (sleep 1; reboot -f) >/dev/null 2>&1 &"
check "it boots again" guest_is_ready e
check_fails "it has forgotten all" guest_exec e test -e /run/mark
check_output "the rule is still the same" "$numbers" rule_numbers
check_output "its parent has answered again" $((before + 1)) heartbeats host "$CID"
check "enclave to host" connection e host 3 "$CID" stream
check "host to enclave" connection host e "$CID" 3 stream

kill -KILL "${guest_pids[e]}"
check "SIGKILL: the rule has gone" wait_for 10 no_rules
guest_stop e
enclave_start e "$QEMU" "guest-cid=$CID,parent-cid=2" "$IMAGE"
check_output "its successor has one" "$CID 3->2" rules
check_output "and a parent" "heartbeat answered by 3:9000" guest_exec e cat /run/heartbeat
check "enclave to host" connection e host 3 "$CID" seqpacket
