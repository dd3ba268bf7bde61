/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guests that have rules.
 */
#ifndef _VHOST_VSOCK_FWD_GUEST_H
#define _VHOST_VSOCK_FWD_GUEST_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/rhashtable-types.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "flow.h"

struct fwd_portmap;
struct fwd_sibling;
struct net;

/**
 * struct fwd_guest - a guest that has rules
 * @node: in the table, by @cid; read under RCU
 * @cid: the CID of the guest
 * @from_cid: the alias: the CID by which the guest knows its parent
 * @to_cid: the parent: VMADDR_CID_HOST, another guest, or 0 as long as all
 *	rules deny
 * @flows_count: how many of @flows each side has started
 * @pool: where @cid is unique: a network namespace, or NULL
 * @map: which rule decides about a port at @from_cid
 * @sibling: how to reach the parent if that is a guest, or NULL
 * @lock: protects @flows, @closed and @gone; may be taken where nothing may
 *	sleep
 * @gone: the guest has lost its last rule, and takes no flow any more
 * @flows: by &fwd_flow.of_guest
 * @closed: flows that the host has reset last; unused if seen.cid is 0
 * @closed_next: which of @closed to use next
 * @rules: by &fwd_rule.of_guest; under the rule mutex
 * @rcu: to free it after the last reader
 *
 * What every packet of the guest needs comes first. The CIDs and the pool never
 * change, but for @to_cid.
 */
struct fwd_guest {
	struct rhlist_head node;
	u32 cid;
	u32 from_cid;
	u32 to_cid;
	atomic_t flows_count[FWD_SIDES];
	struct net *pool;
	struct fwd_portmap __rcu *map;
	struct fwd_sibling *sibling;
	raw_spinlock_t lock;
	bool gone;
	struct list_head flows;
	struct fwd_connection closed[FWD_CLOSED];
	unsigned int closed_next;
	struct list_head rules;
	struct rcu_head rcu;
};

/**
 * fwd_guest_parent() - who the parent of a guest is now
 * @guest: the guest
 *
 * Context: any.
 * Return: &fwd_guest.to_cid.
 */
static inline u32 fwd_guest_parent(const struct fwd_guest *guest)
{
	/* Pairs with the release in rule.c: the sibling comes before. */
	return smp_load_acquire(&guest->to_cid);
}

int fwd_guest_setup(void);
void fwd_guest_teardown(void);

struct fwd_guest *fwd_guest_alloc(struct net *pool, u32 cid, u32 from_cid);
void fwd_guest_free(struct fwd_guest *guest);
int fwd_guest_publish(struct fwd_guest *guest);
void fwd_guest_withdraw(struct fwd_guest *guest);

struct fwd_guest *fwd_guest_find(struct net *pool, u64 cid);
const struct fwd_guest *fwd_guest_with_alias(u64 cid, u64 alias);
bool fwd_guest_has_parent(u64 cid, u64 parent);

#endif /* _VHOST_VSOCK_FWD_GUEST_H */
