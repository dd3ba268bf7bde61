#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Out of memory while packets come: a connection is made all the same, or refused, or hears nothing;
# and the next one is as if nothing had been.
# timeout: 300
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/traffic.sh
. "$(dirname "$0")/traffic.sh"
# shellcheck source=selftests/tests/memory.sh
. "$(dirname "$0")/memory.sh"

no_flows() {
  [[ $(vsockfwd -j flow show) == "[]" ]]
}

# request PEER: what guest 16 hears when it asks for a connection, in one word.
request() {
  answers_to 16 "op=REQUEST,src=16:1234,dst=$1" | sed 's/ .*//' | xargs
}

# requests PEER: each allocation that a request causes fails once. The guest is answered in a way
# that it knows, nothing of it stays, and the next request is answered as ever.
requests() {
  local peer=$1 nth=0 answer heard=()
  while :; do
    nth=$((nth + 1))
    echo "$nth" >"$NTH"
    answer=$(request "$peer")
    if [[ $(<"$NTH") != 0 ]]; then
      echo 0 >"$NTH"
      break
    fi
    heard+=("${answer:-nothing}")
    case $answer in
      "" | op=RST | op=RESPONSE) ;;
      *) return 1 ;;
    esac
    wait_for 20 no_flows || return 1
    [[ $(request "$peer") == "$ANSWER" ]] || return 1
    wait_for 20 no_flows || return 1
  done
  echo "# $peer: $((nth - 1)) allocations: ${heard[*]}" >&"$ktap"
  ((nth > 1))
}

ktap_plan 6
module_load
memory_setup

serve vsock_peer listen --port 1500 --connections 1000 --timeout 200 >/dev/null 2>&1
vsockfwd rule add guest 16 to host
ANSWER=op=RESPONSE
check "a connection with CID 2, which has a flow" requests 2:1500
check "a connection with the host at CID 3" requests 3:1500
vsockfwd rule flush >/dev/null

check "a rule for a sibling, with its links" needs_memory del_rule nothing_stays \
  fwd_ioctl add guest_cid=16 from_cid=3 to_cid=20 flags=1
vsockfwd rule add guest 16 to 20
background fake_guest --cid 20 accept --port 9999 --timeout 200 >/dev/null 2>&1
parent=$!
ANSWER=op=RST
check "a request to a sibling that refuses it" requests 3:1500
end_process "$parent"
vsockfwd rule flush >/dev/null
check "nothing stays" nothing_stays
memory_teardown
