#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What a rule denies a guest stays denied on the ports of a connection that its parent has begun. And
# what does not reach a parent leaves nothing there.
#
#   guest 16 ---- rule "16: 3 -> 20", but for port 81 ---- guest 20
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/traffic.sh
. "$(dirname "$0")/traffic.sh"

ktap_plan 4
module_load
vsockfwd rule add guest 16 to 20
vsockfwd rule add guest 16 port 81 deny

serve fake_guest --cid 16 raw --reply --seconds 5 op=REQUEST,src=16:8,dst=3:81 \
  >"$TEST_DIR/guest"
guest=$!
check_output "the parent asks from the port, and is not asked back" "" \
  fake_guest --cid 20 raw --seconds 2 op=REQUEST,src=20:81,dst=16:8
wait "$guest"
check_output "the guest gets the request, and a reset for its own" \
  $'op=REQUEST src=3:81 dst=16:8\nop=RST src=3:81 dst=16:8' \
  head --lines=2 <(cut --delimiter=' ' --fields=1-3 "$TEST_DIR/guest")

# A parent that takes nothing, until packets of 16 MiB wait for it.
serve fake_guest --cid 20 raw --seconds 30 >"$TEST_DIR/parent"
parent=$!
kill -STOP "$parent"
flood=("op=REQUEST,src=16:1234,dst=3:9000")
for ((i = 0; i < 5000; i++)); do
  flood+=("op=RW,src=16:1234,dst=3:9000,len=4000")
done
resets() {
  answers_to 16 "${flood[@]}" | sort --unique
}
check_output "the connection ends when too much waits" "op=RST src=3:9000 dst=16:1234" resets
fake_guest --cid 16 flood op=REQUEST,src=16:1235,dst=3:9000 --seconds 1 >/dev/null
kill -CONT "$parent"
wait "$parent"
left_there() {
  grep --count 'op=RST src=16:1235' "$TEST_DIR/parent" || true
}
check_output "requests that did not reach the parent leave no resets there" 0 left_there
vsockfwd rule flush
