#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Limits: 65,536 rules and no more, and lists of many pages.
# timeout: 300
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"

readonly MAX=65536

ktap_plan 4
module_load

check_output "there is room for $MAX rules" "$MAX rules added" \
  fwd_load fill --guest 100 --count "$MAX"
check_output "ENOSPC: and for no more" ENOSPC bash -c \
  'fwd_ioctl add guest_cid=50 from_cid=3 to_cid=2 || true'
check_output "the tool lists each of them once" "$MAX" bash -c \
  'vsockfwd -j rule show | jq "map(.guest_cid) | unique | length"'
check_output "and deletes them" "deleted $MAX rules" vsockfwd rule flush
