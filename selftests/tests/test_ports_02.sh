#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The alias and the host's own CID side by side: each connection sees the address it used, and the
# same ports on both are never mixed up.
# processors: one
# timeout: 180
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/traffic.sh
. "$(dirname "$0")/traffic.sh"

# serve_twice PORT: a server for two connections that live at the same time.
serve_twice() {
  serve vsock_peer listen --port "$1" --connections 2 --timeout 30
}

# asks PACKET...: what guest 16 gets back for packets from its port 1234.
asks() {
  local packet packets=()
  for packet in "$@"; do
    packets+=("$packet,src=16:1234")
  done
  answers_to 16 "${packets[@]}"
}

ktap_plan 12
module_load
vsockfwd rule add guest 16 to host

for type in stream seqpacket; do
  check "$type: guest to host at CID 3" guest_to_host 16 3 "$type"
  check "$type: guest to host at CID 2" guest_to_host 16 2 "$type"
done
check "the host's connections come from CID 3" host_to_guest 16 3 stream

serve vsock_peer listen --port 2000 --connections 2 --timeout 5 2>"$TEST_DIR/listener"
check_output "the same ports at CID 2 are refused while those at CID 3 are in use" \
  $'op=RESPONSE src=3:2000 dst=16:1234\nop=RST src=2:2000 dst=16:1234' \
  asks op=REQUEST,dst=3:2000 op=REQUEST,dst=2:2000
serve vsock_peer listen --port 2001 --connections 2 --timeout 5 2>"$TEST_DIR/listener"
check_output "and the other way round" \
  $'op=RESPONSE src=2:2001 dst=16:1234\nop=RST src=3:2001 dst=16:1234' \
  asks op=REQUEST,dst=2:2001 op=REQUEST,dst=3:2001
serve vsock_peer listen --port 2002 --connections 2 --timeout 5 2>"$TEST_DIR/listener"
check_output "data for CID 2 is no data of the connection at CID 3" \
  $'op=RESPONSE src=3:2002 dst=16:1234\nop=RST src=2:2002 dst=16:1234' \
  asks op=REQUEST,dst=3:2002 op=RW,len=10,dst=2:2002

# The host ends each of these first, and says nothing after the guest's reset.
check "a hundred connections at CID 2, one after the other" \
  packet_cost --cid 16 --peer 2 --direction set-up --bytes 64 --packets 96
check_output "are forgotten as they end" "[]" vsockfwd -j flow show guest 16

guest_start g 17
vsockfwd rule add guest 17 to host
serve_twice 3000
server=$!
guest_exec g "for cid in 2 3; do (vsock_peer connect --cid \$cid --port 3000 --expect-peer \$cid \
  --seconds 3 --timeout 30; echo \$? >/tmp/status.\$cid) >/tmp/log.\$cid 2>&1 & done; wait" >/dev/null
check_output "a real guest with both connections at once: its side" $'0\n0' \
  guest_exec g cat /tmp/status.2 /tmp/status.3
check "a real guest with both connections at once: the host's side" wait "$server"
guest_stop g
vsockfwd rule flush
