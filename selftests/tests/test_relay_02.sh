#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The relay's own tests, here with the loopback of vsock as a third kind of address.
# timeout: 600
# kernels: 6.1 7.2
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"

readonly RELAY_TESTS=$PAYLOAD/tree/selftests/relay

ktap_plan 6
modprobe vsock_loopback
ip link set lo up
check_output "there is a loopback of vsock" "tcp unix vsock" env PYTHONPATH="$RELAY_TESTS" \
  python3 -c "from relaytest.endpoint import KINDS; print(*KINDS)"
check "one direction ends before the other" "$RELAY_TESTS/test" test_closing.HalfClose
check "what was sent before a close arrives" "$RELAY_TESTS/test" test_closing.Close
check "three relays, one behind the other" "$RELAY_TESTS/test" test_programs.Chain.test_of_three
check "socat at both ends" "$RELAY_TESTS/test" test_programs.Socat
check "ncat at both ends" "$RELAY_TESTS/test" test_programs.Ncat
