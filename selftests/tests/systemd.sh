# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Services under a systemd of their own. Use:
#   . "$(dirname "$0")/systemd.sh"
#   systemd_start
#   of_services systemctl start NAME

# of_services COMMAND...: runs it where they are.
of_services() {
  nsenter --target "$systemd" --mount --pid --cgroup "$@"
}

# systemd_start: returns when services can be started.
systemd_start() {
  local command='^/lib/systemd/systemd --unit'
  mkdir "$TEST_DIR/system"
  background "$PAYLOAD/inside/systemd.sh" /sys/fs/cgroup/test/services "$TEST_DIR/system"
  wait_for 20 pgrep --full "$command"
  systemd=$(pgrep --full "$command")
  wait_for 60 of_services systemctl is-active basic.target
}
