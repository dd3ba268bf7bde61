#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The kernel of a nested guest warns.
# expect: fault guest one: .*WARNING: CPU: 0 PID: 1 at
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
ktap_plan 1
guest_start one 42
check "a warning is logged" \
  guest_exec one "echo \"<4>WARNING: CPU: 0 PID: 1 at kernel/example.c:1\" >/dev/kmsg"
guest_stop one
