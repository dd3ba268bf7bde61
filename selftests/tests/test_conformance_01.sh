#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The kernel's vsock_test: the guest connects, the host listens.
# processors: one
# timeout: 700
# shellcheck source=selftests/tests/conformance.sh
. "$(dirname "$0")/conformance.sh"

# The guest's name for its host in QEMU's user networking.
readonly GATEWAY=10.0.2.2

guest_connects() {
  local peer=$1 output=$2 server
  background timeout "$SUITE_SECONDS" vsock_test --mode=server --control-port="$CONTROL_PORT" \
    --peer-cid="$GUEST" >"$TEST_DIR/server" 2>&1
  server=$!
  wait_for 10 eval "ss -tln | grep -q :$CONTROL_PORT"
  GUEST_EXEC_SECONDS=$SUITE_SECONDS guest_exec g vsock_test --mode=client \
    --control-host="$GATEWAY" --control-port="$CONTROL_PORT" --peer-cid="$peer" >"$output" || {
    cat "$output" "$TEST_DIR/server"
    return 1
  }
  wait "$server"
}

compare_suites guest_connects
