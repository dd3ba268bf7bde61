#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Samples the cost of a packet in every variant, in turn.
# usage: bench.sh ROUNDS; prints lines "sample VARIANT DIRECTION BYTES NS".
# shellcheck source=selftests/tests/lib.sh
. /payload/tests/lib.sh

readonly ROUNDS=$1 CID=1000 RULES=10000

# sample VARIANT PEER: the CID that the guest knows its host by.
sample() {
  local variant=$1 peer=$2 direction size packets
  for direction in guest-to-host host-to-guest; do
    while read -r size packets; do
      chrt --fifo 1 packet_cost --cid "$CID" --peer "$peer" --direction "$direction" --bytes "$size" \
        --packets "$packets" | sed "s/^/sample $variant $direction $size /"
    done <<<"64 4000
4096 2000
65536 250"
  done
}

# Who sends is not interrupted by who receives: how often the scheduler would let
# that happen depends on chance, and weighs more than the module.
echo -1 >/proc/sys/kernel/sched_rt_runtime_us

modprobe vhost_vsock
for ((round = 1; round <= ROUNDS; round++)); do
  echo "round $round of $ROUNDS"
  sample none 2
  module_load
  sample loaded 2
  vsockfwd rule add guest "$CID" to host
  sample one 3
  fwd_load fill --guest "$((CID + 1))" --count "$((RULES - 1))" >/dev/null
  sample many 3
  vsockfwd rule flush >/dev/null
  module_unload
done
