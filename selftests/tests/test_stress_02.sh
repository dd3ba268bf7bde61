#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The module and its hooks come and go many times beside the traffic of guests without a rule.
# timeout: 1200
# processors: in turn
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/traffic.sh
. "$(dirname "$0")/traffic.sh"

readonly ROUNDS=$((200 / SLOWNESS))

rounds() {
  local i
  for ((i = 0; i < ROUNDS; i++)); do
    insmod "$PAYLOAD/$MODULE.ko" || return 1
    vsockfwd rule add guest 16 to host || return 1
    vsockfwd rule del guest 16 || return 1
    rmmod "$MODULE" || return 1
  done
}

# Traffic that leaves the processors to the rounds, which would take minutes longer.
gently() {
  renice --priority 19 "$BASHPID" >/dev/null
  "$@"
}

ktap_plan 1
modprobe vhost_vsock
AMOUNT=--seconds=5 check "$ROUNDS rounds, and every byte arrives" beside rounds \
  "gently guest_to_host 17 2 stream" "gently host_to_guest 18 2 seqpacket"
