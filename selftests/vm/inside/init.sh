#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Init of the virtual machine: runs /payload/main with its input and output on
# the second serial port (the console, on the first, is the kernel's), tells
# its exit status, and powers off.
set -u
export PATH=/payload/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/root LC_ALL=C.UTF-8

mount -t tmpfs tmpfs /tmp
mount -t tmpfs -o mode=755 tmpfs /run
ln -s /proc/self/fd /dev/fd
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t debugfs debugfs /sys/kernel/debug
mount -t tracefs tracefs /sys/kernel/tracing
hostname host
ip link set lo up
# For the nested guests, before a test clears the log.
dmesg | sed -En 's/.*tsc: Detected ([0-9]+)\.([0-9]{3}) MHz.*/\1\2/p' >/run/tsc_khz

stty -F /dev/ttyS1 raw -echo
cd /payload || exit
/payload/main </dev/ttyS1 >/dev/ttyS1 2>&1
echo "@exit $?" >/dev/ttyS1
# The line has to leave the port before the machine does.
stty -F /dev/ttyS1 sane
# Started before the disk goes away: init must not end first.
sleep infinity &
echo o >/proc/sysrq-trigger
wait
