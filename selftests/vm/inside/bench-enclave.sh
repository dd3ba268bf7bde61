#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Samples connections between an enclave and its host, with vhost-device-vsock and with a rule of
# vsockfwd, in turn.
# usage: bench-enclave.sh ROUNDS; prints lines
#   sample WAY WHAT DIRECTION BYTES VALUE   "failed" if the connection broke or hung; WHAT is
#       latency, throughput, or throughput-1m, with buffers of 1 MiB
#   failure WAY WHAT DIRECTION BYTES WHY    after each of these
#   fact WAY yes|no WHAT                    whether something works at all
# shellcheck source=selftests/tests/lib.sh
. /payload/tests/lib.sh
# shellcheck source=selftests/tests/nested.sh
. /payload/tests/nested.sh
# shellcheck source=selftests/tests/enclave.sh
. /payload/tests/enclave.sh

readonly ROUNDS=$1 CID=16 IMAGE=$TEST_DIR/app.eif QEMU=${QEMUS[-1]} LOG=$TEST_DIR/daemon.log
readonly HOST_PORT=6000 ENCLAVE_PORT=7000
# Seconds without progress, and of all pieces of a sample; both several times what is usual.
readonly PATIENCE=10 LIMIT=30
# Bytes of a piece, and how many of them a sample of throughput and of latency takes. The slowest are
# done in ten seconds.
readonly AMOUNTS="64 30000 300
512 40000 300
4096 20000 300
65536 1500 100"

# Each way: start_WAY boots the enclave, stop_WAY leaves nothing.
readonly WAYS="daemon daemon32 rule"
# By way: what the enclave is for programs on the host.
readonly -A ENCLAVE=([daemon]=1 [daemon32]=1 [rule]=$CID)

# As it is by default.
start_daemon() {
  _start_daemon 65536
}
stop_daemon() {
  guest_stop e
  end_process "$daemon"
  wait_for 60 rmmod vsock_loopback
}

# With room for packets that the enclave's kernel sends in one piece, and no more. Version 0.3 drops
# those that come in several, and the connection with them.
start_daemon32() {
  _start_daemon 32768
}
stop_daemon32() {
  stop_daemon
}

_start_daemon() {
  local socket=$TEST_DIR/vhost.sock
  modprobe vsock_loopback
  RUST_LOG=debug background vhost-device-vsock --vm \
    "guest-cid=$CID,forward-cid=1,forward-listen=$ENCLAVE_PORT,socket=$socket,tx-buffer-size=$1" 2>>"$LOG"
  daemon=$!
  wait_for 10 test -S "$socket"
  enclave_start e "$QEMU" vsock=daemon "$IMAGE" -chardev "socket,id=daemon,path=$socket"
}

start_rule() {
  module_load
  enclave_start e "$QEMU" "guest-cid=$CID,parent-cid=2" "$IMAGE"
}
stop_rule() {
  guest_stop e
  module_unload
}

# sample WAY WHAT DIRECTION BYTES PIECES: after a failure all starts anew, so that it harms no other.
sample() {
  local way=$1 what=$2 direction=$3 bytes=$4 pieces=$5 from to cid port value buffer=""
  case $direction in
    to-host) from=e to=host cid=3 port=$HOST_PORT ;;
    to-enclave) from=host to=e cid=${ENCLAVE[$way]} port=$ENCLAVE_PORT ;;
  esac
  : >"$LOG"
  [[ $what == *-1m ]] && buffer="--buffer $((1 << 20))"
  at "$to" "rm -f /tmp/ready; vsock_speed serve --port $port --connections 1 $buffer \
    --timeout $PATIENCE --ready-file /tmp/ready >/tmp/server 2>&1 </dev/null &"
  wait_for 10 at "$to" "test -e /tmp/ready"
  if value=$(at "$from" "vsock_speed measure --what ${what%-1m} --piece $bytes --pieces $pieces $buffer \
    --timeout $PATIENCE --limit $LIMIT --cid $cid --port $port 2>&1"); then
    echo "sample $way $what $direction $bytes $value"
    return
  fi
  echo "sample $way $what $direction $bytes failed"
  echo "failure $way $what $direction $bytes ${value:-no answer of the enclave}$(complaint)"
  "stop_$way"
  "start_$way"
}

# complaint: what the daemon says that is not said of every connection that ends.
complaint() {
  grep -v 'Could not remove epoll listener' "$LOG" | sed 's/^\[[^]]*\] /; the daemon: /' | sort -u
}

sample_all() {
  local way=$1 direction bytes many few
  for direction in to-host to-enclave; do
    while read -r bytes many few <&5; do
      sample "$way" throughput "$direction" "$bytes" "$many"
      sample "$way" throughput-1m "$direction" "$bytes" "$many"
      sample "$way" latency "$direction" "$bytes" "$few"
    done 5<<<"$AMOUNTS"
  done
}

# fact WAY WHAT COMMAND...
fact() {
  local way=$1 what=$2 why
  shift 2
  # Not in a subshell: each connection() takes another port.
  if "$@" >"$TEST_DIR/fact" 2>&1; then
    echo "fact $way yes $what"
  else
    why=$(<"$TEST_DIR/fact")
    echo "fact $way no $what"
    echo "failure $way $what: ${why//$'\n'/; }"
  fi
}

facts() {
  local way=$1 type
  # Programs of connection() have more to say after their peer has ended.
  for type in seqpacket stream; do
    fact "$way" "$type that is half-closed, to-host" connection e host 3 "${ENCLAVE[$way]}" "$type"
  done
  fact "$way" "client that speaks first, to-enclave" speak_first "${ENCLAVE[$way]}"
}

# speak_first CID: a client on the host, whose server in the enclave waits for a byte.
speak_first() {
  at e "rm -f /tmp/ready; heartbeat server --port $ENCLAVE_PORT --count 1 --timeout $PATIENCE \
    --ready-file /tmp/ready >/tmp/server 2>&1 </dev/null &"
  wait_for 10 at e "test -e /tmp/ready" &&
    heartbeat client --cid "$1" --port "$ENCLAVE_PORT" --timeout "$PATIENCE"
}

enclave_image "$IMAGE" >/dev/null
answer_heartbeats host
for ((round = 0; round < ROUNDS; round++)); do
  for way in $WAYS; do
    "start_$way"
    sample_all "$way"
    facts "$way"
    "stop_$way"
  done
done
