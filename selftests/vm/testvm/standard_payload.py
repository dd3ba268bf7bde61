# SPDX-License-Identifier: GPL-2.0
"""The payload that tests, demo and benchmark share: what the tree has built."""

import shutil
from pathlib import Path

from testvm import tree
from testvm.errors import run_logged
from testvm.images import Images
from testvm.initramfs import write_cpio
from testvm.kbuild import module_folder
from testvm.kernels import Kernel
from testvm.payload import Payload


def standard_payload(images: Images, kernel: Kernel, folder: Path) -> Payload:
    """A payload without /payload/main. `folder` takes files until the machine has started.

    /payload/bin                  tools and test programs, all in PATH
    /payload/vhost_vsock_fwd.ko   the module
    /payload/guest                kernel and initrd of nested guests
    /payload/tests/lib.sh         what starts them
    """
    payload = Payload()
    payload.add(tree.INSIDE, "inside")
    payload.add(tree.TESTS / "lib.sh", "tests/lib.sh")
    for programs in (tree.TOOLS, tree.PROGRAMS):
        if programs.is_dir():
            payload.add(programs, "bin")
    module = module_folder(kernel) / tree.MODULE
    if module.is_file():
        payload.add(module, tree.MODULE)
    payload.add(images.kernel(kernel).vmlinuz, "guest/vmlinuz")
    payload.add(_guest_initrd(images, kernel, folder), "guest/initrd")
    return payload


def _guest_initrd(images: Images, kernel: Kernel, folder: Path) -> Path:
    """The guest's image with the test programs in its /programs."""
    initrd = folder / "guest-initrd"
    data = images.kernel(kernel).guest_initrd.read_bytes()
    if tree.PROGRAMS.is_dir():
        staging = folder / "guest-programs"
        shutil.copytree(tree.PROGRAMS, staging / "programs")
        archive = folder / "guest-programs.cpio"
        write_cpio(staging, archive, str(folder / "cpio.log"))
        data += archive.read_bytes()
    initrd.write_bytes(data)
    return initrd
