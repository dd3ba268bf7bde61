# SPDX-License-Identifier: GPL-2.0
"""Reads the output of a test."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """What the output of a test says."""

    faults: tuple[str, ...]
    """Reasons why the test failed; none if it did not."""
    skipped: str
    """Why the whole test was skipped; empty if it was not."""


def judge(output: list[str]) -> Verdict:
    """A test passes if its plan and its results agree, and no result is 'not ok'."""
    faults = []
    plans = [line for line in output if re.match(r"1\.\.\d+", line)]
    results = [line for line in output if re.match(r"(not )?ok\b", line)]
    if len(plans) != 1:
        faults.append(f"{len(plans)} plans instead of one")
    else:
        planned = int(re.split(r"\D+", plans[0])[1])
        if planned != len(results):
            faults.append(f"{len(results)} results, {planned} planned")
    faults += [line for line in results if line.startswith("not ok")]

    skips = [re.search(r"# SKIP\b\s*(.*)", line) for line in plans + results]
    reasons = [skip.group(1) or "no reason given" for skip in skips if skip]
    everything = len(results) or 1
    return Verdict(tuple(faults), reasons[0] if len(reasons) >= everything else "")
