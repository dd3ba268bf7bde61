#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every errno that the uapi header documents, for every request that can give it.
# timeout: 300
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"

readonly ANY=4294967295
readonly GOOD="guest_cid=16 from_cid=3 to_cid=2"

# refused ERRNO WHY REQUEST [ARGUMENT...]
refused() {
  local errno=$1 why=$2
  shift 2
  check_output "$errno: $1: $why" "$errno" answer "$@"
}

# The first word of what a command prints: "ok" or an errno.
answer_of() {
  local text
  text=$("$@") || true
  echo "${text%%[ $'\n']*}"
}

answer() {
  answer_of fwd_ioctl "$@"
}

without_capability() {
  answer_of setpriv --bounding-set=-net_admin --inh-caps=-net_admin fwd_ioctl "$@"
}

ktap_plan 68
module_load

# shellcheck disable=SC2086 # words
{
  while read -r request size good; do
    refused EINVAL "a size of 0" $request $good size=0
    refused EINVAL "a structure too short by a word" $request $good size=$((size - 4))
    refused E2BIG "a byte behind what the module knows" $request $good size=40 --last-byte 1
    refused E2BIG "more than 4096 bytes" $request $good size=4097
    refused EFAULT "no memory at all" $request $good --reach 0
    refused EFAULT "half of the structure" $request $good --reach 8
    refused EOPNOTSUPP "an unknown flag" $request $good flags=0x80000000
    refused ENOTTY "an unknown number" $request $good --number 0xbf7f
  done <<END
info 32
add 24 $GOOD
del 16 guest_cid=16
list 32
END

  refused EFAULT "an answer that cannot be written" info --read-only
  refused EINVAL "entries shorter than the first layout" list count=1 entry_size=23
  refused EINVAL "entries of more than 4096 bytes" list count=1 entry_size=4104
  refused EINVAL "a reserved field" add $GOOD __reserved=1
  refused EINVAL "a reserved field" del guest_cid=16 __reserved=1

  for cid in 0 1 2 $ANY; do
    refused EINVAL "guest $cid" add guest_cid=$cid from_cid=3 to_cid=2
    refused EINVAL "guest $cid" del guest_cid=$cid
    refused EINVAL "from $cid" add guest_cid=16 from_cid=$cid to_cid=2
  done
  for cid in 0 1 $ANY; do
    refused EINVAL "to $cid" add guest_cid=16 from_cid=3 to_cid=$cid
  done
  refused EINVAL "from the guest itself" add guest_cid=16 from_cid=16 to_cid=2
  refused EINVAL "to the guest itself" add guest_cid=16 from_cid=3 to_cid=16
  refused EINVAL "from and to the same" add guest_cid=16 from_cid=20 to_cid=20
  refused EOPNOTSUPP "to a third guest" add guest_cid=16 from_cid=3 to_cid=20
  refused ENOENT "a guest without a rule" del guest_cid=16
}

check_output "nothing was changed by all that" "[]" vsockfwd -j rule show

vsockfwd rule add guest 16 from 7 to host
# shellcheck disable=SC2086 # words
refused EEXIST "a guest that has a rule" add $GOOD
refused EFAULT "an array that cannot be written" list count=1 entries=8
check_output "EEXIST: the rule stays as it was" 7 \
  bash -c "vsockfwd -j rule show | jq '.[].from_cid'"
vsockfwd rule flush >/dev/null

# shellcheck disable=SC2086 # words
{
  check_output "EPERM: add without CAP_NET_ADMIN" EPERM without_capability add $GOOD
  check_output "EPERM: del without CAP_NET_ADMIN" EPERM without_capability del guest_cid=16
}
check_output "info needs no capability" ok without_capability info
check_output "list needs no capability" ok without_capability list

check_output "EINTR: a signal while another caller is served" EINTR \
  fwd_load interrupt --guest 16

echo 0 >/proc/sys/kernel/ftrace_enabled
# shellcheck disable=SC2086 # words
refused EBUSY "function tracing is switched off" add $GOOD
echo 1 >/proc/sys/kernel/ftrace_enabled

rmmod vhost_vsock
loader=$(sysctl -n kernel.modprobe)
sysctl -q -w kernel.modprobe=/bin/false
# shellcheck disable=SC2086 # words
refused ENODEV "vhost_vsock cannot be loaded" add $GOOD
sysctl -q -w kernel.modprobe="$loader"
