# SPDX-License-Identifier: GPL-2.0
"""Tells people the results of tests."""

from dataclasses import dataclass

from testvm.testrun import Result


@dataclass
class Counts:
    """How many results there were of each kind."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def report(result: Result, counts: Counts, *, verbose: bool) -> None:
    """Prints a result and counts it; shows all that is known of a failure."""
    head = f"{result.kernel.name} {result.name} ({result.seconds:.1f} s)"
    if result.faults:
        counts.failed += 1
        lines = [f"not ok {head}"]
    elif result.skipped:
        counts.skipped += 1
        lines = [f"ok {head} # SKIP {result.skipped}"]
    else:
        counts.passed += 1
        lines = [f"ok {head}"]
    if result.faults or verbose:
        lines += [f"    {line}" for line in result.details]
    lines += [f"  fault: {fault}" for fault in result.faults]
    print("\n".join(lines), flush=True)
