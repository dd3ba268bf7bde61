# SPDX-License-Identifier: GPL-2.0
"""Reads the output of a test."""

import re
from dataclasses import dataclass

_PLAN = re.compile(r"1\.\.(\d+)")
_RESULT = re.compile(r"(not )?ok \d+\b")
_SKIP = re.compile(r"# SKIP\b\s*(.*)")


@dataclass(frozen=True)
class Verdict:
    """What the output of a test says."""

    faults: tuple[str, ...] = ()
    """Reasons why the test failed; none if it did not."""
    skipped: str = ""
    """Why the whole test was skipped; empty if it was not."""


def judge(output: list[str]) -> Verdict:
    """A test passes if it has the results that it planned, and none is 'not ok'."""
    plans = [line for line in output if _PLAN.match(line)]
    results = [line for line in output if _RESULT.match(line)]
    if len(plans) != 1:
        return Verdict((f"{len(plans)} plans instead of one",))

    (planned,) = map(int, _PLAN.findall(plans[0]))
    faults = [line for line in results if line.startswith("not ok")]
    if planned != len(results):
        faults.append(f"{len(results)} results, {planned} planned")
    skips = [reason for line in results or plans for reason in _SKIP.findall(line)]
    if not planned and not skips:
        faults.append("no results planned")
    if faults or len(skips) < max(planned, 1):
        return Verdict(tuple(faults))
    return Verdict(skipped=skips[0] or "no reason given")
