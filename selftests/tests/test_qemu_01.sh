#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The nitro-enclave machine of the patched QEMU makes rules, and they live as long as its process.
# Nothing boots here: the machines stand still, and have no image.
# needs: patched qemu
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"

# Who may run guests, but has no privileges.
readonly USER_ID=4242
readonly KVM_GROUP=4243

rules() {
  vsockfwd -j rule show |
    jq -c "map([.guest_cid, .from_cid, .to_cid, .port_first, .port_last, .to_port] | map(. // 0))"
}

rules_are() {
  [[ $(rules) == "$1" ]]
}

# machine_start NAME OPTIONS [COMMAND...]: a machine with those options, under COMMAND; $! is its pid.
machine_start() {
  local name=$1 machine=nitro-enclave,$2
  shift 2
  background "$@" "$QEMU" -M "$machine" -S -m 128 -nodefaults -display none \
    -qmp "unix:$TEST_DIR/$name,server=on,wait=off" >"$TEST_DIR/$name.log" 2>&1
  wait_for 60 qmp "$name" query-status
}

# qmp NAME COMMAND [ARGUMENTS]: fails if the machine says so; prints what it says.
qmp() {
  local name=$1 answer
  answer=$({
    echo '{"execute":"qmp_capabilities"}'
    jq -cn --arg command "$2" --argjson arguments "${3:-null}" \
      '{execute: $command} + if $arguments then {$arguments} else {} end'
  } | socat -t 5 - "UNIX:$TEST_DIR/$name" | sed -n 's/\r$//; 3p')
  echo "$answer"
  jq -e 'has("return")' <<<"$answer" >/dev/null
}

# refuses MESSAGE OPTIONS [COMMAND...]: such a machine does not start, and says why.
refuses() {
  local message=$1 machine=nitro-enclave,$2 status=0
  shift 2
  timeout 60 "$@" "$QEMU" -M "$machine" -S -m 128 -nodefaults -display none \
    >"$TEST_DIR/refused.log" 2>&1 || status=$?
  cat "$TEST_DIR/refused.log"
  [[ $status -eq 1 ]] && grep -qF -- "$message" "$TEST_DIR/refused.log"
}

# rules_end_with SIGNAL
rules_end_with() {
  local pid
  machine_start ending guest-cid=20,parent-cid=2,parent-port-map=9000:19000 || return
  pid=$!
  rules_are "[[20,3,2,0,0,0],[20,3,2,9000,9000,19000]]" || return
  kill -s "$1" "$pid"
  wait "$pid" || true
  wait_for 10 rules_are "[]"
}

as_user() {
  setpriv --reuid="$USER_ID" --regid="$USER_ID" --groups="$KVM_GROUP" --inh-caps=-all \
    --bounding-set=-all "$@"
}


# with_rules EXPECTED OPTIONS [COMMAND...]: while such a machine stands, those are the rules, and a
# reset changes nothing; afterwards there are none.
with_rules() {
  local expected=$1 pid
  shift
  machine_start standing "$@" || return
  pid=$!
  rules_are "$expected" && qmp standing system_reset && rules_are "$expected" || return
  qmp standing quit || return
  wait "$pid" && wait_for 10 rules_are "[]"
}

# Of a machine that stands, nothing can be changed.
is_fixed() {
  local property
  for property in guest-cid:17 parent-cid:4 'parent-port-map:"1:2"'; do
    ! qmp "$1" qom-set "{\"path\": \"/machine\", \"property\": \"${property%%:*}\",
      \"value\": ${property#*:}}" || return
  done
}

test_release() {
  echo "# $("$QEMU" --version | head -n 1)"

  check "the host as the parent" with_rules "[[16,3,2,0,0,0]]" guest-cid=16,parent-cid=2
  check "other ports of it" with_rules \
    "[[16,3,2,0,0,0],[16,3,2,1,10,101],[16,3,2,9000,9000,19000]]" \
    guest-cid=16,parent-cid=2,parent-port-map=9000:19000+1-10:101
  check "another guest as the parent" with_rules "[[16,3,40,0,0,0]]" guest-cid=16,parent-cid=40
  check "no parent: no rule" with_rules "[]" guest-cid=16
  check "an ordinary user: the host" with_rules "[[16,3,2,0,0,0]]" guest-cid=16,parent-cid=2 as_user
  check "an ordinary user: not another guest" refuses \
    "Could not add a rule for guest 16 from CID 3 to CID 40: Operation not permitted" \
    guest-cid=16,parent-cid=40 as_user
  check "a user who may not open the device" refuses \
    "Could not open '/dev/vhost-vsock-fwd': Permission denied" guest-cid=16,parent-cid=2 \
    setpriv --reuid="$USER_ID" --regid="$USER_ID" --clear-groups

  for signal in TERM KILL SEGV; do
    check "the rules end with SIG$signal" rules_end_with "$signal"
  done

  machine_start one guest-cid=16,parent-cid=2,parent-port-map=9000:19000
  check "two machines at once" with_rules \
    "[[16,3,2,0,0,0],[16,3,2,9000,9000,19000],[17,3,2,0,0,0],[17,3,2,9000,9000,19001]]" \
    guest-cid=17,parent-cid=2,parent-port-map=9000:19001
  check "a CID that is in use" refuses "unable to set guest cid: Address already in use" \
    guest-cid=16,parent-cid=2
  check "fixed once it stands" is_fixed one
  check "none of that changed the first machine's rules" rules_are \
    "[[16,3,2,0,0,0],[16,3,2,9000,9000,19000]]"
  end_process $!
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
