# SPDX-License-Identifier: GPL-2.0
"""Virtual machines for the tests: root images, kernels, and a runner.

A program outside this package needs three names: KERNELS, Machine and Payload.
"""

from testvm.kernels import KERNELS, Kernel
from testvm.machine import Machine, MachineDied
from testvm.payload import Payload

__all__ = ["KERNELS", "Kernel", "Machine", "MachineDied", "Payload"]
