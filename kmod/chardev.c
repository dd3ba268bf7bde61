// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/vhost-vsock-fwd: from an ioctl to a call.
 *
 * Everything that a caller can get wrong about the form of a request is
 * decided here; what the values mean is decided in rule.c.
 */
#include <linux/capability.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <uapi/linux/vhost_vsock_fwd.h>

#include "alias.h"
#include "chardev.h"
#include "rule.h"

#define FWD_REQUEST_SIZE_MAX 4096
#define FWD_ENTRY_SIZE_MIN offsetofend(struct vhost_vsock_fwd_rule, to_cid)

union fwd_request {
	struct vhost_vsock_fwd_info info;
	struct vhost_vsock_fwd_rule_add rule_add;
	struct vhost_vsock_fwd_rule_del rule_del;
	struct vhost_vsock_fwd_rule_list rule_list;
	struct vhost_vsock_fwd_host_alias host_alias;
};

/**
 * struct fwd_ioctl - one request of the uapi
 * @cmd: its number
 * @size: size of the structure that this module knows, in bytes
 * @min_size: size of the first published layout, in bytes
 * @reply: the structure goes back to the caller on success
 * @fn: does it; the structure's size and flags are valid already
 */
struct fwd_ioctl {
	unsigned int cmd;
	u32 size;
	u32 min_size;
	bool reply;
	int (*fn)(struct fwd_owner *owner, union fwd_request *req);
};

static struct net *fwd_caller_net(void)
{
	return current->nsproxy->net_ns;
}

static int fwd_ioctl_info(struct fwd_owner *owner, union fwd_request *req)
{
	struct vhost_vsock_fwd_info *info = &req->info;
	u32 rules;
	int err;

	if (info->flags)
		return -EOPNOTSUPP;

	err = fwd_rule_count(&rules);
	if (err)
		return err;

	*info = (struct vhost_vsock_fwd_info){
		.size = info->size,
		.api_version = VHOST_VSOCK_FWD_API_VERSION,
		.state = rules ? VHOST_VSOCK_FWD_S_HOOKED : 0,
		.features = VHOST_VSOCK_FWD_F_TO_HOST |
			    VHOST_VSOCK_FWD_F_PERSIST |
			    VHOST_VSOCK_FWD_F_PORTS |
			    VHOST_VSOCK_FWD_F_TO_GUEST |
			    VHOST_VSOCK_FWD_F_PROOF |
			    VHOST_VSOCK_FWD_F_HOST_ALIAS,
		.rules = rules,
		.rules_max = VHOST_VSOCK_FWD_RULES_MAX,
		.host_alias = fwd_alias_get(fwd_caller_net()),
	};
	return 0;
}

/* What a descriptor in a request is open to, or NULL if there is none. */
static struct file *fwd_file_get(u32 flags, u32 flag, u32 fd)
{
	if (!(flags & flag))
		return fd ? ERR_PTR(-EINVAL) : NULL;
	return fget(fd) ?: ERR_PTR(-EBADF);
}

static void fwd_file_put(struct file *file)
{
	if (!IS_ERR_OR_NULL(file))
		fput(file);
}

static int fwd_ioctl_rule_add(struct fwd_owner *owner, union fwd_request *req)
{
	const struct vhost_vsock_fwd_rule_add *add = &req->rule_add;
	struct file *guest, *parent;
	int err;

	guest = fwd_file_get(add->flags, VHOST_VSOCK_FWD_RULE_GUEST_FD,
			     add->guest_fd);
	parent = fwd_file_get(add->flags, VHOST_VSOCK_FWD_RULE_PARENT_FD,
			      add->parent_fd);
	err = PTR_ERR_OR_ZERO(guest) ?: PTR_ERR_OR_ZERO(parent);
	if (!err)
		err = fwd_rule_add(owner, &(struct fwd_rule_spec){
			.net = fwd_caller_net(),
			.guest_file = guest,
			.parent_file = parent,
			.privileged = capable(CAP_NET_ADMIN),
			.guest_cid = add->guest_cid,
			.from_cid = add->from_cid,
			.to_cid = add->to_cid,
			.flags = add->flags,
			.port_first = add->port_first,
			.port_last = add->port_last,
			.to_port = add->to_port,
		});

	fwd_file_put(parent);
	fwd_file_put(guest);
	return err;
}

static int fwd_ioctl_rule_del(struct fwd_owner *owner, union fwd_request *req)
{
	const struct vhost_vsock_fwd_rule_del *del = &req->rule_del;

	if (del->flags)
		return -EOPNOTSUPP;
	if (del->__reserved)
		return -EINVAL;

	return fwd_rule_del(capable(CAP_NET_ADMIN) ? NULL : owner,
			    fwd_caller_net(), del->guest_cid, del->port_first,
			    del->port_last);
}

/* Copy entries to a caller whose idea of an entry may be older or newer. */
static int fwd_copy_entries(void __user *to, u32 entry_size,
			    const struct vhost_vsock_fwd_rule *entries,
			    u32 count)
{
	size_t known = min_t(size_t, entry_size, sizeof(*entries));
	u32 i;

	for (i = 0; i < count; i++, to += entry_size) {
		if (copy_to_user(to, &entries[i], known) ||
		    clear_user(to + known, entry_size - known))
			return -EFAULT;
	}
	return 0;
}

static int fwd_ioctl_rule_list(struct fwd_owner *owner, union fwd_request *req)
{
	struct vhost_vsock_fwd_rule_list *list = &req->rule_list;
	struct vhost_vsock_fwd_rule *entries;
	u32 count;
	int err;

	if (list->flags)
		return -EOPNOTSUPP;
	if (list->entry_size < FWD_ENTRY_SIZE_MIN ||
	    list->entry_size > FWD_REQUEST_SIZE_MAX)
		return -EINVAL;

	/*
	 * Through a copy: a caller that stops a page fault in its memory must
	 * not hold the rule mutex meanwhile.
	 */
	count = min_t(u32, list->count, VHOST_VSOCK_FWD_LIST_MAX);
	entries = kvcalloc(count, sizeof(*entries), GFP_KERNEL_ACCOUNT);
	if (!entries)
		return -ENOMEM;

	err = fwd_rule_list(fwd_caller_net(), list->after_id, entries, &count);
	if (!err)
		err = fwd_copy_entries(u64_to_user_ptr(list->entries),
				       list->entry_size, entries, count);
	list->count = count;

	kvfree(entries);
	return err;
}

static int fwd_ioctl_host_alias(struct fwd_owner *owner, union fwd_request *req)
{
	const struct vhost_vsock_fwd_host_alias *alias = &req->host_alias;

	if (alias->flags)
		return -EOPNOTSUPP;
	if (alias->__reserved)
		return -EINVAL;
	if (!capable(CAP_NET_ADMIN))
		return -EPERM;

	return alias->cid ? fwd_alias_set(fwd_caller_net(), alias->cid) :
			    fwd_alias_clear(fwd_caller_net());
}

static const struct fwd_ioctl fwd_ioctls[] = {
	{
		.cmd = VHOST_VSOCK_FWD_INFO,
		.size = sizeof(struct vhost_vsock_fwd_info),
		.min_size = offsetofend(struct vhost_vsock_fwd_info, rules_max),
		.reply = true,
		.fn = fwd_ioctl_info,
	},
	{
		.cmd = VHOST_VSOCK_FWD_RULE_ADD,
		.size = sizeof(struct vhost_vsock_fwd_rule_add),
		.min_size = offsetofend(struct vhost_vsock_fwd_rule_add,
					guest_fd),
		.fn = fwd_ioctl_rule_add,
	},
	{
		.cmd = VHOST_VSOCK_FWD_RULE_DEL,
		.size = sizeof(struct vhost_vsock_fwd_rule_del),
		.min_size = offsetofend(struct vhost_vsock_fwd_rule_del,
					__reserved),
		.fn = fwd_ioctl_rule_del,
	},
	{
		.cmd = VHOST_VSOCK_FWD_RULE_LIST,
		.size = sizeof(struct vhost_vsock_fwd_rule_list),
		.min_size = offsetofend(struct vhost_vsock_fwd_rule_list,
					entry_size),
		.reply = true,
		.fn = fwd_ioctl_rule_list,
	},
	{
		.cmd = VHOST_VSOCK_FWD_HOST_ALIAS,
		.size = sizeof(struct vhost_vsock_fwd_host_alias),
		.min_size = offsetofend(struct vhost_vsock_fwd_host_alias,
					__reserved),
		.fn = fwd_ioctl_host_alias,
	},
};

static const struct fwd_ioctl *fwd_ioctl_find(unsigned int cmd)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fwd_ioctls); i++) {
		if (fwd_ioctls[i].cmd == cmd)
			return &fwd_ioctls[i];
	}
	return NULL;
}

static long fwd_unlocked_ioctl(struct file *file, unsigned int cmd,
			       unsigned long arg)
{
	const struct fwd_ioctl *ioctl = fwd_ioctl_find(cmd);
	void __user *uarg = (void __user *)arg;
	union fwd_request req = {};
	u32 size;
	int err;

	if (!ioctl)
		return -ENOTTY;

	if (get_user(size, (u32 __user *)uarg))
		return -EFAULT;
	if (size < ioctl->min_size)
		return -EINVAL;
	if (size > FWD_REQUEST_SIZE_MAX)
		return -E2BIG;

	err = copy_struct_from_user(&req, ioctl->size, uarg, size);
	if (err)
		return err;

	err = ioctl->fn(file->private_data, &req);
	if (err || !ioctl->reply)
		return err;

	/* The caller may have changed the size since: trust the one above. */
	return copy_to_user(uarg, &req, min(size, ioctl->size)) ? -EFAULT : 0;
}

static int fwd_open(struct inode *inode, struct file *file)
{
	struct fwd_owner *owner;

	owner = kzalloc(sizeof(*owner), GFP_KERNEL_ACCOUNT);
	if (!owner)
		return -ENOMEM;

	fwd_owner_init(owner);
	file->private_data = owner;
	return 0;
}

static int fwd_release(struct inode *inode, struct file *file)
{
	struct fwd_owner *owner = file->private_data;

	fwd_owner_clean(owner);
	kfree(owner);
	return 0;
}

static const struct file_operations fwd_fops = {
	.owner = THIS_MODULE,
	.open = fwd_open,
	.release = fwd_release,
	.unlocked_ioctl = fwd_unlocked_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice fwd_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vhost-vsock-fwd",
	.fops = &fwd_fops,
	.mode = 0660,
};

/**
 * fwd_chardev_setup() - make the device node appear
 *
 * Requests may come in before this returns.
 *
 * Context: process, may sleep.
 * Return: 0 or a negative errno.
 */
int fwd_chardev_setup(void)
{
	/* The uapi: these sizes are the same for every ABI, and for ever. */
	BUILD_BUG_ON(sizeof(struct vhost_vsock_fwd_info) != 40);
	BUILD_BUG_ON(offsetof(struct vhost_vsock_fwd_info, features) != 16);
	BUILD_BUG_ON(sizeof(struct vhost_vsock_fwd_rule_add) != 40);
	BUILD_BUG_ON(sizeof(struct vhost_vsock_fwd_rule_del) != 24);
	BUILD_BUG_ON(sizeof(struct vhost_vsock_fwd_rule) != 40);
	BUILD_BUG_ON(sizeof(struct vhost_vsock_fwd_rule_list) != 32);
	BUILD_BUG_ON(offsetof(struct vhost_vsock_fwd_rule_list, entries) != 16);
	BUILD_BUG_ON(sizeof(struct vhost_vsock_fwd_host_alias) != 16);

	return misc_register(&fwd_misc);
}

/**
 * fwd_chardev_teardown() - take the device node away
 *
 * Nobody has it open: an open descriptor holds the module.
 *
 * Context: process, may sleep.
 */
void fwd_chardev_teardown(void)
{
	misc_deregister(&fwd_misc);
}
