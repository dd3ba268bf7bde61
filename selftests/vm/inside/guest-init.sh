#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Init of a nested guest or enclave: loads the vsock drivers, then runs the commands
# that come over the second serial port. The first one is the kernel's console.
#
# A request is a line "ID BASE64-OF-A-SCRIPT". The answer is the output of the
# script in lines of base64, between "begin ID" and "end ID STATUS".
export PATH=/programs:/bin
/bin/busybox --install -s /bin
mount -t devtmpfs devtmpfs /dev
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /run
hostname guest
ip link set lo up
modprobe -a virtio_pci virtio_mmio vmw_vsock_virtio_transport vsock_diag
if grep -q vsockfwd.enclave /proc/cmdline; then
  # Older kernels do without.
  modprobe -q nsm
  # An enclave whose parent does not answer ends.
  heartbeat client >/run/heartbeat || reboot -f
fi
if grep -q vsockfwd.net /proc/cmdline; then
  modprobe virtio_net
  # The addresses of QEMU's user networking.
  ip address add 10.0.2.15/24 dev eth0
  ip link set eth0 up
  ip route add default via 10.0.2.2
fi

stty -F /dev/ttyS1 raw -echo
exec 3<>/dev/ttyS1
echo ready >&3
while read -r id request <&3; do
  echo "$request" | base64 -d >/run/request
  # Not a pipe: what a request leaves running in the background may keep its
  # output open, and the answer must not wait for that.
  sh /run/request </dev/null >/run/output 2>&1
  status=$?
  { echo "begin $id"; base64 /run/output; echo "end $id $status"; } >&3
done
