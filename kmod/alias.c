// SPDX-License-Identifier: GPL-2.0
/*
 * Programs that were written for the parent of an enclave may bind to its CID
 * literally, and elsewhere the kernel refuses that. An alias lets them: their
 * bind() means the host's own CID then, to which the rules bring the guests.
 *
 * An ftrace callback at vsock_bind() redirects the call to a function of ours,
 * which calls the kernel's with another address. Only while there is an alias.
 */
#include <linux/ftrace.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/vm_sockets.h>
#include <net/af_vsock.h>

#include "alias.h"
#include "compat/compat.h"
#include "function.h"

/**
 * struct fwd_alias - an alias
 * @all: in the list of all; read under RCU
 * @pool: what it is for: a network namespace, or NULL; see &fwd_guest.pool
 * @cid: the CID that stands for the host's own
 * @rcu: to free it after the last reader
 */
struct fwd_alias {
	struct list_head all;
	struct net *pool;
	u32 cid;
	struct rcu_head rcu;
};

/* Held by those who change an alias. */
static DEFINE_MUTEX(fwd_alias_mutex);
static LIST_HEAD(fwd_aliases);

static struct fwd_function fwd_vsock_bind = {
	.name = "vsock_bind",
};

static struct fwd_alias *fwd_alias_find(const struct net *pool)
{
	struct fwd_alias *alias;

	list_for_each_entry_rcu(alias, &fwd_aliases, all,
				lockdep_is_held(&fwd_alias_mutex)) {
		if (alias->pool == pool)
			return alias;
	}
	return NULL;
}

/* What is wrong with an address is for the kernel to say. */
static bool fwd_is_alias(struct net *net, const struct sockaddr_vm *addr,
			 int size)
{
	return size >= (int)sizeof(*addr) && addr->svm_family == AF_VSOCK &&
	       addr->svm_cid > VMADDR_CID_HOST &&
	       addr->svm_cid == fwd_alias_get(net) &&
	       !vsock_find_cid(addr->svm_cid);
}

/* Holds the module: it may wait for the socket's lock as long as a program likes. */
static int fwd_bind(struct socket *sock, struct sockaddr_vm *addr, int size)
{
	struct sockaddr_vm host;
	int err;

	__module_get(THIS_MODULE);
	if (fwd_is_alias(sock_net(sock->sk), addr, size)) {
		host = *addr;
		host.svm_cid = VMADDR_CID_HOST;
		addr = &host;
		size = sizeof(host);
	}
	err = fwd_call_bind(sock, addr, size);
	module_put(THIS_MODULE);
	return err;
}

static void notrace fwd_on_bind(unsigned long ip, unsigned long parent_ip,
				struct ftrace_ops *ops,
				struct ftrace_regs *fregs)
{
	/* Unless it is we who call. */
	if (!within_module(parent_ip, THIS_MODULE))
		ftrace_regs_set_instruction_pointer(fregs,
						    (unsigned long)fwd_bind);
}

static struct ftrace_ops fwd_bind_ops = {
	.func = fwd_on_bind,
	.flags = FTRACE_OPS_FL_PERMANENT | FTRACE_OPS_FL_IPMODIFY,
};

/* An alias holds this module, as a rule does. */
static int fwd_alias_add(struct net *pool, u32 cid)
{
	struct fwd_alias *alias;
	int err;

	alias = kzalloc(sizeof(*alias), GFP_KERNEL_ACCOUNT);
	if (!alias)
		return -ENOMEM;

	alias->pool = pool;
	alias->cid = cid;
	if (list_empty(&fwd_aliases)) {
		/* vsock stays loaded: this module needs its symbols. */
		err = fwd_function_hook(&fwd_vsock_bind, "vsock",
					&fwd_bind_ops);
		if (err) {
			kfree(alias);
			return err;
		}
		__module_get(THIS_MODULE);
	}
	list_add_tail_rcu(&alias->all, &fwd_aliases);
	return 0;
}

static void fwd_alias_del(struct fwd_alias *alias)
{
	list_del_rcu(&alias->all);
	kfree_rcu(alias, rcu);
	if (list_empty(&fwd_aliases)) {
		/* Who is on his way to fwd_bind() arrives. */
		fwd_function_unhook(&fwd_bind_ops);
		module_put(THIS_MODULE);
	}
}

/**
 * fwd_alias_set() - let programs of the host bind to a CID that is not its own
 * @net: the namespace that the caller is in; others of its pool see it too
 * @cid: the CID; replaces the one before
 *
 * Context: process, may sleep.
 * Return: 0, or -EADDRINUSE if the host has that CID itself, -EBUSY, -EINTR,
 * -EINVAL, -ENOMEM or -EOPNOTSUPP.
 */
int fwd_alias_set(struct net *net, u32 cid)
{
	struct fwd_alias *alias;
	int err = 0;

	if (cid <= VMADDR_CID_HOST || cid == VMADDR_CID_ANY)
		return -EINVAL;
	if (vsock_find_cid(cid))
		return -EADDRINUSE;
	if (mutex_lock_interruptible(&fwd_alias_mutex))
		return -EINTR;

	alias = fwd_alias_find(fwd_net_pool(net));
	if (alias)
		WRITE_ONCE(alias->cid, cid);
	else
		err = fwd_alias_add(fwd_net_pool(net), cid);

	mutex_unlock(&fwd_alias_mutex);
	return err;
}

/**
 * fwd_alias_clear() - undo fwd_alias_set()
 * @net: the namespace that the caller is in
 *
 * What is bound stays bound.
 *
 * Context: process, may sleep.
 * Return: 0, or -EINTR, or -ENOENT if there is none.
 */
int fwd_alias_clear(struct net *net)
{
	struct fwd_alias *alias;

	if (mutex_lock_interruptible(&fwd_alias_mutex))
		return -EINTR;

	alias = fwd_alias_find(fwd_net_pool(net));
	if (alias)
		fwd_alias_del(alias);

	mutex_unlock(&fwd_alias_mutex);
	return alias ? 0 : -ENOENT;
}

/**
 * fwd_alias_get() - the alias of a namespace
 * @net: the namespace
 *
 * Context: any.
 * Return: the CID, or 0 if there is none.
 */
u32 fwd_alias_get(struct net *net)
{
	const struct fwd_alias *alias;
	u32 cid;

	rcu_read_lock();
	alias = fwd_alias_find(fwd_net_pool(net));
	cid = alias ? READ_ONCE(alias->cid) : 0;
	rcu_read_unlock();
	return cid;
}

/**
 * fwd_alias_flush_net() - remove the alias of a namespace that goes
 * @net: the namespace
 *
 * Context: process, may sleep.
 */
void fwd_alias_flush_net(struct net *net)
{
	struct fwd_alias *alias;

	mutex_lock(&fwd_alias_mutex);
	alias = fwd_alias_find(net);
	if (alias)
		fwd_alias_del(alias);
	mutex_unlock(&fwd_alias_mutex);
}
