#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The host crashes; the console tells why.
# expect: fault the virtual machine died(.|\n)*sysrq: Trigger a crash
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
ktap_plan 1
check "true is true" true
echo c >/proc/sysrq-trigger
