# SPDX-License-Identifier: GPL-2.0
"""Runs tests in a virtual machine, and judges what it tells about them."""

import re
import shlex
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from testvm.errors import UsageError
from testvm.kernel_log import alarms
from testvm.kernels import Kernel
from testvm.ktap import judge
from testvm.machine import BOOT_SECONDS, Machine, MachineDied, Processors
from testvm.payload import Payload
from testvm.tree import TESTS

DEFAULT_SECONDS = 300
# Beyond a test's own limit: for it to be ended, and for what it left to be removed.
GRACE_SECONDS = 30
BOUNDARY = "vsockfwd-test: boundary"
TIMEOUT_STATUSES = (124, 137)


@dataclass(frozen=True)
class Test:
    """A script of selftests/tests."""

    path: Path

    @property
    def name(self) -> str:
        """test_rule_01.sh is 'rule_01'."""
        return self.path.stem.removeprefix("test_")

    @property
    def seconds(self) -> int:
        """How long it may take: a comment '# timeout: SECONDS' in it, or the default."""
        limit = re.search(r"(?m)^# timeout: (\d+)$", self.path.read_text())
        return int(limit.group(1)) if limit else DEFAULT_SECONDS

    @property
    def processors(self) -> Processors:
        """What it needs: a comment '# processors: one' or '# processors: in turn' says so."""
        kind = re.search(r"(?m)^# processors: (.+)$", self.path.read_text())
        return Processors[kind.group(1).upper().replace(" ", "_")] if kind else Processors.FAST

    @property
    def needs_patched_qemu(self) -> bool:
        """Whether it says so in a comment '# needs: patched qemu'; it gets each release then."""
        return bool(re.search(r"(?m)^# needs: patched qemu$", self.path.read_text()))

    def is_for(self, kernel: Kernel) -> bool:
        """Whether its comment '# kernels: NAME...' has that kernel, or it has no such comment."""
        names = re.search(r"(?m)^# kernels: (.+)$", self.path.read_text())
        return not names or kernel.name in names.group(1).split()


@dataclass(frozen=True)
class Options:
    """What is not as the tests have it."""

    variables: Sequence[str] = ()
    """NAME=VALUE for the environment of the tests."""
    seconds: int | None = None
    """How long each may take, instead of what it says itself."""

    def seconds_for(self, test: Test) -> int:
        return self.seconds or test.seconds


@dataclass
class Result:
    """What became of a test."""

    kernel: Kernel
    name: str
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)
    """Why it failed; empty if it did not."""
    skipped: str = ""
    """Why it was skipped; empty if it was not."""
    details: list[str] = field(default_factory=list)
    """What the machine told about it, in the words of run-tests.sh."""


def all_tests(folder: Path = TESTS) -> list[Test]:
    return [Test(path) for path in sorted(folder.glob("test_*.sh"))]


def tests_named(names: list[str]) -> list[Test]:
    """The tests of those names, or all if there are none."""
    tests = {test.name: test for test in all_tests()}
    for name in names:
        if name not in tests:
            raise UsageError(f"unknown test '{name}': the tests are {', '.join(tests)}")
    return [tests[name] for name in names] if names else list(tests.values())


def tests_by_kernel(kernels: list[Kernel], tests: list[Test]) -> dict[Kernel, list[Test]]:
    """Each test on the kernels that it is for; on one kernel all of them, as somebody chose it."""
    if len(kernels) == 1:
        return {kernels[0]: tests}
    return {kernel: [test for test in tests if test.is_for(kernel)] for kernel in kernels}


def run_tests(
    kernel: Kernel, tests: list[Test], payload: Payload, folder: Path, options: Options
) -> Iterator[Result]:
    """Boots a machine, and yields a result for each test as it ends.

    tests: some, which all need the same kind of processors.
    If the machine dies, the test that ran then failed, and so did those after it.
    """
    variables = shlex.join(
        ["env", f"KERNEL={kernel.version}", f"SLOWNESS={kernel.slowness}", *options.variables]
    )
    payload.add_script(f"#!/bin/sh\nexec {variables} inside/run-tests.sh\n", "main")
    limits = {test.name: options.seconds_for(test) * kernel.slowness for test in tests}
    payload.add_text(
        "".join(f"{name} {seconds}\n" for name, seconds in limits.items()), "tests.list"
    )
    for test in tests:
        payload.add(test.path, f"tests/{test.path.name}")

    waiting = [test.name for test in tests]
    running: Result | None = None
    before: list[str] = []
    start = time.monotonic()
    died = ""
    with Machine(kernel, payload, folder, tests[0].processors) as machine:
        try:
            for line in machine.lines():
                if line.startswith("@test "):
                    running = Result(kernel, line.removeprefix("@test "))
                    waiting.remove(running.name)
                    machine.allow(limits[running.name] + GRACE_SECONDS * kernel.slowness)
                    start = time.monotonic()
                elif line.startswith("@done ") and running:
                    running.seconds = time.monotonic() - start
                    judge_result(running, int(line.removeprefix("@done ")))
                    yield running
                    running = None
                    machine.allow(BOOT_SECONDS * kernel.slowness)
                else:
                    (running.details if running else before).append(line)
        except MachineDied as death:
            died = str(death)
    if running:
        running.seconds = time.monotonic() - start
        running.faults.append(died or "the machine ended during the test")
        yield running
        died = f"not run: {running.name} took the machine with it"
    for name in waiting:
        yield Result(kernel, name, faults=[died or "\n".join(["the machine gave up", *before])])
    if not running and not waiting:
        yield from _power_off(kernel, machine, died)


def _power_off(kernel: Kernel, machine: Machine, died: str) -> Iterator[Result]:
    """A result for what happened after the last test, if that was not good."""
    console = machine.console_log.read_text(errors="replace")
    faults = [died] if died else [f"kernel: {line}" for line in late_alarms(console)]
    if faults:
        yield Result(kernel, "power-off", faults=faults)


def judge_result(result: Result, status: int) -> None:
    """Finds the faults in what the machine told about a test, and its exit status."""

    def of_kind(kind: str) -> list[str]:
        return [line.removeprefix(kind) for line in result.details if line.startswith(kind)]

    verdict = judge(of_kind("out: "))
    result.skipped = verdict.skipped
    result.faults += verdict.faults
    if status in TIMEOUT_STATUSES:
        result.faults.append("took too long, or was killed")
    elif status:
        result.faults.append(f"exit status {status}")
    result.faults += [f"left behind: {what}" for what in of_kind("left: ")]
    log = of_kind("log: ")
    if sum(BOUNDARY in line for line in log) != 2:
        result.faults.append("the kernel log is not complete")
    result.faults += [f"kernel: {line}" for line in alarms(log)]
    result.faults += alarms([line for line in result.details if line.startswith("guest ")])


def late_alarms(console: str) -> list[str]:
    """What the kernel had to complain about after the last test."""
    return alarms(console.rpartition(BOUNDARY)[2].splitlines())
