// SPDX-License-Identifier: GPL-2.0
/*
 * vhost_vsock_fwd: the host, or another machine, as the parent of a guest.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <uapi/linux/vhost_vsock_fwd.h>

#include "capture.h"
#include "chardev.h"
#include "flow.h"
#include "guest.h"
#include "hook.h"
#include "netlink.h"
#include "netns.h"
#include "watch.h"

#define FWD_VERSION "0.1.0"

static int __init fwd_init(void)
{
	int err;

	err = fwd_hook_preflight();
	if (err)
		return err;

	err = fwd_guest_setup();
	if (err)
		return err;

	err = fwd_flow_setup();
	if (err)
		goto teardown_guest;

	err = fwd_netns_setup();
	if (err)
		goto teardown_flow;

	err = fwd_capture_setup();
	if (err)
		goto teardown_netns;

	err = fwd_netlink_setup();
	if (err)
		goto teardown_capture;

	err = fwd_chardev_setup();
	if (err)
		goto teardown_netlink;

	pr_info("version %s, API version %u\n", FWD_VERSION,
		VHOST_VSOCK_FWD_API_VERSION);
	return 0;

teardown_netlink:
	fwd_netlink_teardown();
teardown_capture:
	fwd_capture_teardown();
teardown_netns:
	fwd_netns_teardown();
teardown_flow:
	fwd_flow_teardown();
teardown_guest:
	fwd_guest_teardown();
	return err;
}

static void __exit fwd_exit(void)
{
	/* For the last instructions of ours after module_put(). */
	synchronize_rcu_tasks();
	fwd_chardev_teardown();
	fwd_netlink_teardown();
	fwd_capture_teardown();
	fwd_netns_teardown();
	fwd_watch_flush();
	fwd_flow_teardown();
	fwd_guest_teardown();
	/* What was freed after a grace period must not come back to us. */
	rcu_barrier();
}

module_init(fwd_init);
module_exit(fwd_exit);

MODULE_DESCRIPTION("Per-guest CID rewriting for vhost-vsock");
MODULE_AUTHOR("The vsockfwd developers");
MODULE_LICENSE("GPL");
MODULE_VERSION(FWD_VERSION);
MODULE_SOFTDEP("pre: vhost_vsock");
