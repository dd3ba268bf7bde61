# SPDX-License-Identifier: GPL-2.0
"""Where things are in the project's tree."""

from pathlib import Path

TREE = Path(__file__).resolve().parents[3]
BUILD = TREE / "build"
KMOD = TREE / "kmod"
UAPI = TREE / "uapi"
QEMU_PATCHES = TREE / "qemu-patches"
TESTS = TREE / "selftests/tests"
TRACING = TREE / "Documentation/tracing"
TEST_MODULES = TREE / "selftests/modules"
INSIDE = TREE / "selftests/vm/inside"
UNITS = sorted(TREE.glob("tools/*/systemd/*.in"))
TOOLS = BUILD / "bin"
# Needs no library, and so runs everywhere.
STATIC_RELAY = TOOLS / "vsock-relay-static"
RELAY_TESTS = TREE / "selftests/relay"
PROGRAMS = BUILD / "selftests/bin"
MODULE = "vhost_vsock_fwd.ko"
TEST_MODULE = "fail_alloc.ko"
