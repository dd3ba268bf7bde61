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

ktap_plan 101
module_load

# shellcheck disable=SC2086 # words
{
  while read -r request size good; do
    refused EINVAL "a size of 0" $request $good size=0
    refused EINVAL "a structure too short by a word" $request $good size=$((size - 4))
    refused E2BIG "a byte behind what the module knows" $request $good size=48 --last-byte 1
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
alias 16 cid=7
END

  refused EFAULT "an answer that cannot be written" info --read-only
  refused EINVAL "entries shorter than the first layout" list count=1 entry_size=23
  refused EINVAL "entries of more than 4096 bytes" list count=1 entry_size=4104
  refused EINVAL "a descriptor without its flag" add $GOOD guest_fd=1
  refused EINVAL "a reserved field" del guest_cid=16 __reserved=1
  refused EINVAL "a reserved field" alias cid=7 __reserved=1
  for cid in 1 2 $ANY; do
    refused EINVAL "alias $cid" alias cid=$cid
  done
  refused ENOENT "no alias to take back" alias cid=0

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
  while read -r why fields; do
    refused EINVAL "${why//_/ }" add $GOOD $fields
  done <<END
a_last_port_without_a_first port_last=5
a_first_port_without_a_last port_first=5
a_range_that_ends_before_it_starts port_first=6 port_last=5
the_port_that_means_any port_first=5 port_last=$ANY
a_target_port_for_every_port to_port=5
target_ports_beyond_the_last_one port_first=5 port_last=6 to_port=4294967294
the_parent's_descriptor_without_its_flag parent_fd=1
a_persistent_rule_with_a_descriptor flags=5
a_persistent_rule_with_the_parent's_descriptor flags=9 to_cid=20
the_parent's_descriptor_but_the_host_as_the_parent flags=8
END
  refused EBADF "a descriptor that is not open" add $GOOD flags=4 guest_fd=1000
  refused EBADF "a descriptor of something else" add $GOOD flags=4
  refused EINVAL "denial with a target" add $GOOD flags=2
  refused EINVAL "denial with a target port" add $GOOD flags=2 to_cid=0 port_first=5 port_last=5 to_port=6
  refused EINVAL "a port that means any" del guest_cid=16 port_first=5 port_last=$ANY
  refused ENOENT "ports of no rule" del guest_cid=16 port_first=5 port_last=5
  refused ENOENT "a guest without a rule" del guest_cid=16
}

check_output "nothing was changed by all that" "[]" vsockfwd -j rule show

fwd_ioctl add guest_cid=16 from_cid=7 to_cid=2 flags=1 port_first=10 port_last=20 >/dev/null
refused EEXIST "the same ports" add guest_cid=16 from_cid=7 to_cid=2 port_first=10 port_last=20
refused EEXIST "ports that overlap" add guest_cid=16 from_cid=7 to_cid=2 port_first=20 port_last=21
refused EINVAL "a second alias" add guest_cid=16 from_cid=3 to_cid=2
refused EINVAL "a second parent" add guest_cid=16 from_cid=7 to_cid=20
refused EFAULT "an array that cannot be written" list count=1 entries=8
check_output "EEXIST: the rule stays as it was" 7 \
  bash -c "vsockfwd -j rule show | jq '.[].from_cid'"
check_output "EPERM: del without CAP_NET_ADMIN" EPERM \
  without_capability del guest_cid=16 port_first=10 port_last=20
fwd_ioctl del guest_cid=16 port_first=10 port_last=20

# shellcheck disable=SC2086 # words
{
  check_output "EPERM: add without CAP_NET_ADMIN" EPERM without_capability add $GOOD
}
check_output "EPERM: alias without CAP_NET_ADMIN" EPERM without_capability alias cid=7
check_output "info needs no capability" ok without_capability info
check_output "list needs no capability" ok without_capability list

check_output "EINTR: a signal while another caller is served" EINTR \
  fwd_load interrupt --guest 16

echo 0 >/proc/sys/kernel/ftrace_enabled
# shellcheck disable=SC2086 # words
refused EBUSY "function tracing is switched off" add $GOOD
refused EBUSY "function tracing is switched off" alias cid=7
echo 1 >/proc/sys/kernel/ftrace_enabled

rmmod vhost_vsock
loader=$(sysctl -n kernel.modprobe)
sysctl -q -w kernel.modprobe=/bin/false
# shellcheck disable=SC2086 # words
refused ENODEV "vhost_vsock cannot be loaded" add $GOOD
sysctl -q -w kernel.modprobe="$loader"
