/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Connections of a guest, as the host's sockets and the flows know them.
 */
#ifndef _VHOST_VSOCK_FWD_CONNECTION_H
#define _VHOST_VSOCK_FWD_CONNECTION_H

#include <linux/types.h>

#include "transport.h"

struct fwd_guest;

/**
 * enum fwd_side - who has started a connection
 * @FWD_BY_GUEST: the guest
 * @FWD_BY_PEER: the other end
 * @FWD_SIDES: number of sides
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

typedef bool (*fwd_match_fn)(const struct fwd_connection *connection,
			     const void *context);

void fwd_connection_reset(const struct fwd_guest *guest,
			  const struct fwd_connection *connection);
int fwd_connections_remember(struct fwd_guest *guest);
void fwd_connections_reset(struct fwd_guest *guest, fwd_match_fn match,
			   const void *context);

#endif /* _VHOST_VSOCK_FWD_CONNECTION_H */
