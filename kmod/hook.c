// SPDX-License-Identifier: GPL-2.0
/*
 * Where packets come by: an ftrace callback at the entry of three functions:
 *
 *  - virtio_transport_deliver_tap_pkt(): vhost_vsock_handle_tx_kick() has
 *    copied a packet out of the guest, and shows it to captures. Only then it
 *    reads the addresses: the source must be the guest's own CID, and the
 *    destination the host's.
 *
 *  - virtio_transport_recv_pkt(): it has checked them, and the host takes the
 *    packet.
 *
 *  - vhost_transport_send_pkt(): a packet of the host is queued for a guest. It
 *    still has a single owner.
 *
 * The callback runs where nothing may sleep. It decides, and changes headers;
 * for what takes more it lets the call go to a function of ours in place of the
 * kernel's, which calls the kernel's own where the packet goes on. One
 * ftrace_ops serves all three, so that they are attached and detached together.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ftrace.h>
#include <linux/module.h>
#include <linux/srcu.h>
#include <linux/virtio_vsock.h>

#include "compat/compat.h"
#include "function.h"
#include "hook.h"
#include "path.h"
#include "transport.h"

static struct fwd_function fwd_tx_kick = {
	.name = "vhost_vsock_handle_tx_kick",
};

static struct fwd_function fwd_send_pkt = {
	.name = "vhost_transport_send_pkt",
};

static struct fwd_function fwd_tap = {
	.name = "virtio_transport_deliver_tap_pkt",
};

static struct fwd_function fwd_recv = {
	.name = "virtio_transport_recv_pkt",
};

/* Held while a packet is in a function of ours, and none of the kernel's waits. */
DEFINE_STATIC_SRCU(fwd_srcu);

static void fwd_tap_pkt(struct sk_buff *skb)
{
	int index = srcu_read_lock(&fwd_srcu);

	/* Called from here, it is not taken for a call of vhost_vsock. */
	virtio_transport_deliver_tap_pkt(skb);
	fwd_arrival(skb);
	srcu_read_unlock(&fwd_srcu, index);
}

/*
 * The kernel waits for the lock of a socket, which a program can hold for as long
 * as it likes. Rules do not wait for that: what stays is this function, with the
 * module.
 *
 * The last argument is there if the kernel passes namespaces.
 */
static void fwd_recv_pkt(struct virtio_transport *transport,
			 struct sk_buff *skb, unsigned long net)
{
	int index = srcu_read_lock(&fwd_srcu);
	struct fwd_passed passed;

	if (!fwd_receive(skb, fwd_net_argument(net), &passed)) {
		srcu_read_unlock(&fwd_srcu, index);
		return;
	}
	__module_get(THIS_MODULE);
	srcu_read_unlock(&fwd_srcu, index);

	fwd_call_recv_pkt(transport, skb, fwd_net_argument(net));

	index = srcu_read_lock(&fwd_srcu);
	fwd_received(&passed, fwd_net_argument(net));
	srcu_read_unlock(&fwd_srcu, index);
	module_put(THIS_MODULE);
}

static int fwd_send_request_pkt(struct sk_buff *skb, unsigned long net)
{
	int index = srcu_read_lock(&fwd_srcu);
	int result = -EADDRINUSE;

	if (fwd_send_request(skb, fwd_net_argument(net)))
		result = fwd_transport_send(skb, fwd_net_argument(net));
	else
		kfree_skb(skb);
	srcu_read_unlock(&fwd_srcu, index);
	return result;
}

static void notrace fwd_redirect(struct ftrace_regs *fregs, void *function)
{
	ftrace_regs_set_instruction_pointer(fregs, (unsigned long)function);
}

static void notrace fwd_on_call(unsigned long ip, unsigned long parent_ip,
				struct ftrace_ops *ops,
				struct ftrace_regs *fregs)
{
	unsigned long first = ftrace_regs_get_argument(fregs, 0);
	unsigned long second = ftrace_regs_get_argument(fregs, 1);
	unsigned long third = ftrace_regs_get_argument(fregs, 2);

	if (fwd_function_has(&fwd_send_pkt, ip)) {
		if (fwd_send_diverts((void *)first, fwd_net_argument(second)))
			fwd_redirect(fregs, fwd_send_request_pkt);
		return;
	}

	/*
	 * The others see packets of both directions, and of the other virtio
	 * transports too: only those that come out of a vhost guest count.
	 */
	if (!fwd_function_has(&fwd_tx_kick, parent_ip))
		return;
	if (fwd_function_has(&fwd_tap, ip)) {
		if (fwd_arrival_diverts((void *)first))
			fwd_redirect(fregs, fwd_tap_pkt);
	} else if (fwd_receive_diverts((void *)second, fwd_net_argument(third))) {
		fwd_redirect(fregs, fwd_recv_pkt);
	}
}

/* PERMANENT: kernel.ftrace_enabled cannot switch it off behind our back. */
static struct ftrace_ops fwd_ops = {
	.func = fwd_on_call,
	.flags = FTRACE_OPS_FL_PERMANENT | FTRACE_OPS_FL_IPMODIFY,
};

static const struct fwd_function *const fwd_hooked[] = {
	&fwd_tap,
	&fwd_recv,
	&fwd_send_pkt,
};

static void fwd_hook_unprepare(void)
{
	fwd_ops_reset(&fwd_ops);
	fwd_transport_put();
}

static int fwd_hook_resolve(const char **missing)
{
	int err;

	*missing = fwd_tx_kick.name;
	err = fwd_function_resolve(&fwd_tx_kick, FWD_VHOST_MODULE);
	if (err)
		return err;
	*missing = fwd_send_pkt.name;
	err = fwd_function_resolve(&fwd_send_pkt, FWD_VHOST_MODULE);
	if (err)
		return err;

	/* These are exported. */
	*missing = fwd_tap.name;
	err = fwd_function_set(&fwd_tap,
			       (unsigned long)virtio_transport_deliver_tap_pkt);
	if (err)
		return err;
	*missing = fwd_recv.name;
	return fwd_function_set(&fwd_recv,
				(unsigned long)virtio_transport_recv_pkt);
}

static int fwd_hook_aim(const char **missing)
{
	size_t i;
	int err;

	for (i = 0; i < ARRAY_SIZE(fwd_hooked); i++) {
		*missing = fwd_hooked[i]->name;
		err = fwd_function_aim(fwd_hooked[i], &fwd_ops);
		if (err)
			return err;
	}
	return 0;
}

/*
 * Everything that can fail because this kernel is not what we know. A lack of
 * memory says nothing about the kernel, and the errno says it all.
 */
static int fwd_hook_prepare(void)
{
	const char *missing;
	int err;

	err = fwd_transport_get();
	if (err)
		return err;

	err = fwd_hook_resolve(&missing);
	if (!err)
		err = fwd_hook_aim(&missing);
	if (!err)
		return 0;

	fwd_hook_unprepare();
	if (err == -ENOMEM)
		return -ENOMEM;
	pr_err_ratelimited("this kernel has no function %s that can be hooked (error %d)\n",
			   missing, err);
	return -ENODEV;
}

/**
 * fwd_hook_preflight() - find out whether the hooks can be attached
 *
 * Leaves nothing behind. Says in the log what is missing.
 *
 * Context: process, may sleep and load modules.
 * Return: 0, -ENODEV or -ENOMEM.
 */
int fwd_hook_preflight(void)
{
	int err = fwd_hook_prepare();

	if (!err)
		fwd_hook_unprepare();
	return err;
}

/**
 * fwd_hook_attach() - let packets come by
 *
 * Context: process, may sleep and load modules. The caller sees to it that
 * this and fwd_hook_detach() take turns.
 * Return: 0, -ENODEV, -ENOMEM, or -EBUSY if function tracing is switched off,
 * or if somebody else redirects the same functions.
 */
int fwd_hook_attach(void)
{
	int err;

	err = fwd_hook_prepare();
	if (err)
		return err;

	err = fwd_ops_register(&fwd_ops);
	if (err)
		fwd_hook_unprepare();
	return err;
}

/**
 * fwd_hook_detach() - undo fwd_hook_attach()
 *
 * When this returns, no packet is in this module any more.
 *
 * Context: process, may sleep.
 */
void fwd_hook_detach(void)
{
	/* Waits for those that are in the callback, or on their way to us. */
	unregister_ftrace_function(&fwd_ops);
	synchronize_srcu(&fwd_srcu);
	/* For the last instructions of ours after srcu_read_unlock(). */
	synchronize_rcu_tasks();
	fwd_hook_unprepare();
}

/**
 * fwd_hook_synchronize() - wait for the packets that are in this module
 *
 * Context: process, may sleep.
 */
void fwd_hook_synchronize(void)
{
	synchronize_rcu_expedited();
	synchronize_srcu_expedited(&fwd_srcu);
}
