# SPDX-License-Identifier: GPL-2.0
"""Tells from a kernel's log that something went wrong in it."""

import re

# What no kernel should ever say, whatever the test was.
_ALARM = re.compile(
    r"""
    \bWARNING:
    | \bBUG[:\s]
    | \bOops\b
    | \bgeneral\ protection\ fault
    | \bKernel\ panic
    | \bCall\ Trace:
    | \bKASAN\b | \bKCSAN\b | \bUBSAN\b | \bKFENCE\b | \bkmemleak:.*new\ suspected
    | possible\ (circular|recursive)\ locking
    | possible\ irq\ lock\ inversion
    | inconsistent\ lock\ state
    | suspicious\ RCU\ usage
    | bad\ unlock\ balance
    | scheduling\ while\ atomic
    | sleeping\ function\ called\ from\ invalid\ context
    | refcount_t:
    | list_(add|del)\ corruption
    | blocked\ for\ more\ than
    | (detected|self-detected)\ stall
    | soft\ lockup | hard\ LOCKUP
    | unable\ to\ handle
    | double\ fault | stack\ guard\ page\ was\ hit
    """,
    re.VERBOSE,
)


def alarms(lines: list[str]) -> list[str]:
    """The lines that say so."""
    return [line for line in lines if _ALARM.search(line)]
