#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The scripts in Documentation/tracing, which read the module's trace events through bpftrace.
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/traffic.sh
. "$(dirname "$0")/traffic.sh"

# traced SCRIPT COMMAND...: leaves in $TEST_DIR/traced what the script prints while the command runs.
traced() {
  local script=$1
  shift
  bpftrace -c "$*" "$PAYLOAD/tracing/$script.bt" >"$TEST_DIR/traced" || return 1
  cat "$TEST_DIR/traced"
}

# sum MAP: of what the script has printed for guest 16 and port 1016.
sum() {
  awk -v key="@$1[16, 1016]:" 'index($0, key) == 1 { sum += $NF } END { print sum + 0 }' "$TEST_DIR/traced"
}

# A guest that connects to a server, which gets everything back.
guest_connects=(fake_guest --cid 16 connect --dst 3:1016 "$AMOUNT")

# The kernel that checks itself is built without.
if [[ ! -e /sys/kernel/btf/vmlinux ]]; then
  echo "1..0 # SKIP bpftrace knows a kernel's types by its BTF, and this one has none"
  exit
fi

ktap_plan 9
module_load
vsockfwd rule add guest 16 to host
vsockfwd rule add guest 16 port 9000 deny

serve vsock_peer listen --port 1016 >/dev/null
check "connections.bt: the guest connects" traced connections "${guest_connects[@]}"
check_output "its connection is counted" 1 sum started_by_guest
serve fake_guest --cid 16 accept --port 1016
check "connections.bt: the host connects" traced connections vsock_peer connect --cid 16 --port 1016 "$AMOUNT"
check_output "its connection is counted" 1 sum started_by_parent

serve vsock_peer listen --port 1016 >/dev/null
check "bytes.bt: the guest connects" traced bytes "${guest_connects[@]}"
check_output "bytes from the guest" 1000000 sum from_guest
check_output "bytes to the guest" 1000000 sum to_guest

check "drops.bt: a denied connection" \
  traced drops fake_guest --cid 16 raw --seconds 1 op=REQUEST,src=16:1234,dst=3:9000
check_output "it is shown, and counted" "16:1234 -> 3:9000 denied@drops[denied, 16]: 1" \
  eval "grep -e '->' -e '^@' '$TEST_DIR/traced' | tr -d '\n'"
vsockfwd rule flush >/dev/null
