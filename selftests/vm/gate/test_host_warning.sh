#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The kernel of the host warns.
# expect: fault kernel: .*WARNING: CPU: 0 PID: 1 at
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
ktap_plan 1
check "a warning is logged" eval "echo \"<4>WARNING: CPU: 0 PID: 1 at kernel/example.c:1\" >/dev/kmsg"
