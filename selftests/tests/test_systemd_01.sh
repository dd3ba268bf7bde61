#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The units under a running systemd, with all that they forbid their programs: each does its work.
# processors: one
# timeout: 600
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/qgs.sh
. "$(dirname "$0")/qgs.sh"
# shellcheck source=selftests/tests/systemd.sh
. "$(dirname "$0")/systemd.sh"

is() {
  [[ $(of_services systemctl show --property "$2" --value "$1") == "$3" ]]
}

# write FILE: what comes, for the services to read.
write() {
  of_services install -D --mode 0644 /dev/stdin "$1"
}

start() {
  of_services systemctl start "$1" || {
    of_services journalctl --no-pager --lines 30 --unit "$1"
    false
  }
}

# hangs_and_comes_back UNIT: the watchdog ends a daemon that hangs, and systemd starts it again.
hangs_and_comes_back() {
  kill -STOP "$(main_pid "$1")"
  wait_for 30 is "$1" NRestarts 1
  wait_for 20 is "$1" ActiveState active
}

# main_pid UNIT: as seen from here.
main_pid() {
  local there
  there=$(of_services systemctl show --property MainPID --value "$1")
  awk -v there="$there" '/^NSpid:/ && NF == 3 && $3 == there { print $2 }' /proc/[0-9]*/status
}

rules() {
  vsockfwd --json rule show | jq -c 'map([.guest_cid, .to_cid])'
}

# asks_through FRONT: a client of VMM's kind gets its quotes there.
asks_through() {
  all_quotes 3 of_services "$PAYLOAD/bin/qgs_load" "$1" --requests 3
}

relays() {
  [[ $(echo through | timeout 10 ncat 127.0.0.1 8443) == through ]]
}

ktap_plan 17
module_load
modprobe vsock_loopback
systemd_start
for unit in qgs-mux.service vsock-relay@test.service; do
  write "/etc/systemd/system/$unit.d/watchdog.conf" <<<"[Service]
WatchdogSec=3s
LimitCORE=0"
done
of_services systemctl daemon-reload

write /etc/vsockfwd/rules <<<"rule add guest 16 to host"
check "saved rules are restored" start vsockfwd-restore.service
check_output "they are in force" "[[16,2]]" rules
vsockfwd rule flush
check "a reload restores them again" of_services systemctl reload vsockfwd-restore.service
check_output "they are in force again" "[[16,2]]" rules
vsockfwd rule flush

background socat VSOCK-LISTEN:9000,fork,reuseaddr EXEC:cat
write /etc/vsock-relay/test.toml <<<'[[pair]]
name = "echo"
from = "tcp:127.0.0.1:8443"
to = "vsock:local:9000"
[[pair]]
name = "shared"
from = "unix:/run/vsock-relay/test/shared.sock"
to = "vsock:local:9000"
group = "kvm"
mode = "0660"'
write /etc/systemd/system/vsock-relay@test.service.d/group.conf <<<"[Service]
SupplementaryGroups=kvm"
of_services groupadd --system --force kvm
of_services systemctl daemon-reload
check "vsock-relay starts" start vsock-relay@test.service
check "it relays from TCP to vsock" relays
check_output "sockets have the group of those who share them" "kvm 660" \
  of_services stat --format "%G %a" /run/vsock-relay/test/shared.sock
check "its status is told at its socket" of_services vsock-relay status \
  --control /run/vsock-relay/test/control.sock
check "it reloads" of_services systemctl reload vsock-relay@test.service
check "it is started anew when it hangs" hangs_and_comes_back vsock-relay@test.service
check "it relays again" wait_for 10 relays

of_services mkdir -p /run/kata/first /run/tdx-qgs
background of_services "$PAYLOAD/bin/qgs_standin" unix:/run/tdx-qgs/qgs.socket --time 2000 >/dev/null
write /etc/qgs-mux.toml <<<'[[service]]
address = "unix:/run/tdx-qgs/qgs.socket"
[[watch]]
path = "/run/kata/{guest}/kata.hvsock_{port}"
group = "kvm"
mode = "0660"'
check "qgs-mux starts" start qgs-mux.service
check "a guest that was there gets quotes" asks_through unix:/run/kata/first/kata.hvsock_4050
of_services install --directory --owner nobody --mode 0700 /run/kata/second
check "so does one that comes later, in a folder of its VMM's own" wait_for 10 \
  asks_through unix:/run/kata/second/kata.hvsock_4050
check_output "sockets have their group and mode" "kvm 660" \
  of_services stat --format "%G %a" /run/kata/second/kata.hvsock_4050
check "it is started anew when it hangs" hangs_and_comes_back qgs-mux.service
check "nothing else has failed" of_services bash -c '! systemctl --failed --no-legend | grep .'
