/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A parent that is a guest itself: how packets get from one to the other.
 */
#ifndef _VHOST_VSOCK_FWD_SIBLING_H
#define _VHOST_VSOCK_FWD_SIBLING_H

#include <linux/types.h>
#include <linux/workqueue.h>

struct fwd_guest;
struct net;
struct sk_buff;
struct socket;

/* What may wait for a guest that does not take it, in bytes of memory. */
#define FWD_LINK_MAX (16 << 20)

/**
 * struct fwd_link - one direction
 * @sock: a socket with that guest as its peer. What waits for the guest is
 *	charged to it, and it learns when the guest goes
 */
struct fwd_link {
	struct socket *sock;
};

/**
 * struct fwd_sibling - a guest and its parent
 * @guest: the guest
 * @parent_cid: its parent
 * @to_parent: for what the guest sends
 * @to_guest: for what the parent sends
 * @reset: ends all connections between them, when one of them is gone
 */
struct fwd_sibling {
	struct fwd_guest *guest;
	u32 parent_cid;
	struct fwd_link to_parent;
	struct fwd_link to_guest;
	struct work_struct reset;
};

struct fwd_sibling *fwd_sibling_alloc(struct fwd_guest *guest, u32 parent_cid);
void fwd_sibling_free(struct fwd_sibling *sibling);
int fwd_link_send(struct fwd_link *link, struct sk_buff *skb, struct net *net,
		  bool must_go);

#endif /* _VHOST_VSOCK_FWD_SIBLING_H */
