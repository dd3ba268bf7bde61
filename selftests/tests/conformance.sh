# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the conformance tests share: the kernel's own vsock_test, of which one
# side runs in a nested guest and the other on the host.
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly GUEST=16
# The two sides of vsock_test keep in step over TCP. Where the guest listens,
# another port of the host leads to it.
readonly CONTROL_PORT=7000 FORWARDED_PORT=7001
readonly SUITE_SECONDS=300

# How many tests the suite of each kernel has at least.
case $KERNEL in
  6.1) readonly SUITE_TESTS=11 ;;
  6.12) readonly SUITE_TESTS=26 ;;
  *) readonly SUITE_TESTS=41 ;;
esac

# ran FILE, passed FILE: names of the tests, by the output of the client. Some say
# more before their verdict, and some are skipped for want of a feature.
ran() {
  sed -n 's/^[0-9]* - \(.*\)\.\.\..*/\1/p' "$1"
}

passed() {
  sed -n 's/^[0-9]* - \(.*\)\.\.\.ok$/\1/p' "$1" | sort
}

# Some tests of the suite expect a packet to be there as soon as the other side
# says over TCP that it was sent, and the suite ends with the first failure. So a
# run that fails, with or without the module, has another try.
attempt() {
  local try
  for try in 1 2 3; do
    "$@" && return
    echo "# try $try failed: $(grep -v '\.\.\.\(ok\|skipped\)$' "$3" | tail -n 1)"
  done
  return 1
}

# compare_suites RUN: RUN PEER FILE runs the suite with the guest's peer at CID
# PEER. First through 2 as a control, without the module; then through 3.
compare_suites() {
  local run=$1
  ktap_plan 4
  guest_start g "$GUEST" --net="$FORWARDED_PORT:$CONTROL_PORT"

  modprobe vhost_vsock
  check "control: the suite runs through CID 2" attempt "$run" 2 "$TEST_DIR/through-2"
  passed "$TEST_DIR/through-2" >"$TEST_DIR/passed-2"
  check "control: at least $SUITE_TESTS tests run" \
    test "$(ran "$TEST_DIR/through-2" | wc -l)" -ge "$SUITE_TESTS"

  module_load
  vsockfwd rule add guest "$GUEST" to host
  check "the suite runs through CID 3" attempt "$run" 3 "$TEST_DIR/through-3"
  passed "$TEST_DIR/through-3" >"$TEST_DIR/passed-3"
  echo "# passed through CID 2: $(wc -l <"$TEST_DIR/passed-2"), through CID 3: $(wc -l <"$TEST_DIR/passed-3")"
  check_output "no test that passes through CID 2 fails through CID 3" "" \
    comm -23 "$TEST_DIR/passed-2" "$TEST_DIR/passed-3"
  vsockfwd rule flush >/dev/null
}
