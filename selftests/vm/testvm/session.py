# SPDX-License-Identifier: GPL-2.0
"""Runs tests on several kernels."""

import math
import queue
import shutil
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from testvm import tree
from testvm.images import Images
from testvm.kbuild import build_modules
from testvm.kernel_source import VSOCK_PROGRAMS, VSOCK_TESTS
from testvm.kernels import Kernel
from testvm.machine import Processors
from testvm.patched_qemu import FOLDER, RELEASES
from testvm.standard_payload import standard_payload
from testvm.testrun import Options, Result, Test, run_tests

MACHINES_AT_ONCE = 2
# With so few, no machine runs long after the others have ended. Each boots in a quarter of a minute.
MOST_TESTS_OF_A_MACHINE = 24


def run_kernels(
    tests_of: dict[Kernel, list[Test]], options: Options, *, keep: bool
) -> Iterator[Result]:
    """Runs the tests of each kernel, and yields the results as they come.

    keep: leave the logs of the machines in build/vm.
    """
    images = Images()
    images.prepare(list(tests_of))
    suites: dict[Kernel, list[Path]] = {}
    for kernel, tests in tests_of.items():
        for needed in {kernel, kernel.of_guests}:
            build_modules(images, needed)
        suites[kernel] = _kernel_suite(images, kernel, tests)

    patched_qemu = _patched_qemu(images, [test for tests in tests_of.values() for test in tests])

    results: queue.SimpleQueue[Result | None] = queue.SimpleQueue()

    def run(kernel: Kernel, tests: list[Test]) -> None:
        try:
            with _folder(kernel, keep) as folder:
                payload = standard_payload(images, kernel, folder, suites[kernel])
                if any(test.needs_patched_qemu for test in tests):
                    for release, qemu in patched_qemu.items():
                        payload.add(qemu, f"qemu/{release}")
                for result in run_tests(kernel, tests, payload, folder, options):
                    results.put(result)
        finally:
            results.put(None)

    groups = [(kernel, group) for kernel, tests in tests_of.items() for group in groups_of(tests)]
    # Those with the longest tests come first, so that the machines end at about the same time.
    groups.sort(key=lambda pair: max(test.seconds for test in pair[1]), reverse=True)
    with ThreadPoolExecutor(MACHINES_AT_ONCE) as machines:
        running = [machines.submit(run, kernel, group) for kernel, group in groups]
        for _ in running:
            yield from iter(results.get, None)
    for done in running:
        done.result()


def groups_of(tests: list[Test]) -> list[list[Test]]:
    """The tests that share a machine: they need the same processors, and are not too many."""
    by_processors: dict[Processors, list[Test]] = {}
    for test in tests:
        by_processors.setdefault(test.processors, []).append(test)
    groups = []
    for group in by_processors.values():
        machines = math.ceil(len(group) / MOST_TESTS_OF_A_MACHINE)
        # Those of one subject stand together, and are as long as each other.
        groups += [group[number::machines] for number in range(machines)]
    return groups


def _kernel_suite(images: Images, kernel: Kernel, tests: list[Test]) -> list[Path]:
    # Its source is a large download, so only if it is asked for.
    if not any(test.name.startswith("conformance_") for test in tests):
        return []
    folder = images.kernel_source(kernel.of_guests) / VSOCK_TESTS
    return [folder / program for program in VSOCK_PROGRAMS]


def _patched_qemu(images: Images, tests: list[Test]) -> dict[str, Path]:
    # It takes minutes to build, so only if it is asked for.
    if not any(test.needs_patched_qemu for test in tests):
        return {}
    return {release: images.patched_qemu(release) / FOLDER for release in RELEASES}


@contextmanager
def _folder(kernel: Kernel, keep: bool) -> Iterator[Path]:
    parent = tree.BUILD / "vm"
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=parent, prefix=f"{kernel.name}-"))
    try:
        yield folder
    finally:
        if keep:
            print(f"kept: {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder)
