/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The connections of a guest that are not what its rules make of a packet by
 * default.
 */
#ifndef _VHOST_VSOCK_FWD_FLOW_H
#define _VHOST_VSOCK_FWD_FLOW_H

#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/rhashtable-types.h>
#include <linux/types.h>

#include "connection.h"

struct fwd_guest;

/* A guest has so many at a time, of each side: neither uses up the other's. */
#define FWD_FLOWS_MAX 4096

/* Of so many connections a guest has had, a late reset finds its way. */
#define FWD_CLOSED 4

/**
 * struct fwd_flow_key - a connection of a guest, from one side's point of view
 * @guest: the guest
 * @guest_port: the guest's port
 * @peer: the other end
 * @__zero: no gap for the hash
 */
struct fwd_flow_key {
	const struct fwd_guest *guest;
	u32 guest_port;
	struct fwd_addr peer;
	u32 __zero;
};

/**
 * struct fwd_flow - one such connection
 * @by_wire: in the table, by @wire
 * @by_seen: in the table, by @seen
 * @wire: what it is for the peer
 * @seen: what it is for the guest
 * @type: VIRTIO_VSOCK_TYPE_*
 * @side: who has started it
 * @listed: whether it is in &fwd_guest.flows
 * @of_guest: in &fwd_guest.flows
 * @rcu: to free it after the last reader
 */
struct fwd_flow {
	struct rhash_head by_wire;
	struct rhash_head by_seen;
	struct fwd_flow_key wire;
	struct fwd_flow_key seen;
	u16 type;
	enum fwd_side side;
	bool listed;
	struct list_head of_guest;
	struct rcu_head rcu;
};

int fwd_flow_setup(void);
void fwd_flow_teardown(void);

struct fwd_flow *fwd_flow_by_wire(const struct fwd_guest *guest, u32 guest_port,
				  struct fwd_addr peer);
struct fwd_flow *fwd_flow_by_seen(const struct fwd_guest *guest, u32 guest_port,
				  struct fwd_addr peer);

int fwd_flow_insert(struct fwd_guest *guest,
		    const struct fwd_connection *connection);
void fwd_flow_remove(struct fwd_guest *guest, struct fwd_flow *flow);
void fwd_flow_close(struct fwd_guest *guest, struct fwd_flow *flow);
void fwd_flow_closed(struct fwd_guest *guest, u32 guest_port, u32 host_port,
		     struct fwd_addr *seen);
void fwd_flow_reopen(struct fwd_guest *guest, u32 guest_port, u32 host_port);
bool fwd_flow_take(struct fwd_guest *guest, fwd_match_fn match,
		   const void *context, struct fwd_connection *taken);
unsigned int fwd_flow_sample(struct fwd_guest *guest,
			     struct fwd_connection *sample, unsigned int size);

#endif /* _VHOST_VSOCK_FWD_FLOW_H */
