#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# An enclave image under patched QEMU, which makes the rule by itself. Nobody calls vsockfwd.
#
#   enclave 16 ---- QEMU -M nitro-enclave,guest-cid=16,parent-cid=2 ---- host
# processors: one
# timeout: 600
# needs: patched qemu
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/nested.sh
. "$(dirname "$0")/nested.sh"
# shellcheck source=selftests/tests/enclave.sh
. "$(dirname "$0")/enclave.sh"

readonly CID=16 IMAGE=$TEST_DIR/app.eif

# pcr N: what the image says about the register.
pcr() {
  jq -r ".measurements.pcr$1" "$TEST_DIR/image.json"
}

# Linux has the driver of the security module from 6.8 on.
registers=(0 1 2)
[[ $KERNEL != 6.1 ]] || registers=()

has_another_heartbeat() {
  (($(heartbeats host "$CID") > $1))
}

check_enclave() {
  local release=$1 type i before
  before=$(heartbeats host "$CID") || true
  enclave_start e "$release" "guest-cid=$CID,parent-cid=2" "$IMAGE"
  check_output "QEMU $release: the rule is there" "$CID 3->2" rules
  check_output "the enclave has a parent" "heartbeat answered by 3:9000" guest_exec e cat /run/heartbeat
  check "its parent is the host" has_another_heartbeat "$before"
  for type in stream seqpacket; do
    check "$type: enclave to host, the enclave's peer is 3" connection e host 3 "$CID" "$type"
    check "$type: host to enclave, the enclave's peer is 3" connection host e "$CID" 3 "$type"
  done
  for i in "${registers[@]}"; do
    check_output "register $i of /dev/nsm is what eif says" "$(pcr "$i")" guest_exec e nsm_pcr "$i"
  done
  guest_stop e
  check_output "the rule went with QEMU" "" rules
}

ktap_plan $((1 + (8 + ${#registers[@]}) * ${#QEMUS[@]}))
module_load
enclave_image "$IMAGE" >"$TEST_DIR/image.json"
check "the image is fine" eif check "$IMAGE"
answer_heartbeats host
for release in "${QEMUS[@]}"; do
  check_enclave "$release"
done
