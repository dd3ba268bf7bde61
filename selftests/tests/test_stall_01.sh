#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A program can hold the lock of its socket for as long as it likes, with a request that reads memory
# which does not come. Rules and aliases go all the same, and only the module stays meanwhile.
# timeout: 180
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/traffic.sh
. "$(dirname "$0")/traffic.sh"

# promptly COMMAND...: whoever waits for a socket cannot be killed, so he is left alone.
promptly() {
  local pid
  "$@" &
  pid=$!
  wait_for 10 _gone "$pid" && wait "$pid"
}

_gone() {
  ! kill -0 "$1"
}

hears_of_it() {
  wait_for 10 _gone "$guest"
}

is_in_use() {
  [[ $(rmmod "$MODULE" 2>&1) == *"is in use"* ]]
}

ktap_plan 9
module_load

vsockfwd rule add guest 16 to host
background fake_guest --cid 16 accept --port 9 --timeout 100 --ready-file "$TEST_DIR/guest" \
  >/dev/null 2>&1
guest=$!
wait_for 10 test -e "$TEST_DIR/guest"
serve stalled_socket connect --cid 16 --port 9
stalled=$!
check "a rule goes while a program holds the lock of a connection" promptly \
  vsockfwd rule del guest 16
check "and the guest hears of it" hears_of_it
end_process "$stalled"

vsockfwd rule add guest 16 to host
serve stalled_socket listen --port 1500
stalled=$!
background fake_guest --cid 16 raw --seconds 100 op=REQUEST,src=16:1234,dst=3:1500 >/dev/null
guest=$!
sleep 2
check "another guest's rule comes while a request waits for a listener" promptly \
  vsockfwd rule add guest 17 to host
check "and goes" promptly vsockfwd rule del guest 17
check "so does the guest's own" promptly vsockfwd rule del guest 16
check "the module stays" is_in_use
end_process "$stalled"
end_process "$guest"

fwd_ioctl alias cid=3 >/dev/null
serve stalled_socket bind --cid 3 --port 1500
stalled=$!
check "the alias goes while somebody waits to bind to it" promptly fwd_ioctl alias cid=0
check "the module stays for him, too" is_in_use
end_process "$stalled"
check "and goes when nobody waits any more" wait_for 10 module_unload
