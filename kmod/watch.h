/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Descriptors of guests, that rules go with.
 */
#ifndef _VHOST_VSOCK_FWD_WATCH_H
#define _VHOST_VSOCK_FWD_WATCH_H

#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

struct file;
struct fwd_guest;

/**
 * struct fwd_watch - a descriptor that a rule goes with
 * @all: in the list of all of them; read under RCU
 * @file: what the descriptor is open to; compared, never followed
 * @vsock: its private data; likewise
 * @cid: the CID that it shall have
 * @shared: others may have been in a call of it when the watch began
 * @guest: the guest of the rule
 * @ended: the descriptor was closed for good, or its CID was set
 * @rcu: to free it after the last reader
 */
struct fwd_watch {
	struct list_head all;
	const struct file *file;
	const void *vsock;
	u32 cid;
	bool shared;
	struct fwd_guest *guest;
	bool ended;
	struct rcu_head rcu;
};

struct fwd_watch *fwd_watch_add(struct file *file, u32 cid,
				struct fwd_guest *guest);
void fwd_watch_del(struct fwd_watch *watch);
void fwd_watch_flush(void);

#endif /* _VHOST_VSOCK_FWD_WATCH_H */
