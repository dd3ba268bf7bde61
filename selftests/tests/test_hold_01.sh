#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Rules that go with the program that holds them, and with the guest whose descriptor is the proof.
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/traffic.sh
. "$(dirname "$0")/traffic.sh"

# guest CID COMMAND...: runs a command that inherits descriptor 5, that of a guest which does nothing
# but have the CID. Both end with the other.
guest() {
  exec python3 - "$@" <<'END'
import array, fcntl, os, sys
VHOST_SET_OWNER, VHOST_VSOCK_SET_GUEST_CID = 0xAF01, 0x4008AF60
vhost = os.open("/dev/vhost-vsock", os.O_RDWR)
fcntl.ioctl(vhost, VHOST_SET_OWNER)
fcntl.ioctl(vhost, VHOST_VSOCK_SET_GUEST_CID, array.array("Q", [int(sys.argv[1])]))
os.dup2(vhost, 5)
os.close(vhost)
child = os.spawnvp(os.P_NOWAIT, sys.argv[2], sys.argv[2:])
os.close(0)
os.read(os.open(os.environ["END_OF_GUEST"], os.O_RDONLY), 1)
os.close(5)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
END
}

# as_nobody COMMAND...
as_nobody() {
  setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

rules_are() {
  [[ $(vsockfwd --json rule show | jq -c 'map([.guest_cid, .persistent])') == "$1" ]]
}

ends_with() {
  local status=0
  wait "$2" || status=$?
  [[ $status -eq $1 ]]
}

ktap_plan 12
module_load
chmod 0666 /dev/vhost-vsock-fwd
export END_OF_GUEST=$TEST_DIR/end
mkfifo "$END_OF_GUEST"

background vsockfwd hold guest 16 to host >"$TEST_DIR/said"
holder=$!
check "it says when the rule is there" wait_for 10 grep -qx 'holding: guest 16 from 3 to host' "$TEST_DIR/said"
check "the rule is one that goes" rules_are '[[16,false]]'
check "and one that works" guest_to_host 16 3 stream
kill "$holder"
check "a signal ends the program well" ends_with 0 "$holder"
check "and the rule" rules_are '[]'

check_fails "without privileges, not without proof" as_nobody vsockfwd hold guest 16 to host
background guest 16 setpriv --reuid 65534 --regid 65534 --clear-groups \
  vsockfwd --json hold guest 16 to host guest-fd 5 >"$TEST_DIR/said"
guest=$!
check "with the guest's descriptor, the rule is added" wait_for 30 grep -q '"guest_cid":16' "$TEST_DIR/said"
check "it is there" rules_are '[[16,false]]'
: >"$END_OF_GUEST"
check "the rule goes with the guest" wait_for 10 rules_are '[]'
check "the program stays until it is ended" pkill -x -TERM vsockfwd
check "and ends well" ends_with 0 "$guest"

background guest 17 setpriv --reuid 65534 --regid 65534 --clear-groups \
  vsockfwd hold guest 16 to host guest-fd 5 2>"$TEST_DIR/said"
check "not with another guest's descriptor" wait_for 30 grep -q 'not that of the guest (EACCES)' "$TEST_DIR/said"
: >"$END_OF_GUEST"
