#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Who holds the vhost-vsock descriptor of a guest may rule it, and nobody else without privileges.
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"

ktap_plan 12
module_load

check "his own guest, until it ends" ownership own
check "not the guest of somebody else" ownership foreign
check "not with other descriptors" ownership descriptors
check "the number of a descriptor may be used again" ownership reuse
check "a change of the CID ends the rule" ownership change
check "a change that began before the rule ends it, too" ownership outrun-guest
check "so does one of the parent's CID" ownership outrun-parent
check "another guest as the parent: both descriptors" ownership sibling
check "not beside or against the administrator's rules" ownership policy
check "a request that changes while it is read" ownership race

# In the global mode of vsock namespaces, and before there were any, a CID means the same everywhere.
if [[ -e /proc/sys/net/vsock/child_ns_mode ]]; then
  sysctl -q -w net.vsock.child_ns_mode=local
  check "a guest of another namespace" ownership other-namespace
else
  check_fails "a guest of another namespace: there is but one" ownership other-namespace
fi
check_output "nothing is left" "[]" vsockfwd -j rule show
