#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The demonstration with an ordinary guest, and any QEMU.
# shellcheck source=selftests/vm/inside/story.sh
. /payload/inside/story.sh

readonly CID=16 PORT=9000

say "This is an ordinary Linux host. It is CID 2 to its guests; nobody is CID 3."
show 'host#' uname -sr
modprobe vhost_vsock

say "A program on the host answers the heartbeat of enclaves on port $PORT."
echo "   host# heartbeat server --port $PORT &"
background heartbeat server --port "$PORT" >"$TEST_DIR/server" 2>&1

say "Guest $CID boots: a stock kernel with virtio-vsock."
echo "   host# qemu-system-x86_64 -kernel … -device vhost-vsock-pci,guest-cid=$CID &"
guest_start guest "$CID" || give_up "the guest did not boot"

say "Without vsockfwd the guest calls its parent, CID 3, and hears nothing: the host drops the packets."
show 'guest#' heartbeat client --cid 3 --port "$PORT" && give_up "somebody answered at CID 3"

say "With vsockfwd the host becomes the parent of guest $CID."
echo "   host# modprobe $MODULE"
module_load
show 'host#' vsockfwd rule add guest "$CID" to host
show 'host#' vsockfwd rule show

say "The same program in the same guest again, while it runs:"
show 'guest#' heartbeat client --cid 3 --port "$PORT" || give_up "no answer at CID 3"
echo "   The server on the host saw:"
show_file "$TEST_DIR/server"
grep -q "$CID" "$TEST_DIR/server" || give_up "the server did not see guest $CID"

say "One command takes it back."
show 'host#' vsockfwd rule del guest "$CID"
guest_stop guest

echo
echo "demo: ok"
