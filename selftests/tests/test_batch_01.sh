#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Many rules at once, with the real module: all of them or none.
# shellcheck source=selftests/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tests/traffic.sh
. "$(dirname "$0")/traffic.sh"

readonly SAVED=$TEST_DIR/rules

# rules: all that is in force and stays, without the numbers that the module gives.
rules() {
  vsockfwd -j rule show | jq -c 'map(del(.id))'
  vsockfwd -j host show
}

# state_stays STATE COMMAND...: the command fails, and all is as it was.
state_stays() {
  local state=$1
  shift
  ! "$@" >"$TEST_DIR/output" 2>&1 || return 1
  cat "$TEST_DIR/output"
  [[ $(rules) == "$state" ]]
}

batch() {
  vsockfwd batch - <<<"$1"
}

restore() {
  vsockfwd restore - <<<"$1"
}

five_rules() {
  [[ $(vsockfwd -j rule show | jq length) == 5 ]]
}

# As root without the right to change rules: each refusal comes from the module.
without_capability() {
  setpriv --bounding-set=-net_admin --inh-caps=-net_admin "$@"
}

ktap_plan 16
module_load
check "many rules in one go" batch "
rule add guest 16 to host
rule add guest 16 port 9000 to host port 19000  # a comment
rule add guest 16 port 22 deny
rule add guest 17 to 20
host alias 3"
state=$(rules)
check_output "all of them are there" 4 eval "vsockfwd -j rule show | jq length"

check "a line that makes no sense: none is run" state_stays "$state" \
  batch $'rule add guest 30 to host\nrule add guest 2 to host'
check "a rule that is refused: all are taken back" state_stays "$state" \
  batch $'rule add guest 30 to host\nhost alias 5\nrule flush\nrule add guest 31 to host\nrule del guest 40'
check "and that is said" grep -q "standard input:5: .*; the former rules are there again" "$TEST_DIR/output"

vsockfwd save "$SAVED"
check_output "what save writes" "host alias 3
rule add guest 16 from 3 to host
rule add guest 16 from 3 port 22 deny
rule add guest 16 from 3 port 9000 to host port 19000
rule add guest 17 from 3 to 20" grep -v '^#' "$SAVED"
check_output "restoring what is there changes nothing" "added 0, deleted 0, kept 4" vsockfwd restore "$SAVED"

serve vsock_peer listen --port 1016 --expect-peer 16 --timeout 60
server=$!
background fake_guest --cid 16 --expect-src 3 connect --dst 3:1016 --seconds 8
client=$!
sleep 2
check_output "restoring makes the difference" "added 1, deleted 1, kept 3" \
  restore "$(sed 's/port 22 deny/port 23 deny/' "$SAVED")"
check "a connection of a rule that stays lives on" wait "$client"
wait "$server" || true
check_output "back to the file" "added 1, deleted 1, kept 3" vsockfwd restore "$SAVED"

check "a file that cannot be restored as a whole: nothing changes" state_stays "$state" \
  restore $'rule add guest 50 to host\nrule add guest 50 from 7 port 5 to host'
check "rules that the module refuses: nothing changes" state_stays "$state" \
  without_capability vsockfwd restore - <<<'rule add guest 50 to host'
check "an empty file: nothing changes" state_stays "$state" vsockfwd restore /dev/null

background vsockfwd hold guest 60 from 9 to host >/dev/null
holder=$!
wait_for 10 five_rules
check "a rule against that of a running program: nothing changes" state_stays "$(rules)" \
  restore 'rule add guest 60 to host'
end_process "$holder"

check_output "a file with a comment only takes everything away" "added 0, deleted 4, kept 0" restore "# none"
check_output "and the alias" '{"alias":null}' vsockfwd -j host show
