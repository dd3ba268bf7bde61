# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# For scripts that check things by running commands, and end with counts.

passed=0
failed=0

# check TITLE COMMAND...: one test; what it prints is shown.
check() {
  local title=$1
  shift
  if "$@"; then
    echo "ok $title"
    passed=$((passed + 1))
  else
    echo "not ok $title"
    failed=$((failed + 1))
  fi
}

# The last line and the exit status of such a script.
end_with_counts() {
  echo "$passed passed, $failed failed, 0 skipped"
  ((failed == 0))
}
