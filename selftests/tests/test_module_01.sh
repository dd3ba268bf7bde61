#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Loading: with vhost_vsock, without it, and what the kernel log says.
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"

# log_of COMMAND...: what the module logs while the command runs.
log_of() {
  local lines
  lines=$(dmesg | wc -l)
  "$@" >/dev/null 2>&1 || true
  dmesg | tail -n +$((lines + 1)) | grep "$MODULE: " | grep -v taint || true
}

load() {
  insmod "$PAYLOAD/$MODULE.ko"
}

ktap_plan 9
modprobe vmw_vsock_virtio_transport_common

check "loading brings vhost_vsock along" load
check "it is loaded now" test -d /sys/module/vhost_vsock
check "the device is there, for root and its group only" \
  test "$(stat -c '%a %F' /dev/vhost-vsock-fwd)" = "660 character special file"
check "unloading" rmmod "$MODULE"
check_fails "the device is gone" test -e /dev/vhost-vsock-fwd

log_of load >"$TEST_DIR/log"
check "loading says one line" test "$(wc -l <"$TEST_DIR/log")" -eq 1
rmmod "$MODULE"

rmmod vhost_vsock
loader=$(sysctl -n kernel.modprobe)
sysctl -q -w kernel.modprobe=/bin/false
check_fails "without vhost_vsock it does not load" load
log_of load >"$TEST_DIR/log"
check "and says why in one line" test "$(wc -l <"$TEST_DIR/log")" -eq 1
check "that names vhost_vsock" grep -q "vhost_vsock is not" "$TEST_DIR/log"
sysctl -q -w kernel.modprobe="$loader"
