# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the tests of enclaves share. Use after lib.sh:
#   . "$(dirname "$0")/enclave.sh"

# The patched releases of QEMU: all of them with one kernel, and with the others, or where no test
# runs, the newest.
mapfile -t QEMUS < <(ls "$PAYLOAD/qemu")
[[ ${KERNEL-} == 6.12 ]] || QEMUS=("${QEMUS[-1]}")
readonly QEMUS

# enclave_image FILE: the guest's kernel with its init as what boots, and the test programs as the
# application. Prints what is to be told of the image, in JSON.
enclave_image() {
  eif build --kernel "$PAYLOAD/guest/vmlinuz" --cmdline "$GUEST_CMDLINE vsockfwd.enclave" \
    --ramdisk "$PAYLOAD/guest/initrd" --ramdisk "$PAYLOAD/guest/programs" -j -o "$1"
}

# answer_heartbeats PLACE: a program at the place, as for at(), that enclaves find at 3:9000 until the
# test ends. Of each it writes a line.
answer_heartbeats() {
  local server="heartbeat server --count 1000 --timeout 3600 --ready-file /tmp/heartbeats.ready"
  at "$1" "rm -f /tmp/heartbeats.ready"
  if [[ $1 == host ]]; then
    # shellcheck disable=SC2086 # the words of the command
    background $server >/tmp/heartbeats 2>&1
  else
    at "$1" "$server >/tmp/heartbeats 2>&1 </dev/null &"
  fi
  wait_for 10 at "$1" "test -e /tmp/heartbeats.ready"
}

# heartbeats PLACE CID: how many came there from the enclave.
heartbeats() {
  at "$1" "grep -c '^heartbeat from $2:' /tmp/heartbeats"
}

# rules: what rules there are, as: 16 3->2
rules() {
  vsockfwd -j rule show | jq -r '.[] | "\(.guest_cid) \(.from_cid)->\(.to_cid)"'
}
