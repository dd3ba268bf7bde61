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
	/* Or the connections of all guests of a pool. */
	struct fwd_snapshot *snapshot;
	struct net *pool;
	u32 guest_cid;
} fwd_walk;

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
	/* What a table lacks is memory, by any name. */
	if (err && err != -EEXIST)
		fwd_walk.err = err == -ENOSPC ? err : -ENOMEM;
}

/**
 * fwd_snapshot_add() - add a connection, if there is room
 * @snapshot: the snapshot
 * @guest_cid: whose connection it is
 * @connection: the connection
 *
 * Context: any.
 */
void fwd_snapshot_add(struct fwd_snapshot *snapshot, u32 guest_cid,
		      const struct fwd_connection *connection)
{
	snapshot->found++;
	if (snapshot->count == snapshot->size)
		return;
	snapshot->entries[snapshot->count++] = (struct fwd_snapshot_entry){
		.guest_cid = guest_cid,
		.connection = *connection,
	};
}

static void fwd_snapshot_sock(struct sock *sk)
{
	u32 cid = vsock_sk(sk)->remote_addr.svm_cid;
	struct fwd_connection connection;
	const struct fwd_guest *guest;
	const struct fwd_flow *flow;

	rcu_read_lock();
	guest = fwd_guest_find(fwd_walk.pool, cid);
	if (!guest || (fwd_walk.guest_cid && fwd_walk.guest_cid != cid) ||
	    sk->sk_state != TCP_ESTABLISHED ||
	    !fwd_sock_is_with(sk, guest))
		goto unlock;

	connection = fwd_sock_connection(sk, VMADDR_CID_HOST);
	connection.side = FWD_SIDES;
	if (fwd_guest_parent(guest) == VMADDR_CID_HOST)
		connection.seen.cid = guest->from_cid;
	flow = fwd_flow_by_wire(guest, connection.guest_port, connection.wire);
	if (flow)
		connection.seen = flow->seen.peer;
	fwd_snapshot_add(fwd_walk.snapshot, cid, &connection);
unlock:
	rcu_read_unlock();
}

/**
 * fwd_snapshot_socks() - add the connections of guests with the host
 * @snapshot: the snapshot
 * @pool: of which guests
 * @guest_cid: of only this one, or 0
 *
 * Context: process, may sleep; under the rule mutex, while there is a rule.
 */
void fwd_snapshot_socks(struct fwd_snapshot *snapshot, struct net *pool,
			u32 guest_cid)
{
	fwd_walk = (struct fwd_walk){
		.snapshot = snapshot,
		.pool = pool,
		.guest_cid = guest_cid,
	};
	vsock_for_each_connected_socket(fwd_transport(), fwd_snapshot_sock);
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

/*
 * What a reset does to a socket, without its lock: a program can hold that for as
 * long as it likes, with a request that reads a page of its own. The kernel does
 * so, too, when a guest goes.
 */
static void fwd_sock_end(struct sock *sk)
{
	struct vsock_sock *vsk = vsock_sk(sk);

	sock_set_flag(sk, SOCK_DONE);
	vsk->peer_shutdown = SHUTDOWN_MASK;
	if (vsock_stream_has_data(vsk) <= 0)
		sk->sk_state = TCP_CLOSING;
	sk->sk_state_change(sk);
}

/**
 * fwd_connection_sock() - the host's socket of a connection
 * @net: the namespace of the guest
 * @guest: the guest's end
 * @host_port: the host's end
 *
 * Context: any.
 * Return: the socket, to be let go of with sock_put(), or NULL if there is no
 * such connection.
 */
struct sock *fwd_connection_sock(struct net *net, struct fwd_addr guest,
				 u32 host_port)
{
	struct sockaddr_vm guest_addr, host_addr;

	vsock_addr_init(&guest_addr, guest.cid, guest.port);
	vsock_addr_init(&host_addr, VMADDR_CID_HOST, host_port);
	return fwd_find_connected(&guest_addr, &host_addr, net);
}

/* A socket that its program has closed waits for an answer of the guest. */
static void fwd_host_reset(struct net *net, u16 type, struct fwd_addr guest,
			   u32 host_port)
{
	struct sock *sk = fwd_connection_sock(net, guest, host_port);

	if (!sk)
		return;
	/* Nobody but the kernel has it, and takes its lock. */
	if (vsock_sk(sk)->close_work_scheduled)
		fwd_receive_reset(net, type, guest, host_port);
	else
		fwd_sock_end(sk);
	sock_put(sk);
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
		fwd_host_reset(net, connection->type, end,
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
