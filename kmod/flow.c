// SPDX-License-Identifier: GPL-2.0
/*
 * Two tables of the same flows: packets to a guest look for the connection as
 * it is, packets from it for the connection as the guest knows it. Flows are
 * found under RCU, and taken out where nothing may sleep.
 */
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "flow.h"
#include "guest.h"

static const struct rhashtable_params fwd_wire_params = {
	.key_len = sizeof(struct fwd_flow_key),
	.key_offset = offsetof(struct fwd_flow, wire),
	.head_offset = offsetof(struct fwd_flow, by_wire),
	.automatic_shrinking = true,
};

static const struct rhashtable_params fwd_seen_params = {
	.key_len = sizeof(struct fwd_flow_key),
	.key_offset = offsetof(struct fwd_flow, seen),
	.head_offset = offsetof(struct fwd_flow, by_seen),
	.automatic_shrinking = true,
};

static struct rhashtable fwd_wire_table;
static struct rhashtable fwd_seen_table;

/**
 * fwd_flow_setup() - make the empty tables
 *
 * Context: process, may sleep.
 * Return: 0 or a negative errno.
 */
int fwd_flow_setup(void)
{
	int err;

	err = rhashtable_init(&fwd_wire_table, &fwd_wire_params);
	if (err)
		return err;
	err = rhashtable_init(&fwd_seen_table, &fwd_seen_params);
	if (err)
		rhashtable_destroy(&fwd_wire_table);
	return err;
}

/**
 * fwd_flow_teardown() - free the tables, which are empty
 *
 * Context: process, may sleep.
 */
void fwd_flow_teardown(void)
{
	rhashtable_destroy(&fwd_seen_table);
	rhashtable_destroy(&fwd_wire_table);
}

static struct fwd_flow_key fwd_flow_key(const struct fwd_guest *guest,
					u32 guest_port, struct fwd_addr peer)
{
	return (struct fwd_flow_key){
		.guest = guest,
		.guest_port = guest_port,
		.peer = peer,
	};
}

/**
 * fwd_flow_by_wire() - find a flow by what it is for the peer
 * @guest: the guest
 * @guest_port: its port
 * @peer: the other end
 *
 * Context: any; under rcu_read_lock().
 * Return: the flow, or NULL.
 */
struct fwd_flow *fwd_flow_by_wire(const struct fwd_guest *guest, u32 guest_port,
				  struct fwd_addr peer)
{
	const struct fwd_flow_key key = fwd_flow_key(guest, guest_port, peer);

	return rhashtable_lookup(&fwd_wire_table, &key, fwd_wire_params);
}

/**
 * fwd_flow_by_seen() - find a flow by what it is for the guest
 * @guest: the guest
 * @guest_port: its port
 * @peer: the other end, as the guest knows it
 *
 * Context: any; under rcu_read_lock().
 * Return: the flow, or NULL.
 */
struct fwd_flow *fwd_flow_by_seen(const struct fwd_guest *guest, u32 guest_port,
				  struct fwd_addr peer)
{
	const struct fwd_flow_key key = fwd_flow_key(guest, guest_port, peer);

	return rhashtable_lookup(&fwd_seen_table, &key, fwd_seen_params);
}

static void fwd_flow_forget(struct fwd_guest *guest, struct fwd_flow *flow)
{
	rhashtable_remove_fast(&fwd_seen_table, &flow->by_seen,
			       fwd_seen_params);
	rhashtable_remove_fast(&fwd_wire_table, &flow->by_wire,
			       fwd_wire_params);
	atomic_dec(&guest->flows_count[flow->side]);
	kfree_rcu(flow, rcu);
}

static int fwd_flow_enter(struct fwd_flow *flow)
{
	int err;

	err = rhashtable_lookup_insert_fast(&fwd_wire_table, &flow->by_wire,
					    fwd_wire_params);
	if (err)
		return err;
	err = rhashtable_lookup_insert_fast(&fwd_seen_table, &flow->by_seen,
					    fwd_seen_params);
	if (err)
		rhashtable_remove_fast(&fwd_wire_table, &flow->by_wire,
				       fwd_wire_params);
	return err;
}

/* From here on the flow may be taken out, but not of a guest that is gone. */
static bool fwd_flow_enlist(struct fwd_guest *guest, struct fwd_flow *flow)
{
	bool listed;

	raw_spin_lock(&guest->lock);
	listed = !guest->gone;
	flow->listed = listed;
	if (listed)
		list_add_tail(&flow->of_guest, &guest->flows);
	raw_spin_unlock(&guest->lock);

	/* Not what the flow says: it may be out again by now. */
	return listed;
}

/**
 * fwd_flow_insert() - remember a connection
 * @guest: whose connection it is
 * @connection: the connection
 *
 * Context: process; does not sleep. Under rcu_read_lock(), or @guest is held
 * otherwise.
 * Return: 0, or -EEXIST if either end takes it for another connection that is
 * known, -ENOSPC if there are too many, -ENOMEM, or -ENOENT if the guest has
 * no rules any more.
 */
int fwd_flow_insert(struct fwd_guest *guest,
		    const struct fwd_connection *connection)
{
	atomic_t *count = &guest->flows_count[connection->side];
	struct fwd_flow *flow;
	int err;

	if (atomic_inc_return(count) > FWD_FLOWS_MAX) {
		err = -ENOSPC;
		goto uncount;
	}

	flow = kzalloc(sizeof(*flow), GFP_ATOMIC | __GFP_NOWARN | __GFP_ACCOUNT);
	if (!flow) {
		err = -ENOMEM;
		goto uncount;
	}

	flow->type = connection->type;
	flow->side = connection->side;
	flow->wire = fwd_flow_key(guest, connection->guest_port,
				  connection->wire);
	flow->seen = fwd_flow_key(guest, connection->guest_port,
				  connection->seen);
	err = fwd_flow_enter(flow);
	if (err) {
		/* It may have been found in the first of the tables. */
		kfree_rcu(flow, rcu);
		goto uncount;
	}

	if (!fwd_flow_enlist(guest, flow)) {
		fwd_flow_forget(guest, flow);
		return -ENOENT;
	}
	return 0;

uncount:
	atomic_dec(count);
	return err;
}

/* Whether it is the caller who takes the flow out. */
static bool fwd_flow_delist(struct fwd_guest *guest, struct fwd_flow *flow)
{
	bool listed;

	lockdep_assert_held(&guest->lock);

	listed = flow->listed;
	if (listed)
		list_del(&flow->of_guest);
	flow->listed = false;
	return listed;
}

static struct fwd_connection fwd_flow_connection(const struct fwd_flow *flow)
{
	return (struct fwd_connection){
		.type = flow->type,
		.side = flow->side,
		.guest_port = flow->wire.guest_port,
		.wire = flow->wire.peer,
		.seen = flow->seen.peer,
	};
}

/**
 * fwd_flow_remove() - forget a connection
 * @guest: whose connection it is
 * @flow: the flow, found just before
 *
 * Context: any, also where nothing may sleep; under the rcu_read_lock() under
 * which it was found.
 */
void fwd_flow_remove(struct fwd_guest *guest, struct fwd_flow *flow)
{
	bool mine;

	raw_spin_lock(&guest->lock);
	mine = fwd_flow_delist(guest, flow);
	raw_spin_unlock(&guest->lock);

	if (mine)
		fwd_flow_forget(guest, flow);
}

/**
 * fwd_flow_close() - forget a connection that the host has reset
 * @guest: whose connection it is
 * @flow: the flow, found just before
 *
 * The host may reset it again, for a packet of the guest that was under way:
 * fwd_flow_closed() then knows the way back.
 *
 * Context: any, also where nothing may sleep; under the rcu_read_lock() under
 * which it was found.
 */
void fwd_flow_close(struct fwd_guest *guest, struct fwd_flow *flow)
{
	bool mine;

	raw_spin_lock(&guest->lock);
	mine = fwd_flow_delist(guest, flow);
	if (mine) {
		guest->closed[guest->closed_next] = fwd_flow_connection(flow);
		guest->closed_next = (guest->closed_next + 1) % FWD_CLOSED;
	}
	raw_spin_unlock(&guest->lock);

	if (mine)
		fwd_flow_forget(guest, flow);
}

static struct fwd_connection *fwd_closed_find(struct fwd_guest *guest,
					      u32 guest_port, u32 host_port)
{
	struct fwd_connection *closed;
	unsigned int i;

	lockdep_assert_held(&guest->lock);

	for (i = 0; i < FWD_CLOSED; i++) {
		closed = &guest->closed[i];
		if (closed->seen.cid && closed->guest_port == guest_port &&
		    closed->wire.port == host_port)
			return closed;
	}
	return NULL;
}

/**
 * fwd_flow_closed() - how the guest knew a connection that the host has reset
 * @guest: whose connection it was
 * @guest_port: its port
 * @host_port: the port of the host
 * @seen: set if it was one of the last ones
 *
 * Context: any.
 */
void fwd_flow_closed(struct fwd_guest *guest, u32 guest_port, u32 host_port,
		     struct fwd_addr *seen)
{
	const struct fwd_connection *closed;

	raw_spin_lock(&guest->lock);
	closed = fwd_closed_find(guest, guest_port, host_port);
	if (closed)
		*seen = closed->seen;
	raw_spin_unlock(&guest->lock);
}

/**
 * fwd_flow_reopen() - another connection with the same ports begins
 * @guest: whose connection it is
 * @guest_port: its port
 * @host_port: the port of the host
 *
 * Context: any.
 */
void fwd_flow_reopen(struct fwd_guest *guest, u32 guest_port, u32 host_port)
{
	struct fwd_connection *closed;

	raw_spin_lock(&guest->lock);
	closed = fwd_closed_find(guest, guest_port, host_port);
	if (closed)
		closed->seen.cid = 0;
	raw_spin_unlock(&guest->lock);
}

/**
 * fwd_flow_take() - forget one of the connections that match, and tell which
 * @guest: whose connections they are
 * @match: tells whether it matches; does not sleep
 * @context: passed on to @match
 * @taken: set if there was one
 *
 * Context: process; does not sleep.
 * Return: whether there was one.
 */
bool fwd_flow_take(struct fwd_guest *guest, fwd_match_fn match,
		   const void *context, struct fwd_connection *taken)
{
	struct fwd_flow *flow, *found = NULL;

	raw_spin_lock(&guest->lock);
	list_for_each_entry(flow, &guest->flows, of_guest) {
		*taken = fwd_flow_connection(flow);
		if (!match(taken, context))
			continue;
		/* The next search starts here, not at what did not match. */
		list_rotate_to_front(&flow->of_guest, &guest->flows);
		fwd_flow_delist(guest, flow);
		found = flow;
		break;
	}
	raw_spin_unlock(&guest->lock);

	if (found)
		fwd_flow_forget(guest, found);
	return found;
}

/**
 * fwd_flow_sample() - look at some of the connections, each time at others
 * @guest: whose connections they are
 * @sample: set
 * @size: length of @sample
 *
 * Context: any.
 * Return: how many of @sample are set.
 */
unsigned int fwd_flow_sample(struct fwd_guest *guest,
			     struct fwd_connection *sample, unsigned int size)
{
	struct fwd_flow *flow;
	unsigned int count = 0;

	raw_spin_lock(&guest->lock);
	list_for_each_entry(flow, &guest->flows, of_guest) {
		if (count == size) {
			list_rotate_to_front(&flow->of_guest, &guest->flows);
			break;
		}
		sample[count++] = fwd_flow_connection(flow);
	}
	raw_spin_unlock(&guest->lock);
	return count;
}
