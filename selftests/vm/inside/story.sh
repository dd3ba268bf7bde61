# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# How a demonstration tells its story, with the commands that a user of such a host would type. It
# runs as root in the virtual machine that plays the host. Use:
#   . /payload/inside/story.sh
# shellcheck source=selftests/tests/lib.sh
. /payload/tests/lib.sh

_step=0

say() {
  _step=$((_step + 1))
  echo
  echo "$_step. $1"
}

# show PROMPT COMMAND...: shows a command, runs it, shows what it prints. PROMPT: host# or NAME#,
# where NAME is a guest.
show() {
  local prompt=$1 status=0
  shift
  echo "   $prompt $*"
  case $prompt in
    host*) "$@" ;;
    *) guest_exec "${prompt%#}" "$@" ;;
  esac 2>&1 | indent || status=$?
  return "$status"
}

# show_file FILE: as what a command prints.
show_file() {
  indent <"$1"
}

indent() {
  sed 's/^/     /'
}

give_up() {
  echo "demo: failed: $1"
  exit 1
}
