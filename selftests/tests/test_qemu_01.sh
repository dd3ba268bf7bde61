#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The nitro-enclave machine of the patched QEMU makes rules, and they live as long as its process.
# Nothing boots here: the machines stand still, and have no image.
# needs: patched qemu
# timeout: 600
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"

# Who may run guests, but has no privileges; and who may not even do that.
readonly KVM_GROUP=4243
readonly AS_USER=(setpriv --reuid=4242 --regid=4242 "--groups=$KVM_GROUP")
readonly AS_STRANGER=(setpriv --reuid=4242 --regid=4242 --clear-groups)

rules() {
  vsockfwd -j rule show |
    jq -c "map([.guest_cid, .from_cid, .to_cid, .port_first, .port_last, .to_port] | map(. // 0))"
}

rules_are() {
  [[ $(rules) == "$1" ]]
}

qmp() {
  "$PAYLOAD/tests/qmp.py" "$SOCKETS/$1" "${@:2}"
}

# machine OPTIONS [COMMAND...]: becomes a machine with those options, under COMMAND.
machine() {
  exec "${@:3}" "$QEMU" -M "nitro-enclave,$2" -S -m 128 -nodefaults -display none \
    -qmp "unix:$SOCKETS/$1,server=on,wait=off"
}

# machine_start NAME OPTIONS [COMMAND...]: the same in the background; $! is its pid.
machine_start() {
  background machine "$@"
  wait_for 60 qmp "$1" query-status
}

# refuses MESSAGE OPTIONS [COMMAND...]: such a machine does not start, and says why.
refuses() {
  local message=$1 status=0
  shift
  (machine refused "$1" timeout 60 "${@:2}") >"$TEST_DIR/refused" 2>&1 || status=$?
  cat "$TEST_DIR/refused"
  [[ $status -eq 1 ]] && grep -qF -- "$message" "$TEST_DIR/refused"
}

# with_rules EXPECTED OPTIONS [COMMAND...]: while such a machine stands, those are the rules, and a
# reset changes nothing; when it has quit, the rules are those of before.
with_rules() {
  local expected=$1 before pid status=0
  shift
  before=$(rules)
  machine_start standing "$@" || return
  pid=$!
  { rules_are "$expected" && qmp standing system_reset && rules_are "$expected" &&
    qmp standing quit && wait_for 10 rules_are "$before"; } || status=1
  end_process "$pid"
  return "$status"
}

# rules_end_with SIGNAL
rules_end_with() {
  local pid status=0
  machine_start ending guest-cid=20,parent-cid=2,parent-port-map=9000:19000 || return
  pid=$!
  { rules_are "[[20,3,2,0,0,0],[20,3,2,9000,9000,19000]]" && kill -s "$1" "$pid" &&
    wait_for 10 rules_are "[]"; } || status=1
  end_process "$pid"
  return "$status"
}

# is_fixed NAME: of a machine that stands, nothing can be changed.
is_fixed() {
  local property
  for property in guest-cid:17 parent-cid:4 'parent-port-map:"1:2"'; do
    qmp "$1" qom-set "{\"path\": \"/machine\", \"property\": \"${property%%:*}\",
      \"value\": ${property#*:}}" || true
  done | grep -c "cannot be changed any more" | grep -qx 3
}

test_release() {
  local one signal
  echo "# $("$QEMU" --version | head -n 1)"

  check "the host as the parent" with_rules "[[16,3,2,0,0,0]]" guest-cid=16,parent-cid=2
  check "other ports of it" with_rules \
    "[[16,3,2,0,0,0],[16,3,2,1,10,101],[16,3,2,9000,9000,19000]]" \
    guest-cid=16,parent-cid=2,parent-port-map=9000:19000+1-10:101
  check "another guest as the parent" with_rules "[[16,3,40,0,0,0]]" guest-cid=16,parent-cid=40
  check "no parent: no rule" with_rules "[]" guest-cid=16
  check "an ordinary user: the host" with_rules "[[16,3,2,0,0,0]]" guest-cid=16,parent-cid=2 \
    "${AS_USER[@]}"
  check "an ordinary user: not another guest" refuses \
    "Could not add a rule for guest 16 from CID 3 to CID 40: Operation not permitted" \
    guest-cid=16,parent-cid=40 "${AS_USER[@]}"
  check "a user who may not open the device" refuses \
    "Could not open '/dev/vhost-vsock-fwd': Permission denied" guest-cid=16,parent-cid=2 \
    "${AS_STRANGER[@]}"

  for signal in TERM KILL SEGV; do
    check "the rules end with SIG$signal" rules_end_with "$signal"
  done

  machine_start one guest-cid=16,parent-cid=2,parent-port-map=9000:19000
  one=$!
  check "two machines at once" with_rules \
    "[[16,3,2,0,0,0],[16,3,2,9000,9000,19000],[17,3,2,0,0,0],[17,3,2,9000,9000,19001]]" \
    guest-cid=17,parent-cid=2,parent-port-map=9000:19001
  check "a CID that is in use" refuses "unable to set guest cid: Address already in use" \
    guest-cid=16,parent-cid=2
  check "fixed once it stands" is_fixed one
  check "none of that changed the first machine's rules" rules_are \
    "[[16,3,2,0,0,0],[16,3,2,9000,9000,19000]]"
  end_process "$one"
  wait_for 10 rules_are "[]"

  vsockfwd rule add guest 16 to host
  check "a rule of somebody else" refuses \
    "Could not add a rule for guest 16 from CID 3 to CID 2: File exists" guest-cid=16,parent-cid=2
  check "to somebody else" refuses \
    "Could not add a rule for guest 16 from CID 3 to CID 40: Invalid argument" \
    guest-cid=16,parent-cid=40
  check "is left as it was" rules_are "[[16,3,2,0,0,0]]"
  check "and serves a machine that asks for none" with_rules "[[16,3,2,0,0,0]]" guest-cid=16
  vsockfwd rule del guest 16
}

qemus=("$PAYLOAD"/qemu/*/qemu-system-x86_64)
ktap_plan $((19 * ${#qemus[@]}))

# Where ordinary users may make sockets.
SOCKETS=$TEST_DIR/sockets
mkdir --mode=777 "$SOCKETS"
chmod 711 "$TEST_DIR"
modprobe vhost_vsock
for QEMU in "${qemus[@]}"; do
  check "without the module" refuses \
    "Could not open '/dev/vhost-vsock-fwd': No such file or directory" guest-cid=16,parent-cid=2
done
module_load
# As the project's udev rule and systemd's have it.
chown "root:$KVM_GROUP" /dev/vhost-vsock /dev/vhost-vsock-fwd
chmod 660 /dev/vhost-vsock
for QEMU in "${qemus[@]}"; do
  test_release
done
