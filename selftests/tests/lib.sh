# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the tests share. They run as root in the virtual machine, the host of
# their nested guests, and print KTAP. Use:
#   . "$(dirname "$0")/lib.sh"
#   ktap_plan 1
#   check "two is two" test 2 -eq 2
set -euo pipefail

readonly PAYLOAD=/payload
readonly MODULE=vhost_vsock_fwd
# The runner reads the consoles of all guests from here.
readonly GUESTS=/run/guests
# Emulated processors are slow; whatever takes longer than this hangs. Kernels that
# check themselves are slower.
readonly SLOWNESS=${SLOWNESS:-1}
GUEST_BOOT_SECONDS=$((60 * SLOWNESS))
GUEST_BOOT_TRIES=4
GUEST_EXEC_SECONDS=$((60 * SLOWNESS))
readonly GUEST_CMDLINE="console=ttyS0 loglevel=5 panic=-1"

# --- results ----------------------------------------------------------------

ktap_count=0

# ktap_plan COUNT: how many results follow. Call it first.
ktap_plan() {
  echo "TAP version 13"
  echo "1..$1"
}

ktap_ok() {
  ktap_count=$((ktap_count + 1))
  echo "ok $ktap_count - $*"
}

ktap_fail() {
  ktap_count=$((ktap_count + 1))
  echo "not ok $ktap_count - $*"
}

# ktap_skip DESCRIPTION REASON
ktap_skip() {
  ktap_count=$((ktap_count + 1))
  echo "ok $ktap_count - $1 # SKIP $2"
}

# check DESCRIPTION COMMAND...: ok if the command succeeds; shows its output if not.
check() {
  local description=$1 status=0
  shift
  "$@" >"$TEST_DIR/check" 2>&1 || status=$?
  _report "$description" "$((status == 0))" "$status" "$@"
}

# check_fails DESCRIPTION COMMAND...: ok if the command says that it failed. One
# that was not found, was killed, or whose guest gave no answer said nothing.
check_fails() {
  local description=$1 status=0
  shift
  "$@" >"$TEST_DIR/check" 2>&1 || status=$?
  _report "$description" "$((status > 0 && !(status >= 125 && status <= 192)))" "$status" "$@"
}

# check_output DESCRIPTION EXPECTED COMMAND...: ok if the command succeeds and
# prints just that on its standard output.
check_output() {
  local description=$1 expected=$2 status=0
  shift 2
  "$@" >"$TEST_DIR/check" 2>"$TEST_DIR/check.errors" || status=$?
  if [[ $status -eq 0 && $(<"$TEST_DIR/check") == "$expected" ]]; then
    ktap_ok "$description"
  else
    cat "$TEST_DIR/check.errors" >>"$TEST_DIR/check"
    _report "$description" 0 "$status" "$@"
    echo "# expected: ${expected@Q}"
  fi
}

_report() {
  local description=$1 good=$2 status=$3
  shift 3
  if ((good)); then
    ktap_ok "$description"
    return
  fi
  ktap_fail "$description"
  echo "# command: $*"
  echo "# status: $status"
  sed 's/^/# | /' "$TEST_DIR/check"
}

# --- waiting and cleaning up --------------------------------------------------

# wait_for SECONDS COMMAND...: repeats the command until it succeeds.
wait_for() {
  local deadline=$((SECONDS + $1 * SLOWNESS))
  shift
  until "$@" >/dev/null 2>&1; do
    if ((SECONDS >= deadline)); then
      echo "# gave up waiting for: $*"
      return 1
    fi
    sleep 0.1
  done
}

background_pids=()

# background COMMAND...: starts it, and ends it with the test. Its pid is $!.
background() {
  "$@" &
  background_pids+=($!)
}

# end_process PID: ends a child of this shell, whatever its status.
end_process() {
  kill "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

_clean_up() {
  local status=$? name pid
  set +e
  for pid in "${background_pids[@]}"; do
    end_process "$pid"
  done
  for name in "${!guest_pids[@]}"; do
    guest_stop "$name"
  done
  if [[ -n $module_is_ours ]]; then
    module_unload
  fi
  rm -rf "$TEST_DIR"
  exit "$status"
}

# --- the module -----------------------------------------------------------------

module_is_ours=

# module_load: loads the module under test, and vhost_vsock before it.
module_load() {
  modprobe vhost_vsock
  insmod "$PAYLOAD/$MODULE.ko"
  module_is_ours=yes
}

module_unload() {
  rmmod "$MODULE" && module_is_ours=
}

# hooked_functions: how many functions of the kernel the module is attached to.
hooked_functions() {
  grep -c -e '^vhost_transport_send_pkt ' -e '^virtio_transport_deliver_tap_pkt ' \
    /sys/kernel/tracing/enabled_functions || true
}

# --- nested guests ----------------------------------------------------------------

declare -A guest_pids=()

# guest_start NAME CID [--net=FROM:TO] [QEMU OPTION...]: boots a guest with the
# kernel of the host, and waits until it takes commands. --net: QEMU's user
# networking, where port FROM of the host's 127.0.0.1 leads to port TO of the guest.
guest_start() {
  _start _guest_boot "$@"
}

# enclave_start NAME RELEASE MACHINE IMAGE [QEMU OPTION...]: boots an enclave image with
# that release of QEMU, patched, and waits until it takes commands, which it does when
# its parent has answered its heartbeat. MACHINE: options of the machine, such as
# guest-cid=16,parent-cid=2. Everything for guests is for enclaves too.
enclave_start() {
  _start _enclave_boot "$@"
}

# _start BOOT NAME ARGUMENT...
_start() {
  local try
  # Where both machines are emulated and the real one is busy, a guest may hang
  # before it has said anything, or its processor ends with an internal error of
  # KVM. Its console is judged all the same.
  for ((try = 1; ; try++)); do
    "$@" && return
    ((try < GUEST_BOOT_TRIES)) || return 1
    echo "# another try"
    guest_stop "$2"
  done
}

_guest_boot() {
  local name=$1 cid=$2 append initrd=$GUESTS/initrd options=() forward
  shift 2
  append="$GUEST_CMDLINE $(_clock)"
  if [[ ${1-} == --net=* ]]; then
    append+=" vsockfwd.net"
    forward=${1#*=}
    options=(-nic "user,model=virtio-net-pci,hostfwd=tcp:127.0.0.1:${forward/:/-:}")
    shift
  fi
  mkdir -p "$GUESTS"
  [[ -e $initrd ]] || cat "$PAYLOAD/guest/initrd" "$PAYLOAD/guest/programs" >"$initrd"
  _boot "$name" qemu-system-x86_64 -kernel "$PAYLOAD/guest/vmlinuz" -initrd "$initrd" \
    -append "$append" -device "vhost-vsock-pci,guest-cid=$cid" "${options[@]}" "$@"
}

_enclave_boot() {
  local name=$1 qemu=$PAYLOAD/qemu/$2/qemu-system-x86_64 machine=$3 image=$4
  shift 4
  # Debian's kernels find the machine's devices through ACPI only.
  _boot "$name" "$qemu" -M "nitro-enclave,acpi=on,$machine" -kernel "$image" -append "$(_clock)" "$@"
}

# A guest that measures its clock against an emulated timer may hang.
_clock() {
  echo "tsc_early_khz=$(</run/tsc_khz)"
}

# _boot NAME QEMU OPTION...: what all guests have in common.
_boot() {
  local name=$1 qemu=$2 dir=$GUESTS/$1
  shift 2
  modprobe -a vhost_vsock "$(_kvm_module)"
  mkdir -p "$dir"
  rm -f "$dir"/agent.*
  mkfifo "$dir/agent.in" "$dir/agent.out"
  # A plain processor: an emulated host has features that its guests cannot use.
  "$qemu" -accel kvm -cpu qemu64,pmu=off -m 256 -nodefaults -no-user-config -display none -no-reboot \
    -chardev "file,id=console,path=$dir/console,append=on" -serial chardev:console \
    -chardev "pipe,id=agent,path=$dir/agent" -device isa-serial,chardev=agent \
    "$@" >"$dir/qemu" 2>&1 &
  guest_pids[$name]=$!
  if ! guest_is_ready "$name"; then
    echo "# guest '$name' did not boot"
    _qemu_says "$name"
    return 1
  fi
}

# guest_is_ready NAME: waits until a guest that boots, or boots again, takes commands.
guest_is_ready() {
  local line
  _guest_line "$1" "$GUEST_BOOT_SECONDS" ready
}

# guest_exec NAME COMMAND...: runs the command in the guest, with its output on
# standard output; returns its status, or 125 if no answer comes.
# One word is a script for the guest's shell, several are a command and its
# arguments. What shall stay in the background has to redirect its output.
guest_exec() {
  local name=$1 id=$BASHPID.$RANDOM script answer status=0
  shift
  script=$1
  if (($# > 1)); then
    script=${*@Q}
  fi
  answer=$(_guest_request "$name" "$id" "$(base64 --wrap=0 <<<"$script")") || status=$?
  base64 --decode <<<"$answer"
  return "$status"
}

# guest_stop NAME: pulls the plug.
guest_stop() {
  end_process "${guest_pids[$1]}"
  unset "guest_pids[$1]"
}

_guest_request() {
  local name=$1 id=$2 request=$3 line answer=
  exec {lock}>"$GUESTS/$name/lock"
  flock "$lock"
  echo "$id $request" 1<>"$GUESTS/$name/agent.in"
  while _guest_line "$name" "$GUEST_EXEC_SECONDS"; do
    case $line in
      "begin $id") answer= ;;
      "end $id "*)
        echo "$answer"
        return "${line##* }"
        ;;
      *) answer+=$line ;;
    esac
  done
  _guest_trouble "$name" >&2
  return 125
}

_guest_trouble() {
  if _guest_runs "$1"; then
    echo "# guest '$1' gives no answer"
  else
    echo "# guest '$1' has died"
  fi
  _qemu_says "$1"
}

_qemu_says() {
  sed 's/^/# qemu: /' "$GUESTS/$1/qemu"
}

# QEMU outlives the processor of its guest.
_guest_runs() {
  kill -0 "${guest_pids[$1]}" 2>/dev/null && ! grep -qs '^KVM internal error' "$GUESTS/$1/qemu"
}

# Reads a line of the guest into $line, or with a third argument, up to that line.
_guest_line() {
  local name=$1 deadline=$((SECONDS + $2)) expected=${3-} part agent
  exec {agent}<>"$GUESTS/$name/agent.out"
  while line=; do
    # A read that times out has taken a part of the line.
    until IFS= read -r -t 1 -u "$agent" part; do
      line+=$part
      if ! _guest_runs "$name" || ((SECONDS >= deadline)); then
        exec {agent}>&-
        return 1
      fi
    done
    line+=$part
    if [[ -z $expected || $line == "$expected" ]]; then
      exec {agent}>&-
      return
    fi
  done
}

_kvm_module() {
  grep -qw svm /proc/cpuinfo && echo kvm_amd || echo kvm_intel
}

TEST_DIR=$(mktemp -d)
readonly TEST_DIR
trap _clean_up EXIT
trap 'exit 143' TERM
