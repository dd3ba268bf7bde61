# SPDX-License-Identifier: GPL-2.0
"""Runs the tests of a folder, one after the other, and counts."""

import argparse
import sys
import time
import unittest
from collections.abc import Iterator
from pathlib import Path

from testvm.errors import UsageError


def run_folder(folder: Path, description: str | None) -> int:
    """The main function of a program with such tests. The last line is "N passed, N failed, N
    skipped"; returns 1 if a test failed."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("names", nargs="*", help="only tests with one of these in their names")
    parser.add_argument("--list", action="store_true", help="list the tests and run none")
    arguments = parser.parse_args()

    found = unittest.defaultTestLoader.discover(str(folder))
    tests = [test for test in flat(found) if is_meant(test, arguments.names)]
    if not tests:
        raise UsageError(f"no test has '{arguments.names[0]}' in its name; see --list")
    if arguments.list:
        print("\n".join(test.id() for test in tests))
        return 0

    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for test in tests:
        counts[run(test)] += 1
    print(", ".join(f"{count} {what}" for what, count in counts.items()))
    return 1 if counts["failed"] else 0


def run(test: unittest.TestCase) -> str:
    """Runs one test and tells about it; returns what became of it."""
    result = unittest.TestResult()
    start = time.monotonic()
    test.run(result)
    faults = [*result.errors, *result.failures]
    for _, reason in result.skipped:
        print(f"skipped {test.id()}: {reason}", flush=True)
        return "skipped"
    verdict = "not ok" if faults else "ok"
    print(f"{verdict} {test.id()} ({time.monotonic() - start:.1f} s)")
    for part, trace in faults:
        print(f"  {part}\n" + "".join(f"    {line}\n" for line in trace.splitlines()), end="")
    sys.stdout.flush()
    return "failed" if faults else "passed"


def is_meant(test: unittest.TestCase, names: list[str]) -> bool:
    return not names or any(name in test.id() for name in names)


def flat(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    """The tests in the suites of a suite."""
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flat(test)
        else:
            yield test
