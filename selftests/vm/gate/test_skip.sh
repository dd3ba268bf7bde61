#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every result is skipped.
# expect: skip
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
ktap_plan 1
ktap_skip "something" "not possible here"
