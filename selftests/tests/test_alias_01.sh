#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Programs of the host that bind to CID 3 literally: refused as ever, and let in by an alias.
# processors: one
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/traffic.sh
. "$(dirname "$0")/traffic.sh"

readonly NOT_AVAILABLE="error: cannot listen on 3:1016: Cannot assign requested address (EADDRNOTAVAIL)"

alias_of_host() {
  fwd_ioctl alias cid="$1" >/dev/null
}

known_alias() {
  fwd_ioctl info | sed 's/.*host_alias=//'
}

# first_line COMMAND...: of a command that fails.
first_line() {
  { "$@" 2>&1 || true; } | head -n 1
}

# parent_at CID COMMAND...: a program of the host that binds to CID takes a connection of guest 16.
parent_at() {
  local cid=$1
  shift
  serve "$@" vsock_peer listen --cid "$cid" --port 1016 --expect-peer 16 >"$TEST_DIR/seen"
  with_server $! "$@" fake_guest --cid 16 --expect-src 3 connect --dst 3:1016 "$AMOUNT" &&
    grep " local 2:1016 " "$TEST_DIR/seen"
}

bind_to_parent() {
  first_line vsock_peer listen --cid 3 --port 1016 --timeout 1
}

bind_beside_another() {
  local other
  serve vsock_peer listen --cid 2 --port 1016 --timeout 5 >/dev/null 2>&1
  other=$!
  bind_to_parent
  end_process "$other"
}

bind_and_let_go() {
  local rounds
  for ((rounds = 0; rounds < 40; rounds++)); do
    python3 - <<'END'
import socket
for port in range(2000, 2100):
    with socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM) as one:
        try:
            one.bind((3, port))
        except OSError as error:
            if error.strerror != "Cannot assign requested address":
                raise
END
  done
}

set_and_take_back() {
  alias_of_host 3 && alias_of_host 0
}

ktap_plan 20
module_load
fwd_ioctl add flags=1 guest_cid=16 from_cid=3 to_cid=2 >/dev/null
check_output "without an alias, nobody binds to CID 3" "$NOT_AVAILABLE" bind_to_parent
check_output "and none is told" 0 known_alias

check "an alias" alias_of_host 3
check_output "is told" 3 known_alias
check "a program that binds to it is the parent" parent_at 3
check "one that binds to CID 2 is, as before" parent_at 2
check_output "any other CID stays refused" "${NOT_AVAILABLE/3:/4:}" \
  first_line vsock_peer listen --cid 4 --port 1016 --timeout 1
check_output "a port is taken once, by whatever name" \
  "error: cannot listen on 3:1016: Address already in use (EADDRINUSE)" bind_beside_another
check_output "a short address is for the kernel to refuse" "22" python3 -c '
import ctypes, socket
one = socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)
libc = ctypes.CDLL(None, use_errno=True)
libc.bind(one.fileno(), bytes([40, 0]) + bytes(2) + bytes([1, 0, 0, 0, 3, 0]), 10)
print(ctypes.get_errno())'
check_fails "the module stays while there is an alias" eval \
  'fwd_ioctl del guest_cid=16; rmmod vhost_vsock_fwd'

check "another one in its place" alias_of_host 5
check_output "the first one is none any more" "$NOT_AVAILABLE" bind_to_parent
check "it is taken back" alias_of_host 0
check_output "and nobody binds to it" "$NOT_AVAILABLE" bind_to_parent
check "it comes and goes while programs bind" beside bind_and_let_go set_and_take_back

guest_start parent 3
check_output "a host that has CID 3 itself refuses" EADDRINUSE guest_exec parent \
  'modprobe -a vhost_vsock vsock_loopback && insmod /programs/vhost_vsock_fwd.ko && ! fwd_ioctl alias cid=3'
check_output "and binds to it as ever, whatever the alias" "error: no connection came within 1000 ms" \
  guest_exec parent 'fwd_ioctl alias cid=4 >/dev/null && ! vsock_peer listen --cid 3 --port 5 --timeout 1 2>&1'
check "and lets go of the module" guest_exec parent 'fwd_ioctl alias cid=0 && rmmod vhost_vsock_fwd'
guest_stop parent

in_namespace() {
  ip netns exec "$@"
}

alias_of_namespace_only() {
  parent_at 3 in_namespace "$1" && [[ $(bind_to_parent) == "$NOT_AVAILABLE" && $(known_alias) == 0 ]]
}

# Where namespaces keep their guests to themselves, an alias is of one of them.
if [[ -e /proc/sys/net/vsock/child_ns_mode ]]; then
  echo local >/proc/sys/net/vsock/child_ns_mode
  ip netns add a
  in_namespace a fwd_ioctl alias cid=3 >/dev/null
  fwd_ioctl add flags=1 guest_cid=16 from_cid=3 to_cid=2 >/dev/null
  in_namespace a fwd_ioctl add flags=1 guest_cid=16 from_cid=3 to_cid=2 >/dev/null
  check "an alias is of its namespace" alias_of_namespace_only a
  in_namespace a fwd_ioctl del guest_cid=16 >/dev/null
  fwd_ioctl del guest_cid=16 >/dev/null
  ip netns del a
  check "and goes with it: nothing holds the module" wait_for 20 module_unload
else
  ktap_skip "and goes with it: nothing holds the module" "this kernel has one pool of guests"
  ktap_skip "an alias is of its namespace" "this kernel has one pool of guests"
fi
