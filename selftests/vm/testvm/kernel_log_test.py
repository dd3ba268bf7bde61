# SPDX-License-Identifier: GPL-2.0
import unittest

from testvm.kernel_log import alarms

ALARMING = """\
[    1.0] WARNING: CPU: 0 PID: 1 at kernel/fork.c:1 copy_process+0x1/0x2
[    1.0] WARNING: possible circular locking dependency detected
[    1.0] WARNING: suspicious RCU usage
[    1.0] WARNING: inconsistent lock state
[    1.0] BUG: kernel NULL pointer dereference, address: 0000000000000008
[    1.0] BUG: sleeping function called from invalid context at mm/slab.h:1
[    1.0] BUG: KASAN: slab-use-after-free in f+0x1/0x2
[    1.0] BUG kmalloc-64 (Tainted: G           OE     ): Poison overwritten
[    1.0] kernel BUG at lib/list_debug.c:56!
[    1.0] Oops: Oops: 0000 [#1] PREEMPT SMP NOPTI
[    1.0] general protection fault, probably for non-canonical address 0xdead: 0000 [#1]
[    1.0] Oops: general protection fault, kernel NULL pointer: 0000 [#1]
[    1.0] refcount_t: underflow; use-after-free.
[    1.0] list_del corruption. prev->next should be 1, but was 2
[    1.0] INFO: task rmmod:123 blocked for more than 120 seconds.
[    1.0] rcu: INFO: rcu_preempt self-detected stall on CPU
[    1.0] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:
[    1.0] INFO: rcu_tasks detected stalls on tasks:
[    1.0] watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [rmmod:123]
[    1.0] watchdog: Watchdog detected hard LOCKUP on cpu 1
[    1.0] Call Trace:
[    1.0] Kernel panic - not syncing: Fatal exception
[    1.0] kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)
[    1.0] unchecked MSR access error: WRMSR to 0x1 at rIP: 0x1
[    1.0] UBSAN: array-index-out-of-bounds in net/vmw_vsock/af_vsock.c:1
""".splitlines()

HARMLESS = """\
[    1.0] vhost_vsock_fwd: loading out-of-tree module taints kernel.
[    1.0] vhost_vsock_fwd: module verification failed: signature and/or required key missing
[    1.0] kvm_amd: Nested Virtualization enabled
[    1.0] kvm: kvm [184]: vcpu0, guest rIP: 0x1 Unhandled WRMSR(0xc0010007) = 0xffff
[    1.0] vsockfwd-test: boundary 3
[    1.0] [Firmware Bug]: TSC doesn't count with P0 frequency!
[    1.0] debug: nothing to see
""".splitlines()


class KernelLogTest(unittest.TestCase):
    def test_alarming(self) -> None:
        for line in ALARMING:
            with self.subTest(line):
                self.assertEqual(alarms([line]), [line])

    def test_harmless(self) -> None:
        self.assertEqual(alarms(HARMLESS), [])
