#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A command that does not exist is no command that fails.
# expect: fault not ok 1 - a missing command fails
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
ktap_plan 1
check_fails "a missing command fails" no_such_command
