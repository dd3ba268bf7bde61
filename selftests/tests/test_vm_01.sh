#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The test bed itself: the right kernel, the host's vsock device, a nested guest.
# processors: one
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
ktap_plan 5

readonly CID=42

# Where the host's kernel checks itself, its guests have the plain one.
version() {
  grep -o '^[0-9.]*'
}

check "the kernel is the one that was asked for" \
  grep -q "^Linux version $KERNEL\." /proc/version
modprobe vhost_vsock
check "vhost_vsock has a device" test -c /dev/vhost-vsock

guest_start guest "$CID"
check_output "a guest runs commands" "$(uname -r | version)" eval 'guest_exec guest uname -r | version'
check_output "arguments arrive as they are" "a  b'c" guest_exec guest echo "a  b'c"
check "the status of a command comes back" \
  test "$(guest_exec guest 'exit 7' || echo $?)" = 7
