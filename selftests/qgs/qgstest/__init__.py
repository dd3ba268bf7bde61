# SPDX-License-Identifier: GPL-2.0
"""Tests and measurements of qgs-mux between guests and a service that stands in for Intel's."""

import sys
from pathlib import Path

# The packages of the relay's tests, which start programs too, and of the virtual machines.
for _folder in ("relay", "vm"):
    sys.path.append(str(Path(__file__).resolve().parents[2] / _folder))
