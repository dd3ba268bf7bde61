#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A nested guest asks for quotes over vsock, at CID 2 as libtdx_attest does, and
# the multiplexer asks a service at vsock.
#
#   guest 16: qgs_load - vsock host:4050 - [qgs-mux] - vsock local:4051 - qgs_standin: host
# processors: one
# timeout: 600
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/qgs.sh
. "$(dirname "$0")/qgs.sh"

readonly CID=16 STATUS=(qgs-mux-static status --json --control "$TEST_DIR/control")

ask() {
  guest_exec g qgs_load vsock:2:4050 "$@"
}

is_known_by_its_cid() {
  "${STATUS[@]}" | python3 -c "
import json, sys
guests = {guest['name']: guest['answered'] for guest in json.load(sys.stdin)['guests']}
print(guests)
sys.exit(guests != {'cid:$CID': 250})"
}

connections_are() {
  "${STATUS[@]}" | grep -q "\"connections\":$1,"
}

dead_guest_leaves_nothing() {
  guest_exec g "qgs_load vsock:2:4050 --at-once 20 --seconds 30 >/dev/null 2>&1 &"
  wait_for 20 connections_are 20
  guest_stop g
  wait_for 20 connections_are 0
}

ktap_plan 6
modprobe vsock_loopback
background qgs_standin vsock:4294967295:4051 --time 2000 >/dev/null
background qgs-mux-static run --qgs vsock:1:4051 --listen vsock:any:4050 \
  --control "$TEST_DIR/control" --idle-timeout 10s >>"$TEST_DIR/mux" 2>&1
guest_start g "$CID"
wait_for 20 "${STATUS[@]}"

check "the service answers over vsock" qgs-mux-static probe --qgs vsock:1:4051
check "a guest gets its quotes" all_quotes 100 ask --requests 100
check "as many at once as it likes" all_quotes 100 ask --at-once 50 --requests 2
check "bare reports are answered too" all_quotes 50 ask --raw --requests 50
check "it is known by its CID" is_known_by_its_cid
check "a guest that dies leaves no connection" dead_guest_leaves_nothing
