#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A hostile guest gains nothing by a rule, its own or another guest's: packets with a source that is
# not its own, and CIDs that are 3 only in their lower 32 bits, reach nobody.
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/traffic.sh
. "$(dirname "$0")/traffic.sh"

readonly RULED=16
readonly OTHER=17
readonly PORT=2000

# packets SRC DST: one of each kind that could start, feed or end a connection.
packets() {
  local op
  for op in REQUEST RESPONSE RST SHUTDOWN RW CREDIT_UPDATE CREDIT_REQUEST; do
    echo "op=$op,src=$1,dst=$2"
  done
}

# sends_in_vain GUEST SRC DST: the guest sends these packets, and gets no answer.
sends_in_vain() {
  local list answers
  mapfile -t list < <(packets "$2" "$3")
  answers=$(answers_to "$1" "${list[@]}")
  echo "$answers"
  [[ -z $answers ]]
}

ktap_plan 10
module_load
vsockfwd rule add guest "$RULED" to host

check "a guest with a rule cannot speak for another to CID 3" \
  nobody_hears "$PORT" "$OTHER" sends_in_vain "$RULED" "$OTHER:1234" "3:$PORT"
check "a guest with a rule cannot speak for another to CID 2" \
  nobody_hears "$PORT" "$OTHER" sends_in_vain "$RULED" "$OTHER:1234" "2:$PORT"
check "a guest cannot speak for one with a rule to CID 3" \
  nobody_hears "$PORT" "$RULED" sends_in_vain "$OTHER" "$RULED:1234" "3:$PORT"
check "a guest cannot speak for one with a rule to CID 2" \
  nobody_hears "$PORT" "$RULED" sends_in_vain "$OTHER" "$RULED:1234" "2:$PORT"
check "a guest with a rule cannot speak for CID 3" \
  nobody_hears "$PORT" 3 sends_in_vain "$RULED" 3:1234 "3:$PORT"
check "a source that is the guest only in 32 of 64 bits is not the guest" \
  nobody_hears "$PORT" "$OTHER" sends_in_vain "$RULED" "0x1000000$(printf %02x "$RULED"):1234" "3:$PORT"
check "a destination that is 3 only in 32 of 64 bits is not rewritten" \
  nobody_hears "$PORT" "$OTHER" sends_in_vain "$RULED" "$RULED:1234" "0x100000003:$PORT"
check "a destination that is 2 only in 32 of 64 bits is not the host" \
  nobody_hears "$PORT" "$OTHER" sends_in_vain "$RULED" "$RULED:1234" "0x100000002:$PORT"
check_output "even the answer to nonsense comes from CID 3" \
  "op=RST src=3:9 dst=$RULED:1234" answers_to "$RULED" op=99,type=9,dst=3:9

check_fails "an honest packet is heard" \
  nobody_hears "$PORT" "$OTHER" fake_guest --cid "$RULED" raw "op=REQUEST,dst=3:$PORT"
vsockfwd rule flush
