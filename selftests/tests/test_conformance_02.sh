#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The kernel's vsock_test: the host connects, the guest listens.
# processors: one
# timeout: 700
# shellcheck source=selftests/tests/conformance.sh
. "$(dirname "$0")/conformance.sh"

# The server runs in the background there: the guest does one command at a time.
guest_listens() {
  guest_exec g "rm -f /tmp/status; (vsock_test --mode=server --control-port=$CONTROL_PORT \
    --peer-cid=$1; echo \$? >/tmp/status) >/tmp/server 2>&1 &"
  wait_for 10 guest_exec g "netstat -tln | grep -q :$CONTROL_PORT"
}

host_connects() {
  local peer=$1 output=$2
  guest_listens "$peer"
  timeout "$SUITE_SECONDS" vsock_test --mode=client --control-host=127.0.0.1 \
    --control-port="$FORWARDED_PORT" --peer-cid="$GUEST" >"$output" 2>&1 || {
    cat "$output"
    guest_exec g cat /tmp/server
    return 1
  }
  wait_for 10 guest_exec g test -e /tmp/status
  [[ $(guest_exec g cat /tmp/status) == 0 ]]
}

compare_suites host_connects
