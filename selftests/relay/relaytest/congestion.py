# SPDX-License-Identifier: GPL-2.0
"""How TCP bounds its speed, which decides what the loopback interface can do."""

import ctypes
import os
from pathlib import Path

from testvm.errors import Failure, UsageError
from testvm.process import output_of

_CURRENT = Path("/proc/sys/net/ipv4/tcp_congestion_control")
_AVAILABLE = Path("/proc/sys/net/ipv4/tcp_available_congestion_control")
_CLONE_NEWNET = 0x40000000


def congestion_control() -> str:
    """What new connections use."""
    return _CURRENT.read_text().strip()


def use_congestion_control(name: str) -> None:
    """Moves this process and its children to come into a network namespace where TCP uses it."""
    available = _AVAILABLE.read_text().split()
    if name not in available:
        raise UsageError(
            f"congestion control '{name}' is not available: the kernel has {', '.join(available)}"
        )
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNET) != 0:
        reason = os.strerror(ctypes.get_errno())
        raise Failure(f"cannot make a network namespace, which takes root: {reason}")
    output_of(["ip", "link", "set", "lo", "up"])
    try:
        _CURRENT.write_text(name)
    except PermissionError:
        raise Failure(
            f"congestion control '{name}' is not allowed in a network namespace\n"
            "hint: net.ipv4.tcp_allowed_congestion_control of the machine tells which are"
        ) from None
