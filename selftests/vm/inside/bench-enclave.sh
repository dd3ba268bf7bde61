#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Samples connections between an enclave and its host, with vhost-device-vsock and with a rule of
# vsockfwd, in turn.
# usage: bench-enclave.sh ROUNDS; prints lines "sample WAY WHAT DIRECTION BYTES VALUE", where the
# value is "failed" if the connection broke or hung, and "seqpacket WAY yes|no".
# shellcheck source=selftests/tests/lib.sh
. /payload/tests/lib.sh
# shellcheck source=selftests/tests/nested.sh
. /payload/tests/nested.sh
# shellcheck source=selftests/tests/enclave.sh
. /payload/tests/enclave.sh

readonly ROUNDS=$1 CID=16 IMAGE=$TEST_DIR/app.eif QEMU=${QEMUS[-1]}
readonly HOST_PORT=6000 ENCLAVE_PORT=7000
# Several times what a sample takes.
readonly PATIENCE=20
# Bytes of a piece, and how many of them a sample of either kind takes.
readonly AMOUNTS="64 10000 300
512 10000 300
4096 2000 300
65536 200 100"

# Each way: start_WAY boots the enclave, stop_WAY leaves nothing, dial_WAY is what host programs dial.

# shellcheck disable=SC2034 # by sample()
readonly dial_daemon=1
start_daemon() {
  modprobe vsock_loopback
  background vhost-device-vsock --vm \
    "guest-cid=$CID,forward-cid=1,forward-listen=$ENCLAVE_PORT,socket=$TEST_DIR/vhost.sock"
  daemon=$!
  wait_for 10 test -S "$TEST_DIR/vhost.sock"
  enclave_start e "$QEMU" vsock=daemon "$IMAGE" \
    -chardev "socket,id=daemon,path=$TEST_DIR/vhost.sock"
}
stop_daemon() {
  guest_stop e
  end_process "$daemon"
  wait_for 60 rmmod vsock_loopback
}

# shellcheck disable=SC2034 # by sample()
readonly dial_rule=$CID
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
  local way=$1 what=$2 direction=$3 bytes=$4 pieces=$5 dial=dial_$1 from to cid port value
  case $direction in
    to-host) from=e to=host cid=3 port=$HOST_PORT ;;
    to-enclave) from=host to=e cid=${!dial} port=$ENCLAVE_PORT ;;
  esac
  at "$to" "rm -f /tmp/ready; vsock_speed serve --port $port --connections 1 --timeout $PATIENCE \
    --ready-file /tmp/ready >/tmp/server 2>&1 </dev/null &"
  wait_for 10 at "$to" "test -e /tmp/ready"
  value=$(at "$from" "timeout $PATIENCE vsock_speed measure --what $what --piece $bytes \
    --pieces $pieces --cid $cid --port $port") || value=failed
  echo "sample $way $what $direction $bytes $value"
  if [[ $value == failed ]]; then
    "stop_$way"
    "start_$way"
  fi
}

sample_all() {
  local way=$1 direction bytes many few
  for direction in to-host to-enclave; do
    while read -r bytes many few <&5; do
      sample "$way" throughput "$direction" "$bytes" "$many"
      sample "$way" latency "$direction" "$bytes" "$few"
    done 5<<<"$AMOUNTS"
  done
}

enclave_image "$IMAGE" >/dev/null
answer_heartbeats host
for ((round = 0; round < ROUNDS; round++)); do
  for way in daemon rule; do
    "start_$way"
    sample_all "$way"
    if connection e host 3 "$CID" seqpacket >/dev/null; then
      echo "seqpacket $way yes"
    else
      echo "seqpacket $way no"
    fi
    "stop_$way"
  done
done
