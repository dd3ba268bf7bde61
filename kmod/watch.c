// SPDX-License-Identifier: GPL-2.0
/*
 * Descriptors of guests, that rules go with. We do not hold them, as that would
 * keep the CID of a guest that is gone; we are at the two functions of
 * vhost_vsock that end what a descriptor stands for. From that moment on its
 * rules are out of force; they are removed soon after.
 *
 * A call that sets another CID may have begun before, and lie in wait for a page
 * of its caller's. Then the CID is free one day, and somebody else's the next:
 * before he gets it, vhost_vsock looks up who has it, and there we are too. It
 * does so for each packet as well, so only if there can be such a call.
 */
#include <linux/fs.h>
#include <linux/ftrace.h>
#include <linux/module.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/vhost.h>
#include <linux/workqueue.h>

#include "compat/compat.h"
#include "function.h"
#include "guest.h"
#include "lookup.h"
#include "rule.h"
#include "transport.h"
#include "watch.h"

/* The descriptor of the caller, and what we hold of the file meanwhile. */
#define FWD_FILE_ALONE 2

/* Changed under the rule mutex. */
static LIST_HEAD(fwd_watches);
static unsigned int fwd_watches_shared;

static void fwd_watch_collect(struct work_struct *work)
{
	fwd_rule_collect();
}

static DECLARE_WORK(fwd_watch_work, fwd_watch_collect);

static void fwd_watch_end(struct fwd_watch *watch)
{
	WRITE_ONCE(watch->ended, true);
	/* Pairs with fwd_guest_resume(): that sees it, or this comes later. */
	smp_mb();
	WRITE_ONCE(watch->guest->suspended, true);
	schedule_work(&fwd_watch_work);
}

static void fwd_file_end(const struct file *file)
{
	struct fwd_watch *watch;

	rcu_read_lock();
	list_for_each_entry_rcu(watch, &fwd_watches, all) {
		if (watch->file == file)
			fwd_watch_end(watch);
	}
	rcu_read_unlock();
}

/* Somebody asks for a CID. */
static void fwd_cid_check(u32 cid, unsigned long net)
{
	const struct net *pool = fwd_net_pool(fwd_net_argument(net));
	struct fwd_watch *watch;

	rcu_read_lock();
	list_for_each_entry_rcu(watch, &fwd_watches, all) {
		if (watch->cid == cid && watch->guest->pool == pool &&
		    watch->vsock != fwd_lookup(cid, net))
			fwd_watch_end(watch);
	}
	rcu_read_unlock();
}

static void notrace fwd_on_release(unsigned long ip, unsigned long parent_ip,
				   struct ftrace_ops *ops,
				   struct ftrace_regs *fregs)
{
	fwd_file_end((void *)ftrace_regs_get_argument(fregs, 1));
}

static void notrace fwd_on_ioctl(unsigned long ip, unsigned long parent_ip,
				 struct ftrace_ops *ops,
				 struct ftrace_regs *fregs)
{
	if ((u32)ftrace_regs_get_argument(fregs, 1) == VHOST_VSOCK_SET_GUEST_CID)
		fwd_file_end((void *)ftrace_regs_get_argument(fregs, 0));
}

static struct fwd_function fwd_send_pkt = {
	.name = "vhost_transport_send_pkt",
};

static void notrace fwd_on_shared_lookup(unsigned long ip,
					 unsigned long parent_ip,
					 struct ftrace_ops *ops,
					 struct ftrace_regs *fregs)
{
	/* Packets are many and change no CID, and we do not ask ourselves. */
	if (!fwd_function_has(&fwd_send_pkt, parent_ip) &&
	    !within_module(parent_ip, THIS_MODULE))
		fwd_cid_check(ftrace_regs_get_argument(fregs, 0),
			      ftrace_regs_get_argument(fregs, 1));
}

static struct fwd_function fwd_dev_release = {
	.name = "vhost_vsock_dev_release",
};

static struct fwd_function fwd_dev_ioctl = {
	.name = "vhost_vsock_dev_ioctl",
};

static struct ftrace_ops fwd_release_ops = {
	.func = fwd_on_release,
	.flags = FTRACE_OPS_FL_PERMANENT,
};

static struct ftrace_ops fwd_ioctl_ops = {
	.func = fwd_on_ioctl,
	.flags = FTRACE_OPS_FL_PERMANENT,
};

static struct ftrace_ops fwd_shared_lookup_ops = {
	.func = fwd_on_shared_lookup,
	.flags = FTRACE_OPS_FL_PERMANENT,
};

static int fwd_watch_hook(void)
{
	int err;

	err = fwd_function_hook(&fwd_dev_release, FWD_VHOST_MODULE,
				&fwd_release_ops);
	if (err)
		return err;
	err = fwd_function_hook(&fwd_dev_ioctl, FWD_VHOST_MODULE,
				&fwd_ioctl_ops);
	if (err)
		fwd_function_unhook(&fwd_release_ops);
	return err;
}

static void fwd_watch_unhook(void)
{
	fwd_function_unhook(&fwd_ioctl_ops);
	fwd_function_unhook(&fwd_release_ops);
}

static int fwd_shared_hook(void)
{
	int err;

	err = fwd_function_resolve(&fwd_send_pkt, FWD_VHOST_MODULE);
	if (err)
		return err == -ENOMEM ? err : -EOPNOTSUPP;
	return fwd_lookup_hook(&fwd_shared_lookup_ops);
}

/*
 * Who is in a call of the descriptor holds the file, by the table of descriptors
 * that is his alone, or for the time of the call. Calls that begin later meet
 * fwd_on_ioctl().
 */
static int fwd_watch_share(struct fwd_watch *watch, struct file *file)
{
	int err;

	/* Whoever is not counted here finds the watch in the list. */
	smp_mb();
	if (file_count(file) <= FWD_FILE_ALONE)
		return 0;
	if (!fwd_watches_shared) {
		err = fwd_shared_hook();
		if (err)
			return err;
	}
	watch->shared = true;
	fwd_watches_shared++;
	return 0;
}

/**
 * fwd_watch_add() - hear of the end of a descriptor
 * @file: what it is open to, for which fwd_is_vhost_vsock() holds; the caller
 *	holds it, once
 * @cid: the CID that it has, if it can be proved after this
 * @guest: the guest of the rule that shall go with it
 *
 * Context: process, may sleep; under the rule mutex, while vhost_vsock is held.
 * Return: the watch, or an error pointer: -EBUSY, -ENOMEM or
 * -EOPNOTSUPP.
 */
struct fwd_watch *fwd_watch_add(struct file *file, u32 cid,
				struct fwd_guest *guest)
{
	struct fwd_watch *watch;
	int err = 0;

	watch = kzalloc(sizeof(*watch), GFP_KERNEL_ACCOUNT);
	if (!watch)
		return ERR_PTR(-ENOMEM);

	watch->file = file;
	watch->vsock = file->private_data;
	watch->cid = cid;
	watch->guest = guest;
	if (list_empty(&fwd_watches))
		err = fwd_watch_hook();
	if (err) {
		kfree(watch);
		return ERR_PTR(err);
	}
	list_add_tail_rcu(&watch->all, &fwd_watches);

	err = fwd_watch_share(watch, file);
	if (err) {
		fwd_watch_del(watch);
		return ERR_PTR(err);
	}
	return watch;
}

/**
 * fwd_watch_del() - undo fwd_watch_add()
 * @watch: the watch, or NULL
 *
 * Context: process, may sleep; under the rule mutex, while vhost_vsock is held.
 */
void fwd_watch_del(struct fwd_watch *watch)
{
	if (!watch)
		return;
	if (watch->shared && !--fwd_watches_shared)
		fwd_function_unhook(&fwd_shared_lookup_ops);
	list_del_rcu(&watch->all);
	kfree_rcu(watch, rcu);
	if (list_empty(&fwd_watches))
		fwd_watch_unhook();
}

/**
 * fwd_watch_flush() - wait for what may still be on its way
 *
 * Context: process, may sleep; there is no watch any more.
 */
void fwd_watch_flush(void)
{
	flush_work(&fwd_watch_work);
}
