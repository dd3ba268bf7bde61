# SPDX-License-Identifier: GPL-2.0
"""Tests and measurements of vsock-relay with real programs at its ends."""

import sys
from pathlib import Path

# The package of the virtual machines, which has the errors too.
sys.path.append(str(Path(__file__).resolve().parents[2] / "vm"))
