#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The module stays loaded.
# expect: fault left behind: module vhost_vsock_fwd
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
ktap_plan 1
modprobe vhost_vsock
check "the module loads" insmod "$PAYLOAD/$MODULE.ko"
