#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The rule of a guest comes and goes while that very guest sends and receives without a break, alone
# and with the hooks, alone and with the module.
# timeout: 1200
# processors: in turn
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/traffic.sh
. "$(dirname "$0")/traffic.sh"

readonly GUEST=16

# The guest sends to both CIDs and ignores what comes back.
flood() {
  local dst
  for dst in 3:9 2:9; do
    fake_guest --cid "$GUEST" flood "op=REQUEST,dst=$dst" --seconds 1 || return 1
    fake_guest --cid "$GUEST" flood "op=RW,dst=$dst,len=4096" --seconds 1 || return 1
  done
}

# The host dials the guest, which does not answer.
dial() {
  ! vsock_peer connect --cid "$GUEST" --port 9 --messages 1 --timeout 0.1
}

module_rounds() {
  local i
  for ((i = 0; i < 20; i++)); do
    insmod "$PAYLOAD/$MODULE.ko" || return 1
    vsockfwd rule add guest "$GUEST" to host || return 1
    ! rmmod "$MODULE" 2>/dev/null || return 1
    vsockfwd rule flush || return 1
    rmmod "$MODULE" || return 1
  done
}

ktap_plan 4
module_load

vsockfwd rule add guest 77 to host
check "the rule comes and goes while the hooks stay" \
  beside "fwd_load hammer --guest $GUEST --pairs 5000" flood dial
vsockfwd rule del guest 77
check "the hooks come and go with the rule" \
  beside "fwd_load hammer --guest $GUEST --pairs 100" flood dial
module_unload
check "the module comes and goes with the rule" beside module_rounds flood dial

module_load
vsockfwd rule add guest "$GUEST" to host
check "after all of this, the rule works" both_ways "$GUEST" 3
vsockfwd rule flush
