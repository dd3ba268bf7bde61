#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Two enclaves at once, each with a parent of its own.
#
#   enclave 16 ---- parent-cid=2  ---- host
#   enclave 17 ---- parent-cid=20 ---- guest 20
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

readonly IMAGE=$TEST_DIR/app.eif QEMU=${QEMUS[-1]}

ktap_plan 13
module_load
enclave_image "$IMAGE" >/dev/null
guest_start parent 20
answer_heartbeats host
answer_heartbeats parent

enclave_start one "$QEMU" guest-cid=16,parent-cid=2 "$IMAGE"
enclave_start two "$QEMU" guest-cid=17,parent-cid=20 "$IMAGE"
check_output "a rule for each" $'16 3->2\n17 3->20' rules
check "the first one's parent is the host" heartbeats host 16
check "the other one's parent is guest 20" heartbeats parent 17
for type in stream seqpacket; do
  check "$type: an enclave to the host" connection one host 3 16 "$type"
  check "$type: the host to its enclave" connection host one 16 3 "$type"
  check "$type: an enclave to its parent guest" connection two parent 3 17 "$type"
  check "$type: a guest to its enclave" connection parent two 17 3 "$type"
done
guest_stop one
check_output "the rule of one went with it" "17 3->20" rules
check "the other one stays with its parent" connection two parent 3 17 stream
