#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The log that would show a warning is gone.
# expect: fault the kernel log is not complete
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
ktap_plan 1
check "the log is cleared" dmesg --clear
