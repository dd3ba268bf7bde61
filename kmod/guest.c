// SPDX-License-Identifier: GPL-2.0
/*
 * The table of guests that have rules. Packets read it under RCU; what changes
 * it holds the rule mutex.
 */
#include <linux/hash.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "guest.h"
#include "portmap.h"

/*
 * Every packet is looked up. CIDs are what administrators give, so it need not
 * be hard to find some that collide.
 */
static inline u32 fwd_guest_hash(const void *cid, u32 length, u32 seed)
{
	/* The table takes the lower bits, but for the last four. */
	return (*(const u32 *)cid * GOLDEN_RATIO_32) >> 8;
}

static inline int fwd_guest_compare(struct rhashtable_compare_arg *arg,
				    const void *guest)
{
	return ((const struct fwd_guest *)guest)->cid != *(const u32 *)arg->key;
}

static const struct rhashtable_params fwd_guest_params = {
	.key_len = sizeof_field(struct fwd_guest, cid),
	.key_offset = offsetof(struct fwd_guest, cid),
	.head_offset = offsetof(struct fwd_guest, node),
	.hashfn = fwd_guest_hash,
	.obj_cmpfn = fwd_guest_compare,
	.automatic_shrinking = true,
};

static struct rhltable fwd_guest_table;

/**
 * fwd_guest_setup() - make the empty table
 *
 * Context: process, may sleep.
 * Return: 0 or a negative errno.
 */
int fwd_guest_setup(void)
{
	return rhltable_init(&fwd_guest_table, &fwd_guest_params);
}

/**
 * fwd_guest_teardown() - free the table, which is empty
 *
 * Context: process, may sleep.
 */
void fwd_guest_teardown(void)
{
	rhltable_destroy(&fwd_guest_table);
}

/**
 * fwd_guest_alloc() - make a guest that no packet sees yet
 * @pool: where its CID is unique
 * @cid: its CID
 * @from_cid: the alias by which it knows its parent
 *
 * Context: process, may sleep.
 * Return: the guest, or NULL without memory.
 */
struct fwd_guest *fwd_guest_alloc(struct net *pool, u32 cid, u32 from_cid)
{
	struct fwd_guest *guest = kzalloc(sizeof(*guest), GFP_KERNEL_ACCOUNT);

	if (!guest)
		return NULL;

	guest->cid = cid;
	guest->from_cid = from_cid;
	guest->pool = pool;
	raw_spin_lock_init(&guest->lock);
	INIT_LIST_HEAD(&guest->flows);
	INIT_LIST_HEAD(&guest->rules);
	return guest;
}

/**
 * fwd_guest_free() - free a guest after the last packet that may have seen it
 * @guest: has neither rules nor flows, and is withdrawn
 *
 * Context: any.
 */
void fwd_guest_free(struct fwd_guest *guest)
{
	struct fwd_portmap *map = rcu_access_pointer(guest->map);

	if (map)
		kfree_rcu(map, rcu);
	kfree_rcu(guest, rcu);
}

/**
 * fwd_guest_publish() - let packets see a guest
 * @guest: the guest
 *
 * Context: process, may sleep; under the rule mutex.
 * Return: 0 or -ENOMEM.
 */
int fwd_guest_publish(struct fwd_guest *guest)
{
	return rhltable_insert(&fwd_guest_table, &guest->node,
			       fwd_guest_params) ? -ENOMEM : 0;
}

/**
 * fwd_guest_withdraw() - undo fwd_guest_publish()
 * @guest: the guest; packets may go on to see it until a grace period is over
 *
 * Context: process; under the rule mutex.
 */
void fwd_guest_withdraw(struct fwd_guest *guest)
{
	rhltable_remove(&fwd_guest_table, &guest->node, fwd_guest_params);
}

/* A CID as it stands in a packet: 64 bits, and all of them count. */
static struct rhlist_head *fwd_guests_with(u64 cid)
{
	u32 key = cid;

	if (key != cid)
		return NULL;
	return rhltable_lookup(&fwd_guest_table, &key, fwd_guest_params);
}

/**
 * fwd_guest_find() - a guest that has rules
 * @pool: where its CID is unique
 * @cid: its CID, as it stands in a packet
 *
 * Context: any; under rcu_read_lock() or the rule mutex.
 * Return: the guest, or NULL.
 */
struct fwd_guest *fwd_guest_find(struct net *pool, u64 cid)
{
	struct rhlist_head *list, *pos;
	struct fwd_guest *guest;

	list = fwd_guests_with(cid);
	rhl_for_each_entry_rcu(guest, pos, list, node) {
		if (guest->pool == pool)
			return guest;
	}
	return NULL;
}

/**
 * fwd_guest_with_alias() - a guest in some pool that uses this alias
 * @cid: CID of the guest
 * @alias: the CID that it dials
 *
 * Context: any; under rcu_read_lock().
 * Return: the first such guest, or NULL.
 */
const struct fwd_guest *fwd_guest_with_alias(u64 cid, u64 alias)
{
	struct rhlist_head *list, *pos;
	struct fwd_guest *guest;

	list = fwd_guests_with(cid);
	rhl_for_each_entry_rcu(guest, pos, list, node) {
		if (guest->from_cid == alias)
			return guest;
	}
	return NULL;
}

/**
 * fwd_guest_has_parent() - whether a guest in some pool has this parent
 * @cid: CID of the guest
 * @parent: CID of the parent
 *
 * Context: any; under rcu_read_lock().
 * Return: whether it has.
 */
bool fwd_guest_has_parent(u64 cid, u64 parent)
{
	struct rhlist_head *list, *pos;
	struct fwd_guest *guest;

	list = fwd_guests_with(cid);
	rhl_for_each_entry_rcu(guest, pos, list, node) {
		if (fwd_guest_parent(guest) == parent)
			return true;
	}
	return false;
}
