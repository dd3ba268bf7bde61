// SPDX-License-Identifier: GPL-2.0
/*
 * Descriptors of guests, that rules go with. We do not hold them, as that would
 * keep the CID of a guest that is gone; we are at the two functions of
 * vhost_vsock that end what a descriptor stands for. From that moment on its
 * rules are out of force; they are removed soon after.
 */
#include <linux/ftrace.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/vhost.h>
#include <linux/workqueue.h>

#include "compat/compat.h"
#include "function.h"
#include "guest.h"
#include "rule.h"
#include "transport.h"
#include "watch.h"

/* Changed under the rule mutex. */
static LIST_HEAD(fwd_watches);

static void fwd_watch_collect(struct work_struct *work)
{
	fwd_rule_collect();
}

static DECLARE_WORK(fwd_watch_work, fwd_watch_collect);

static void fwd_watch_end(const struct file *file)
{
	struct fwd_watch *watch;

	rcu_read_lock();
	list_for_each_entry_rcu(watch, &fwd_watches, all) {
		if (watch->file != file)
			continue;
		WRITE_ONCE(watch->ended, true);
		WRITE_ONCE(watch->guest->suspended, true);
		schedule_work(&fwd_watch_work);
	}
	rcu_read_unlock();
}

static void notrace fwd_on_release(unsigned long ip, unsigned long parent_ip,
				   struct ftrace_ops *ops,
				   struct ftrace_regs *fregs)
{
	fwd_watch_end((void *)ftrace_regs_get_argument(fregs, 1));
}

static void notrace fwd_on_ioctl(unsigned long ip, unsigned long parent_ip,
				 struct ftrace_ops *ops,
				 struct ftrace_regs *fregs)
{
	if (ftrace_regs_get_argument(fregs, 1) == VHOST_VSOCK_SET_GUEST_CID)
		fwd_watch_end((void *)ftrace_regs_get_argument(fregs, 0));
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

/**
 * fwd_watch_add() - hear of the end of a descriptor
 * @file: what it is open to; the caller holds it
 * @guest: the guest of the rule that shall go with it
 *
 * Context: process, may sleep; under the rule mutex, while vhost_vsock is held.
 * Return: the watch, or an error pointer: -EBUSY, -ENOMEM or
 * -EOPNOTSUPP.
 */
struct fwd_watch *fwd_watch_add(const struct file *file,
				struct fwd_guest *guest)
{
	struct fwd_watch *watch;
	int err;

	watch = kzalloc(sizeof(*watch), GFP_KERNEL_ACCOUNT);
	if (!watch)
		return ERR_PTR(-ENOMEM);

	watch->file = file;
	watch->guest = guest;
	if (list_empty(&fwd_watches)) {
		err = fwd_watch_hook();
		if (err) {
			kfree(watch);
			return ERR_PTR(err);
		}
	}
	list_add_tail_rcu(&watch->all, &fwd_watches);
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
