#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Runs the tests of /payload/tests.list (lines "NAME SECONDS") one after the
# other, and tells what it sees. It judges nothing; who reads this does. Of each test:
#   @test NAME
#   out: LINE        output of the test
#   left: TEXT       something that the test left behind; it is gone by now
#   log: LINE        kernel log since the test before
#   guest NAME: LINE console of a nested guest of this test
#   @done STATUS     exit status of the test
# A machine that cannot be cleaned does no further test: it ends with status 1.
set -u

readonly GROUP=/sys/fs/cgroup/test
readonly GUESTS=/run/guests
readonly MODULE=vhost_vsock_fwd

# Everything between two boundaries in the kernel log belongs to one test.
mark_boundary() {
  echo "<4>vsockfwd-test: boundary $1" >/dev/kmsg
}

log_since_boundary() {
  dmesg | sed -n "/vsockfwd-test: boundary $1\$/,\$p"
}

is_loaded() {
  [[ -d /sys/module/$MODULE ]]
}

remove_processes() {
  local pid
  for pid in $(<"$GROUP/cgroup.procs"); do
    echo "left: process $pid: $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)"
  done
  echo 1 >"$GROUP/cgroup.kill"
  while grep -q 'populated 1' "$GROUP/cgroup.events"; do
    sleep 0.05
  done
}

remove_module() {
  is_loaded || return
  {
    echo "module $MODULE"
    # Rules hold the module.
    vsockfwd rule show | sed '1d; s/^/rule for guest /'
    vsockfwd rule flush
    rmmod "$MODULE"
  } 2>&1 | sed 's/^/left: /'
}

# A socket whose guest went without a word stays for eight seconds. Then it says goodbye to whoever
# has the CID, which might be a guest of the next test.
wait_for_sockets() {
  local users=/sys/module/vhost_vsock/refcnt deadline=$((SECONDS + 30))
  [[ -e $users ]] || return
  while [[ $(<"$users") != 0 ]]; do
    if ((SECONDS >= deadline)); then
      echo "left: $(<"$users") users of vhost_vsock"
      return
    fi
    sleep 0.1
  done
}

# Only a kernel that looks for leaks can tell. It takes for leaked what nothing has
# pointed to in two scans, for some seconds.
scan_for_leaks() {
  local leaks=/sys/kernel/debug/kmemleak
  [[ -e $leaks ]] || return
  echo scan >"$leaks"
  sleep 6
  echo scan >"$leaks"
  sed 's/^/log: /' "$leaks"
  echo clear >"$leaks"
}

show_guest_consoles() {
  local console
  for console in "$GUESTS"/*/console; do
    [[ -f $console ]] && sed "s|^|guest $(basename "$(dirname "$console")"): |" "$console"
  done
}

run_test() {
  local name=$1 seconds=$2 number=$3 status printer
  rm -rf "$GUESTS"
  mkdir -p "$GUESTS" "$GROUP"
  echo "@test $name"
  exec {output}> >(exec sed -u 's/^/out: /')
  printer=$!
  (
    echo $BASHPID >"$GROUP/cgroup.procs"
    exec timeout --kill-after=10 "$seconds" bash "/payload/tests/test_$name.sh" \
      </dev/null >&"$output" 2>&1 {output}>&-
  )
  status=$?
  exec {output}>&-
  remove_processes
  wait "$printer"
  remove_module
  wait_for_sockets
  scan_for_leaks
  mark_boundary "$number"
  log_since_boundary $((number - 1)) | sed 's/^/log: /'
  show_guest_consoles
  echo "@done $status"
  ! is_loaded
}

number=0
mark_boundary 0
while read -r name seconds; do
  number=$((number + 1))
  run_test "$name" "$seconds" "$number" || exit 1
done </payload/tests.list
