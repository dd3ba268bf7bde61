# SPDX-License-Identifier: GPL-2.0
"""Commands that run in a root folder."""

import os
from pathlib import Path

# In a mount namespace of its own, so that nothing stays mounted whatever happens.
_INSIDE = """
set -e
root=$1 repo=$2
shift 2
mount --bind "$repo" "$root/repo"
if [ -n "$1" ]; then
  mount --bind "$1" "$root/mnt"
fi
shift
mount --rbind /dev "$root/dev"
mount --rbind /proc "$root/proc"
mount -t tmpfs tmpfs "$root/tmp"
exec /usr/sbin/chroot "$root" /usr/bin/env -i PATH=/usr/bin:/bin LC_ALL=C.UTF-8 HOME=/ "$@"
"""


def inside(root: Path, repo: Path, more: Path | None = None) -> list[str]:
    """What runs a command in a build root, with the command to follow.

    The folders `repo` and `more` are its /repo and /mnt.
    """
    user_namespace = [] if os.geteuid() == 0 else ["--map-root-user"]
    return [
        *("unshare", "--mount", *user_namespace),
        *("sh", "-c", _INSIDE, "inside", str(root), str(repo), str(more or "")),
    ]
