# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# What the tests of qgs-mux share. Use:
#   . "$(dirname "$0")/qgs.sh"

# all_quotes COUNT COMMAND...: that is what the program of the guests tells.
all_quotes() {
  local counts
  counts=$("${@:2}")
  echo "$counts"
  [[ $counts == "{\"answered\": $1, \"errors\": 0, \"wrong\": 0, \"closed\": 0, \"unreachable\": 0,"* ]]
}
