// SPDX-License-Identifier: GPL-2.0
/*
 * The host's connections with its guests stand in vsock's own table of
 * connected sockets; what is asked here is asked of that table. The caller
 * holds the rule mutex.
 */
#include <linux/virtio_vsock.h>
#include <linux/vm_sockets.h>
#include <net/af_vsock.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "compat/compat.h"
#include "connection.h"
#include "flow.h"
#include "guest.h"
#include "transport.h"

#define FWD_BATCH 32

/*
 * The table is walked by a function that takes no context. Under the rule
 * mutex.
 */
static struct fwd_walk {
	struct fwd_guest *guest;
	/* What has been found, and is to be reset. */
	fwd_match_fn match;
	const void *context;
	unsigned int count;
	struct fwd_connection found[FWD_BATCH];
	/* Or what went wrong on the way. */
	int err;
} fwd_walk;

static struct net *fwd_guest_net(const struct fwd_guest *guest)
{
	return guest->pool ?: &init_net;
}

static bool fwd_sock_is_with(const struct sock *sk, const struct fwd_guest *guest)
{
	const struct vsock_sock *vsk = vsock_sk(sk);

	/* Our own links are in the table too: closed, and without a port. */
	return vsk->remote_addr.svm_cid == guest->cid &&
	       vsk->local_addr.svm_port != VMADDR_PORT_ANY &&
	       fwd_net_pool(sock_net(sk)) == guest->pool;
}

static struct fwd_connection fwd_sock_connection(const struct sock *sk, u32 seen)
{
	const struct vsock_sock *vsk = vsock_sk(sk);
	u32 port = vsk->local_addr.svm_port;

	return (struct fwd_connection){
		.type = sk->sk_type == SOCK_SEQPACKET ?
				VIRTIO_VSOCK_TYPE_SEQPACKET :
				VIRTIO_VSOCK_TYPE_STREAM,
		.side = FWD_BY_GUEST,
		.guest_port = vsk->remote_addr.svm_port,
		.wire = { VMADDR_CID_HOST, port },
		.seen = { seen, port },
	};
}

static void fwd_remember_sock(struct sock *sk)
{
	struct fwd_connection connection;
	int err;

	if (fwd_walk.err || !fwd_sock_is_with(sk, fwd_walk.guest))
		return;

	connection = fwd_sock_connection(sk, VMADDR_CID_HOST);
	err = fwd_flow_insert(fwd_walk.guest, &connection);
	if (err != -EEXIST)
		fwd_walk.err = err;
}

/**
 * fwd_connections_remember() - keep the connections that a guest has
 * @guest: a guest that no packet sees yet, or whose parent is not the host yet
 *
 * Its connections with the host are with CID 2. They stay so.
 *
 * Context: process, may sleep; under the rule mutex.
 * Return: 0, or -ENOMEM or -ENOSPC, and some of them are remembered.
 */
int fwd_connections_remember(struct fwd_guest *guest)
{
	fwd_walk = (struct fwd_walk){ .guest = guest };
	vsock_for_each_connected_socket(fwd_transport(), fwd_remember_sock);
	return fwd_walk.err;
}

/**
 * fwd_connection_reset() - tell both ends that a connection is over
 * @guest: whose connection it is
 * @connection: the connection, which is no flow any more
 *
 * Context: process, may sleep.
 */
void fwd_connection_reset(const struct fwd_guest *guest,
			  const struct fwd_connection *connection)
{
	const struct fwd_addr end = { guest->cid, connection->guest_port };
	struct net *net = fwd_guest_net(guest);

	fwd_send_reset(net, connection->type, connection->seen, end);
	if (connection->wire.cid == VMADDR_CID_HOST)
		fwd_receive_reset(net, connection->type, end,
				  connection->wire.port);
	else
		fwd_send_reset(net, connection->type, end, connection->wire);
}

static void fwd_find_sock(struct sock *sk)
{
	const struct fwd_guest *guest = fwd_walk.guest;
	struct fwd_connection connection;
	bool is_flow;

	if (fwd_walk.count == FWD_BATCH || sock_flag(sk, SOCK_DONE) ||
	    !fwd_sock_is_with(sk, guest))
		return;

	connection = fwd_sock_connection(sk, guest->from_cid);
	if (!fwd_walk.match(&connection, fwd_walk.context))
		return;

	rcu_read_lock();
	is_flow = fwd_flow_by_wire(guest, connection.guest_port, connection.wire);
	rcu_read_unlock();
	if (!is_flow)
		fwd_walk.found[fwd_walk.count++] = connection;
}

/*
 * Connections that need no flow, in batches. A socket that has seen a reset is
 * done, and not found again; one that has not, for want of memory, is found
 * twice, and that is enough.
 */
static void fwd_reset_socks(struct fwd_guest *guest, fwd_match_fn match,
			    const void *context)
{
	struct fwd_connection first = {};
	bool again;

	do {
		unsigned int i;

		fwd_walk = (struct fwd_walk){
			.guest = guest,
			.match = match,
			.context = context,
		};
		vsock_for_each_connected_socket(fwd_transport(), fwd_find_sock);
		for (i = 0; i < fwd_walk.count; i++)
			fwd_connection_reset(guest, &fwd_walk.found[i]);

		again = fwd_walk.count == FWD_BATCH &&
			memcmp(&first, &fwd_walk.found[0], sizeof(first));
		first = fwd_walk.found[0];
		cond_resched();
	} while (again);
}

/**
 * fwd_connections_reset() - end connections of a guest with its parent
 * @guest: the guest
 * @match: tells which; does not sleep
 * @context: passed on to @match
 *
 * Context: process, may sleep; under the rule mutex.
 */
void fwd_connections_reset(struct fwd_guest *guest, fwd_match_fn match,
			   const void *context)
{
	struct fwd_connection connection;

	if (fwd_guest_parent(guest) == VMADDR_CID_HOST)
		fwd_reset_socks(guest, match, context);

	while (fwd_flow_take(guest, match, context, &connection)) {
		fwd_connection_reset(guest, &connection);
		cond_resched();
	}
}
