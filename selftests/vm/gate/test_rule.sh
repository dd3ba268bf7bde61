#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A rule stays, and holds the module.
# expect: fault left behind: rule for guest 42
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
ktap_plan 1
modprobe vhost_vsock
insmod "$PAYLOAD/$MODULE.ko"
check "a rule is added" vsockfwd rule add guest 42 to host
