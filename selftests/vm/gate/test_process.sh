#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A process outlives the test.
# expect: fault left behind: process [0-9]+: sleep 1000
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
ktap_plan 1
setsid sleep 1000 &
check "true is true" true
