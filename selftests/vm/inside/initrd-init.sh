#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# First process of the virtual machine: mounts its disks, then hands over.
# Disks: vda root, vdb modules, vdc payload (a tar archive, not a file system).
set -e
export PATH=/bin
/bin/busybox --install -s /bin
mount -t devtmpfs devtmpfs /dev
mount -t proc proc /proc
mount -t sysfs sysfs /sys
modprobe -a virtio_pci virtio_blk
mount -t ext4 /dev/vda /mnt
mount -t ext4 -o ro /dev/vdb /mnt/usr/lib/modules
mount -t tmpfs -o mode=755 tmpfs /mnt/payload
tar -x -f /dev/vdc -C /mnt/payload
mount --move /dev /mnt/dev
mount --move /proc /mnt/proc
mount --move /sys /mnt/sys
exec switch_root /mnt /payload/inside/init.sh
