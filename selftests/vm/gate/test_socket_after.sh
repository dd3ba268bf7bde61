#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The test before left a socket that waits for its guest.
# expect: pass
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
ktap_plan 1
check_output "it is gone" 0 cat /sys/module/vhost_vsock/refcnt
