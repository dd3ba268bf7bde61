#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A result is not ok.
# expect: fault not ok 1 - false is true
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
ktap_plan 1
check "false is true" false
