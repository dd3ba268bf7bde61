// SPDX-License-Identifier: GPL-2.0
/*
 * Packets are shown to captures before their addresses change, and that costs
 * something. Captures are devices of the type vsockmon that are up.
 */
#include <linux/if_arp.h>
#include <linux/netdevice.h>
#include <linux/notifier.h>

#include "capture.h"

static atomic_t fwd_captures = ATOMIC_INIT(0);

/* For devices that are up already, this is called on registration. */
static int fwd_capture_event(struct notifier_block *block, unsigned long event,
			     void *info)
{
	const struct net_device *dev = netdev_notifier_info_to_dev(info);

	if (dev->type != ARPHRD_VSOCKMON)
		return NOTIFY_DONE;
	if (event == NETDEV_UP)
		atomic_inc(&fwd_captures);
	else if (event == NETDEV_DOWN)
		atomic_dec(&fwd_captures);
	return NOTIFY_DONE;
}

static struct notifier_block fwd_capture_notifier = {
	.notifier_call = fwd_capture_event,
};

/**
 * fwd_capture_setup() - watch captures come and go
 *
 * Context: process, may sleep.
 * Return: 0 or a negative errno.
 */
int fwd_capture_setup(void)
{
	return register_netdevice_notifier(&fwd_capture_notifier);
}

/**
 * fwd_capture_teardown() - undo fwd_capture_setup()
 *
 * Context: process, may sleep.
 */
void fwd_capture_teardown(void)
{
	unregister_netdevice_notifier(&fwd_capture_notifier);
}

/**
 * fwd_capture_is_on() - whether packets are captured
 *
 * Context: any.
 * Return: whether a capture device is up.
 */
bool fwd_capture_is_on(void)
{
	return atomic_read(&fwd_captures);
}
