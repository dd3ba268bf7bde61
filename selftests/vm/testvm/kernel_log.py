# SPDX-License-Identifier: GPL-2.0
"""Tells from a kernel's log that something went wrong in it."""

import re

# What no kernel should ever say, whatever the test was.
_ALARM = re.compile(
    r"""
      \bWARNING:
    | \bBUG\b
    | \bOops\b
    | \bCall\ Trace:
    | Kernel\ panic
    | general\ protection\ fault
    | \b(KASAN|KCSAN|KFENCE|KMSAN|UBSAN):
    | kmemleak:\ .*suspected | \bunreferenced\ object
    | possible\ (circular|recursive)\ locking
    | inconsistent\ lock\ state
    | suspicious\ RCU\ usage
    | refcount_t:
    | list_(add|del)\ corruption
    | blocked\ for\ more\ than
    | detected\ stall
    | soft\ lockup | hard\ LOCKUP
    | unchecked\ MSR\ access
    """,
    re.VERBOSE,
)


def alarms(lines: list[str]) -> list[str]:
    """The lines that say so."""
    return [line for line in lines if _ALARM.search(line)]
