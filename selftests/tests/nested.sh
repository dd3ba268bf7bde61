# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Traffic of nested guests and enclaves, through sockets of their own kernels. Use after lib.sh:
#   . "$(dirname "$0")/nested.sh"

_port=5000

# at PLACE SCRIPT: runs a script of a shell. A place is "host", or the name of a guest.
at() {
  if [[ $1 == host ]]; then
    bash -c "$2"
  else
    guest_exec "$1" "$2"
  fi
}

# connection FROM TO DIAL SEEN TYPE: a program at the place FROM dials CID DIAL and reaches one at the
# place TO, which sees SEEN as its peer. Both check every message of the other, and its address.
connection() {
  local from=$1 to=$2 dial=$3 seen=$4 type=$5 files
  _port=$((_port + 1))
  files=/tmp/connection.$_port
  at "$to" "(vsock_peer listen --type $type --port $_port --expect-peer $seen --timeout 60 \
    --ready-file $files.ready; echo \$? >$files.status) >$files.log 2>&1 </dev/null &"
  wait_for 10 at "$to" "test -e $files.ready" || return 1
  at "$from" "vsock_peer connect --type $type --cid $dial --port $_port --expect-peer $dial \
    --messages 200 --timeout 30" || {
    at "$to" "cat $files.log"
    return 1
  }
  wait_for 10 at "$to" "test -e $files.status" || return 1
  at "$to" "cat $files.log; exit \$(cat $files.status)"
}
