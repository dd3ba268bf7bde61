#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Requests and messages to the module that are anything but well-formed, from several threads at
# once, with and without privileges. It takes what it may, refuses the rest by the book, and works
# afterwards.
#
# REQUESTS, for each thread, and SEED come from "selftests/vm/run --set". Messages are so much faster
# that there are more of them.
# timeout: 300
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/traffic.sh
. "$(dirname "$0")/traffic.sh"

REQUESTS=${REQUESTS:-500}
MESSAGES=$((10 * REQUESTS))
SEED=${SEED:-$RANDOM}

# fuzz WAY [OPTION...]: of each run, the report names the seed.
fuzz() {
  fwd_fuzz "$@" --seed "$SEED" 2>&1 | sed 's/^/# /' >&"$ktap"
}

as_nobody() {
  setpriv --reuid=65534 --regid=65534 --clear-groups fwd_fuzz "$@" --seed "$SEED" 2>&1 |
    sed 's/^/# /' >&"$ktap"
}

# What a fuzzer has left in force, and what would hold the module.
rules_are_flushed() {
  vsockfwd restore - <<<"# nothing" && vsockfwd rule flush &&
    [[ $(vsockfwd -j rule show | jq -c .) == "[]" ]]
}

ktap_plan 8
exec {ktap}>&1
module_load
# A rule that nobody takes away: hooks that come and go are not what this is about. Many rules make
# dumps of several parts.
vsockfwd rule add guest 77 to host
fwd_load fill --guest 1000 --count 100 | sed 's/^/# /'
mode=$(stat --format=%a /dev/vhost-vsock)
chmod a+rw /dev/vhost-vsock /dev/vhost-vsock-fwd

check "requests of root" fuzz ioctl --guest 100 --requests "$REQUESTS"
check "requests of nobody" as_nobody ioctl --guest 200 --requests "$REQUESTS"
check "messages of root" fuzz netlink --requests "$MESSAGES"
check "messages of nobody" as_nobody netlink --requests "$MESSAGES"
check "all at once" all_at_once "fuzz ioctl --guest 100 --requests $REQUESTS" \
  "as_nobody ioctl --guest 200 --requests $REQUESTS" "fuzz netlink --requests $MESSAGES" \
  "as_nobody netlink --requests $MESSAGES"
chmod "$mode" /dev/vhost-vsock
check "the module works" both_ways 77 3
check "no rule stays" rules_are_flushed
check "the module goes" module_unload
