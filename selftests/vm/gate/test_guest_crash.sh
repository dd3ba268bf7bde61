#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A nested guest crashes while the test goes on.
# expect: fault guest one: .*Kernel panic
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
ktap_plan 1
guest_start one 42
check_output "a guest that crashes gives no answer" "# guest 'one' has died
125" eval "{ guest_exec one 'echo c >/proc/sysrq-trigger' >/dev/null || echo \$?; } 2>&1"
