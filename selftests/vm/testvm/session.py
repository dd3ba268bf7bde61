# SPDX-License-Identifier: GPL-2.0
"""Runs tests on several kernels."""

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


def run_kernels(
    kernels: list[Kernel], tests: list[Test], options: Options, *, keep: bool
) -> Iterator[Result]:
    """Runs all tests on all kernels, and yields the results as they come.

    keep: leave the logs of the machines in build/vm.
    """
    images = Images()
    images.prepare(kernels)
    suites: dict[Kernel, list[Path]] = {}
    for kernel in kernels:
        for needed in {kernel, kernel.of_guests}:
            build_modules(images, needed)
        suites[kernel] = _kernel_suite(images, kernel, tests)

    patched_qemu = _patched_qemu(images, tests)

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

    with ThreadPoolExecutor(MACHINES_AT_ONCE) as machines:
        # The largest groups come first, so that the machines end at about the same time.
        running = [
            machines.submit(run, kernel, group) for group in _groups(tests) for kernel in kernels
        ]
        for _ in running:
            yield from iter(results.get, None)
    for done in running:
        done.result()


def _groups(tests: list[Test]) -> list[list[Test]]:
    """The tests that can share a machine; most of them first."""
    by_processors: dict[Processors, list[Test]] = {}
    for test in tests:
        by_processors.setdefault(test.processors, []).append(test)
    return sorted(by_processors.values(), key=len, reverse=True)


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
