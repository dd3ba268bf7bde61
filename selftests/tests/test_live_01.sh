#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Rules that come and go while connections live: those that are there go on when a rule comes, and
# those that a rule let through are reset on both sides when it goes.
# timeout: 180
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/traffic.sh
. "$(dirname "$0")/traffic.sh"

readonly CID=16

add() {
  fwd_ioctl add flags=1 from_cid=3 to_cid=2 guest_cid="$CID" "$@"
}

del() {
  fwd_ioctl del guest_cid="$CID" "$@"
}

# from_guest SECONDS PARENT PORT: a connection of the guest, with traffic all the time. Its process
# is $client, that of the host's side $server.
from_guest() {
  serve vsock_peer listen --port "$3" --expect-peer "$CID"
  server=$!
  background fake_guest --cid "$CID" --expect-src "$2" connect --dst "$2:$3" --seconds "$1"
  client=$!
  wait_for 10 _connected "$3"
}

# from_host SECONDS PARENT PORT: one that the host has opened.
from_host() {
  serve fake_guest --cid "$CID" --expect-src "$2" accept --port "$3" --expect-peer "$2"
  client=$!
  background vsock_peer connect --cid "$CID" --port "$3" --seconds "$1"
  server=$!
  wait_for 10 _connected "$3"
}

_connected() {
  ss --vsock --no-header state established | grep -Eq ":$1( |\$)"
}

both_succeed() {
  wait "$client" && wait "$server"
}

# Much sooner than they would end by themselves.
both_end_soon() {
  wait_for 5 _both_ended
}

_both_ended() {
  ! kill -0 "$client" && ! kill -0 "$server"
}

ktap_plan 13
module_load

for side in guest host; do
  "from_$side" 4 2 "$((1000 + ${#side}))"
  add
  check "a rule comes: a connection of the $side goes on, with CID 2" both_succeed
  del
done

from_guest 4 2 1100
add
add port_first=50 port_last=60 to_port=500
check "two rules come: a connection goes on" both_succeed
check "new ones are with CID 3" guest_to_host "$CID" 3 stream
del port_first=50 port_last=60

for side in guest host; do
  "from_$side" 60 3 "$((1200 + ${#side}))"
  del
  check "the last rule goes: a connection of the $side is reset" both_end_soon
  check_fails "and the guest knows" wait "$client"
  add
done

from_guest 4 2 1300
del
check "the last rule goes: a connection with CID 2 goes on" both_succeed

add port_first=2000 port_last=2000
add port_first=2001 port_last=2001 to_port=2002
from_guest 4 3 2000
del port_first=2001 port_last=2001
check "another rule goes: a connection goes on" both_succeed

add port_first=2001 port_last=2001 to_port=2002
serve vsock_peer listen --port 2002 --expect-peer "$CID"
server=$!
background fake_guest --cid "$CID" --expect-src 3 connect --dst 3:2001 --seconds 60
client=$!
sleep 1
del port_first=2001 port_last=2001
check "the rule of a translated port goes: its connection is reset" both_end_soon
del port_first=2000 port_last=2000

guest_start g 17
vsockfwd rule add guest 17 to host
serve vsock_peer listen --port 3000 --timeout 30
server=$!
guest_exec g "(vsock_peer connect --cid 3 --port 3000 --seconds 60; echo \$? >/tmp/status) \
  >/tmp/log 2>&1 &"
sleep 2
client=$server
vsockfwd rule del guest 17
check "a real guest: its connection ends" wait_for 10 guest_exec g test -e /tmp/status
check_output "a real guest: with an error" 1 guest_exec g cat /tmp/status
