#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Guests that send whatever they like, as fast as it goes, beside honest ones. Nobody hears what is
# not for it, honest traffic goes on, and nothing of it all stays.
#
#   16 ---- rule "16: 3 -> host" ---- the host      hostile
#   17 ---- rule "17: 3 -> 20" ------ 20            hostile, both of them
#   41 ---- rule "41: 3 -> host" ---- the host      honest
#   42                                              honest, without a rule
#   40                                              silent, without a rule
#
# PACKETS and SEED come from "selftests/vm/run --set"; half of the packets are sent while rules stay,
# half while they come and go.
# timeout: 300
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/traffic.sh
. "$(dirname "$0")/traffic.sh"

AMOUNT=--bytes=100000
PACKETS=${PACKETS:-$((400000 / SLOWNESS))}
SEED=${SEED:-$RANDOM}

# What stays may be some pages that the allocator keeps at hand, but nothing for each of the packets.
readonly GROWTH_MAX=300000

add_rules() {
  vsockfwd batch - <<RULES
rule add guest 16 to host
rule add guest 16 port 8080-8081 to host port 9000
rule add guest 16 port 81 deny
rule add guest 17 to 20
rule add guest 17 port 80 to 20 port 8080
rule add guest 17 port 81 deny
rule add guest 41 to host
RULES
}

# change_rules: one after the other goes and comes back; port 81 stays denied.
change_rules() {
  vsockfwd rule add guest 16 port 9000-9003 deny &&
    vsockfwd rule del guest 17 &&
    vsockfwd rule del guest 16 port 9000-9003 &&
    vsockfwd rule add guest 17 to 20 &&
    vsockfwd rule del guest 16 &&
    vsockfwd rule add guest 17 port 1024-1027 to 20 port 9000 &&
    vsockfwd rule del guest 17 port 80 &&
    vsockfwd rule add guest 16 to host &&
    vsockfwd rule add guest 17 port 80 to 20 port 8080 &&
    vsockfwd rule del guest 17 port 1024-1027
}

# attack SEED: of the caller's own, so that a report names what to repeat.
attack() {
  echo "# seed $1" >&"$ktap"
  hostile_guest attack --hostile 16:2 17:20 20 --silent 40 --closed-port 81 \
    --packets $((PACKETS / 2)) --seed "$1" 2>&1 | sed 's/^/# /' >&"$ktap"
}

flows_between_guests() {
  python3 "$PAYLOAD/tests/fwd_netlink.py" flows | jq 'map(select(.peer > 2)) | length'
}

no_flows_between_guests() {
  [[ $(flows_between_guests) == 0 ]]
}

no_sockets() {
  [[ -z $(ss --vsock --all --no-header) ]]
}

sockets_go() {
  wait_for 30 no_sockets && return
  ss --vsock --all --no-header
  return 1
}

# kernel_memory: bytes in the kernel's small pieces of memory. First, it is made to collect those
# that are free.
kernel_memory() {
  local cache
  for cache in /sys/kernel/slab/*/shrink; do
    echo 1 >"$cache"
  done
  awk '/^(kmalloc|skbuff)/ { sum += $2 * $4 } END { print sum }' /proc/slabinfo
}

# one_round ATTACK...: with the module from its load to its end.
one_round() {
  module_load
  add_rules
  check "nobody hears what is not for it, and honest traffic goes on: $1" \
    beside "$@" "both_ways 41 3" "both_ways 42 2"
  check "with the guests go the flows between them" wait_for 10 no_flows_between_guests
  vsockfwd rule flush
  check "the module goes" module_unload
  check "all sockets go" sockets_go
}

ktap_plan 9
exec {ktap}>&1
one_round "attack $SEED"
memory=$(kernel_memory)
one_round "attack $((SEED + 1))" change_rules
growth=$(($(kernel_memory) - memory))
echo "# growth of the kernel's memory: $growth"
check "nothing stays in memory" test "$growth" -lt "$GROWTH_MAX"
