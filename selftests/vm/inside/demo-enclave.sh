#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The demonstration with an enclave, and patched QEMU.
# shellcheck source=selftests/vm/inside/story.sh
. /payload/inside/story.sh
# shellcheck source=selftests/tests/enclave.sh
. /payload/tests/enclave.sh

readonly CID=16 IMAGE=$TEST_DIR/app.eif
readonly MACHINE=guest-cid=$CID,parent-cid=2 QEMU=${QEMUS[-1]}

# show_qemu: the command that is run, without what only this demonstration needs.
show_qemu() {
  echo "   host# qemu-system-x86_64 -M nitro-enclave,$MACHINE -kernel app.eif … $*"
}

say "This is an ordinary Linux host. It is CID 2 to its guests; nobody is CID 3."
show 'host#' uname -sr
modprobe vhost_vsock

say "An enclave image has a kernel, an init that wants its parent at CID 3, and an application."
echo "   host# eif build --kernel vmlinuz --cmdline … --ramdisk init --ramdisk app -o app.eif"
enclave_image "$IMAGE" >"$TEST_DIR/image.json"
eif describe "$IMAGE" | sed "s|$TEST_DIR/||" | indent

say "QEMU is told whose parent is who. It needs the module, and says so."
show_qemu
"$PAYLOAD/qemu/$QEMU/qemu-system-x86_64" -M "nitro-enclave,$MACHINE" -display none -kernel "$IMAGE" \
  >"$TEST_DIR/qemu" 2>&1 && give_up "QEMU started without the module"
show_file "$TEST_DIR/qemu"
echo "   host# modprobe $MODULE"
module_load

say "A program on the host answers the heartbeat of enclaves. The image boots."
echo "   host# heartbeat server &"
background heartbeat server >"$TEST_DIR/server" 2>&1
show_qemu "&"
enclave_start enclave "$QEMU" "$MACHINE" "$IMAGE" || give_up "the enclave did not boot"
echo "   The server on the host saw:"
show_file "$TEST_DIR/server"
grep -q "$CID" "$TEST_DIR/server" || give_up "the server did not see enclave $CID"
show 'host#' vsockfwd rule show

say "An unmodified program of the host calls the enclave, which sees its parent."
guest_exec enclave "vsock_peer listen --port 7000 --ready-file /tmp/ready >/tmp/listener 2>&1 &"
wait_for 10 guest_exec enclave test -e /tmp/ready
echo "   enclave# vsock_peer listen --port 7000 &"
show 'host#' vsock_peer connect --cid "$CID" --port 7000 --bytes 1000 || give_up "nobody answered"
echo "   The listener in the enclave saw:"
wait_for 10 guest_exec enclave grep -q peer /tmp/listener
guest_exec enclave cat /tmp/listener | indent
guest_exec enclave grep -q "^peer 3:" /tmp/listener || give_up "the enclave did not see CID 3"

say "Whatever ends QEMU, takes the rule back."
echo "   host# kill -KILL \$QEMU"
kill -KILL "${guest_pids[enclave]}"
guest_stop enclave
show 'host#' vsockfwd rule show
[[ -z $(rules) ]] || give_up "the rule is still there"

echo
echo "demo: ok"
