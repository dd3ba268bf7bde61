#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Becomes a system of services in namespaces of its own, where programs and units are installed as a
# package would. What it writes goes with it.
# usage: systemd.sh GROUP FOLDER, a new control group, and an empty folder
set -euo pipefail

readonly GROUP=$1 FOLDER=$2

if (($$ != 1)); then
  mkdir "$GROUP"
  echo $$ >"$GROUP/cgroup.procs"
  # It would not listen to a signal itself, but takes all with it when it is killed.
  trap 'kill -KILL "$outer"' TERM
  unshare --mount --pid --cgroup --fork --kill-child --mount-proc "$0" "$@" &
  outer=$!
  wait "$outer"
  exit
fi

# Anew, so that the group is the root of all that they see.
umount /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
cp -a /etc "$FOLDER"
mount --bind "$FOLDER/etc" /etc
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=755 tmpfs /usr/local
# Which systemd may empty at its start.
mount -t tmpfs tmpfs /tmp

mkdir /usr/local/bin
cp /payload/bin/vsockfwd /usr/local/bin
cp /payload/bin/vsock-relay-static /usr/local/bin/vsock-relay
cp /payload/bin/qgs-mux-static /usr/local/bin/qgs-mux
for unit in /payload/units/*.in; do
  sed 's|@CMAKE_INSTALL_FULL_BINDIR@|/usr/local/bin|' "$unit" \
    >"/etc/systemd/system/$(basename "$unit" .in)"
done
exec env -i container=test /lib/systemd/systemd --unit=basic.target --show-status=no
