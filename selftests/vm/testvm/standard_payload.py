# SPDX-License-Identifier: GPL-2.0
"""The payload that tests, demo and benchmark share: what the tree has built."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from testvm import tree
from testvm.images import Images
from testvm.initramfs import write_cpio
from testvm.kbuild import SOURCES, module_folder
from testvm.kernels import Kernel
from testvm.payload import Payload

_THIS_PACKAGE = Path(__file__).resolve().parent


def standard_payload(
    images: Images, kernel: Kernel, folder: Path, more_programs: Sequence[Path] = ()
) -> Payload:
    """A payload without /payload/main. `folder` takes files until the machine has started.

    more_programs: further programs for the machine and for nested guests.

    /payload/bin                  tools and test programs, all in PATH
    /payload/*.ko                 the module, and those of the tests
    /payload/guest                kernel, initrd and programs of nested guests
    /payload/tests               what tests share, such as how to start them
    /payload/tracing              the scripts for bpftrace
    /payload/units                templates of the units of systemd
    /payload/tree                 the tests of vsock-relay, where they find what they need
    """
    payload = Payload()
    payload.add(tree.INSIDE, "inside")
    for helper in sorted(set(tree.TESTS.glob("*.[ps]*")) - set(tree.TESTS.glob("test_*.sh"))):
        payload.add(helper, f"tests/{helper.name}")
    payload.add(tree.TRACING, "tracing")
    for unit in tree.UNITS:
        payload.add(unit, f"units/{unit.name}")
    for programs in (tree.TOOLS, tree.PROGRAMS):
        if programs.is_dir():
            payload.add(programs, "bin")
    for program in more_programs:
        payload.add(program, f"bin/{program.name}")
    for module in SOURCES:
        payload.add(module_folder(kernel) / module, module)
    _add_relay_tests(payload)
    files = images.kernel(kernel.of_guests)
    payload.add(files.vmlinuz, "guest/vmlinuz")
    payload.add(files.guest_initrd, "guest/initrd")
    in_guests = [*more_programs, tree.STATIC_RELAY, module_folder(kernel.of_guests) / tree.MODULE]
    payload.add(_guest_programs(folder, in_guests), "guest/programs")
    return payload


def _add_relay_tests(payload: Payload) -> None:
    for path in sorted([*tree.RELAY_TESTS.rglob("*"), *_THIS_PACKAGE.glob("*.py")]):
        if path.is_file() and path.suffix != ".pyc":
            payload.add(path, f"tree/{path.relative_to(tree.TREE)}")
    for program, place in (
        (tree.STATIC_RELAY, tree.TOOLS / "vsock-relay"),
        (tree.PROGRAMS / "relay_load",) * 2,
    ):
        if program.is_file():
            payload.add(program, f"tree/{place.relative_to(tree.TREE)}")


def _guest_programs(folder: Path, more: Sequence[Path]) -> Path:
    """An archive that gives a guest the test programs, and what else it needs, in its /programs."""
    staging = folder / "guest-programs"
    (staging / "programs").mkdir(parents=True)
    if tree.PROGRAMS.is_dir():
        shutil.copytree(tree.PROGRAMS, staging / "programs", dirs_exist_ok=True)
    for file in more:
        if file.is_file():
            shutil.copy(file, staging / "programs")
    archive = folder / "guest-programs.cpio"
    write_cpio(staging, archive, folder / "cpio.log")
    return archive
