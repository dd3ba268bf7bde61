#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Samples what packets and connections cost, in every variant in turn.
# usage: bench.sh ROUNDS; prints lines "sample VARIANT WHAT BYTES NS".
# shellcheck source=selftests/tests/lib.sh
. /payload/tests/lib.sh
# shellcheck source=selftests/tests/traffic.sh
. /payload/tests/traffic.sh

readonly ROUNDS=$1 CID=1000 PARENT=999
# Guests that have rules, and those among them that have flows.
readonly RULES=$((CID + 1)) FLOWS=2000 FLOWS_OF_GUEST=4000

# sample VARIANT PEER WHAT BYTES COUNT: the CID that the guest knows its host by.
sample() {
  local variant=$1 peer=$2 what=$3 bytes=$4 count=$5
  chrt --fifo 1 packet_cost --cid "$CID" --peer "$peer" --direction "$what" --bytes "$bytes" \
    --packets "$count" | sed "s/^/sample $variant $what $bytes /"
}

# sample_all VARIANT PEER: packets of all sizes in both directions, and connections.
sample_all() {
  local direction size packets
  for direction in guest-to-host host-to-guest; do
    while read -r size packets; do
      sample "$1" "$2" "$direction" "$size" "$packets"
    done <<<"64 4000
4096 2000
65536 250"
  done
  sample "$1" "$2" set-up 64 800
}

# rules_up_to TOTAL: adds rules of other guests.
rules=1
rules_up_to() {
  fwd_load fill --guest "$((RULES + rules - 1))" --count "$(($1 - rules))" >/dev/null
  rules=$1
}

# with_flows TOTAL VARIANT: samples connections with CID 2, which have a flow each, beside others.
with_flows() {
  local guests=$((($1 + FLOWS_OF_GUEST - 1) / FLOWS_OF_GUEST)) filler
  ready=$(mktemp --dry-run --tmpdir="$TEST_DIR")
  background flow_fill --guest "$FLOWS" --guests "$guests" --flows "$(($1 / guests))" \
    --ready-file "$ready"
  filler=$!
  wait_for 600 test -e "$ready"
  sample_all "$2" 2
  end_process "$filler"
  # The host forgets connections with a guest that has gone after some seconds only.
  wait_for 60 no_connections
}

no_connections() {
  [[ -z $(ss --no-header --vsock) ]]
}

# sample_guests VARIANT PEER DIAL: what guest CID sends to PARENT, in packets of all sizes.
# On a host guests have processors of their own: here they run when nobody else has work.
sample_guests() {
  local size packets
  while read -r size packets; do
    chrt --idle 0 guest_to_guest --from "$CID" --to "$PARENT" --peer "$2" --dial "$3" --port 5000 \
      --bytes "$size" --packets "$packets" | sed "s/^/sample $1 guest-to-guest $size /"
  done <<<"64 8000
4096 4000
65536 400"
}

# sample_relayed VARIANT COMMAND...: the same with a relay on the host between the two. It reads
# each packet as it comes; "late" only when the whole ring of the guest has come.
sample_relayed() {
  relayed "$1" "${@:2}"
  relayed "$1-late" chrt --idle 0 "${@:2}"
}

relayed() {
  local variant=$1 relay
  shift
  background "$@" >/dev/null 2>&1
  relay=$!
  wait_for 10 eval 'ss --vsock --listening | grep -q :6000'
  sample_guests "$variant" 2 6000
  end_process "$relay"
}

sample_relays() {
  sample_relayed socat socat -b 65536 VSOCK-LISTEN:6000,fork "VSOCK-CONNECT:$PARENT:5000"
  sample_relayed vsock-relay vsock-relay-static run --from vsock:any:6000 --to "vsock:$PARENT:5000"
}

# Who sends is not interrupted by who receives: how often the scheduler would let
# that happen depends on chance, and weighs more than the module.
echo -1 >/proc/sys/kernel/sched_rt_runtime_us

modprobe vhost_vsock
for ((round = 1; round <= ROUNDS; round++)); do
  echo "round $round of $ROUNDS"
  sample_all none 2
  sample_relays
  module_load
  sample_all loaded 2
  vsockfwd rule add guest "$CID" to host
  sample_all one 3
  rules_up_to 1000
  sample_all rules-1000 3
  # The guests of the flows have rules by now, or get them here.
  rules_up_to 5000
  sample_all flows-1 2
  with_flows 1000 flows-1000
  if ((round == 1)); then
    # It takes long, and the figures repeat.
    with_flows 100000 flows-100000
  fi
  rules_up_to 60000
  sample_all rules-60000 3
  vsockfwd rule flush >/dev/null
  rules=1
  vsockfwd rule add guest "$CID" to "$PARENT"
  sample_guests sibling 3 5000
  vsockfwd rule flush >/dev/null
  module_unload
done
