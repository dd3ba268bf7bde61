#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The host closes a connection of which the guest never says that it has ended, too.
# expect: pass
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/traffic.sh
. "$(dirname "$0")/traffic.sh"

silent_guest() {
  fake_guest --cid 42 raw --seconds 5 op=REQUEST,dst=2:9 | cut --delimiter=' ' --fields=1-3
}

ktap_plan 2
modprobe vhost_vsock
serve vsock_peer listen --port 9 --timeout 2 2>/dev/null
check_output "the guest goes when the host has closed" \
  $'op=RESPONSE src=2:9 dst=42:1234\nop=SHUTDOWN src=2:9 dst=42:1234' silent_guest
check "the socket stays for a while" test "$(</sys/module/vhost_vsock/refcnt)" -gt 0
