/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Connections of a guest, as the host's sockets and the flows know them.
 */
#ifndef _VHOST_VSOCK_FWD_CONNECTION_H
#define _VHOST_VSOCK_FWD_CONNECTION_H

#include <linux/types.h>

#include "header.h"

struct fwd_guest;
struct net;
struct sock;

/**
 * enum fwd_side - who has started a connection
 * @FWD_BY_GUEST: the guest
 * @FWD_BY_PEER: the other end
 * @FWD_SIDES: number of sides; as a side, nobody knows
 */
enum fwd_side {
	FWD_BY_GUEST,
	FWD_BY_PEER,
	FWD_SIDES,
};

/**
 * struct fwd_connection - what is known of a connection
 * @type: VIRTIO_VSOCK_TYPE_*
 * @side: who has started it
 * @guest_port: the guest's port
 * @wire: the other end, as it is
 * @seen: the other end, as the guest knows it
 */
struct fwd_connection {
	u16 type;
	enum fwd_side side;
	u32 guest_port;
	struct fwd_addr wire;
	struct fwd_addr seen;
};

/**
 * struct fwd_snapshot - the connections that there were at some moment
 * @size: how many there is room for
 * @found: how many there were
 * @count: how many of them are in @entries
 * @entries: whose they are, and what
 */
struct fwd_snapshot {
	u32 size;
	u32 found;
	u32 count;
	struct fwd_snapshot_entry {
		u32 guest_cid;
		struct fwd_connection connection;
	} entries[];
};

typedef bool (*fwd_match_fn)(const struct fwd_connection *connection,
			     const void *context);

struct sock *fwd_connection_sock(struct net *net, struct fwd_addr guest,
				 u32 host_port);
void fwd_connection_reset(const struct fwd_guest *guest,
			  const struct fwd_connection *connection);
void fwd_snapshot_add(struct fwd_snapshot *snapshot, u32 guest_cid,
		      const struct fwd_connection *connection);
void fwd_snapshot_socks(struct fwd_snapshot *snapshot, struct net *pool,
			u32 guest_cid);

int fwd_connections_remember(struct fwd_guest *guest);
void fwd_connections_reset(struct fwd_guest *guest, fwd_match_fn match,
			   const void *context);

#endif /* _VHOST_VSOCK_FWD_CONNECTION_H */
