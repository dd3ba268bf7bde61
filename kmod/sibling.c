// SPDX-License-Identifier: GPL-2.0
/*
 * Packets between two guests go from one's queue to the other's as they are,
 * without a copy, and without waiting: a guest that does not take its packets
 * loses its connections, and nobody else's.
 *
 * Each direction has a socket that is never connected. The memory of what is
 * queued is charged to it, so that there is a limit, and so that what is left
 * can be taken back. In the table of connected sockets it is told when its
 * peer goes.
 */
#include <linux/net.h>
#include <linux/slab.h>
#include <linux/virtio_vsock.h>
#include <linux/vm_sockets.h>
#include <net/af_vsock.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "compat/compat.h"
#include "connection.h"
#include "flow.h"
#include "guest.h"
#include "sibling.h"
#include "transport.h"

static bool fwd_is_with_parent(const struct fwd_connection *connection,
			       const void *parent)
{
	return connection->wire.cid == *(const u32 *)parent;
}

static void fwd_sibling_reset(struct work_struct *work)
{
	struct fwd_sibling *sibling =
		container_of(work, struct fwd_sibling, reset);
	struct fwd_guest *guest = sibling->guest;
	struct fwd_connection connection;

	while (fwd_flow_take(guest, fwd_is_with_parent, &sibling->parent_cid,
			     &connection)) {
		fwd_connection_reset(guest, &connection);
		cond_resched();
	}
}

/* Called under the lock of vsock's tables. */
static void fwd_link_error(struct sock *sk)
{
	struct fwd_sibling *sibling = sk->sk_user_data;

	sk->sk_err = 0;
	schedule_work(&sibling->reset);
}

static int fwd_link_init(struct fwd_link *link, struct fwd_sibling *sibling,
			 struct net *net, u32 cid)
{
	struct socket *sock = fwd_transport_socket(net, cid);
	struct vsock_sock *vsk;

	if (IS_ERR(sock))
		return PTR_ERR(sock);

	/*
	 * No connection has these ports. A guest that sends a packet for them
	 * finds a socket in a state in which it answers with a reset.
	 */
	vsk = vsock_sk(sock->sk);
	vsock_addr_init(&vsk->local_addr, VMADDR_CID_HOST, VMADDR_PORT_ANY);
	vsock_addr_init(&vsk->remote_addr, cid, VMADDR_PORT_ANY);
	sock->sk->sk_user_data = sibling;
	sock->sk->sk_error_report = fwd_link_error;
	vsock_insert_connected(vsk);
	link->sock = sock;
	return 0;
}

/* What is still queued is dropped: with the socket goes its limit. */
static void fwd_link_clean(struct fwd_link *link)
{
	struct vsock_sock *vsk = vsock_sk(link->sock->sk);

	fwd_transport()->cancel_pkt(vsk);
	sock_release(link->sock);
}

/**
 * fwd_sibling_alloc() - make ready for packets between a guest and its parent
 * @guest: the guest
 * @parent_cid: CID of its parent, in the same pool. It need not run
 *
 * Context: process, may sleep; between fwd_transport_get() and
 * fwd_transport_put().
 * Return: the sibling, or an error pointer: -ENOMEM, or what
 * fwd_transport_socket() returns.
 */
struct fwd_sibling *fwd_sibling_alloc(struct fwd_guest *guest, u32 parent_cid)
{
	struct net *net = guest->pool ?: &init_net;
	struct fwd_sibling *sibling;
	int err;

	sibling = kzalloc(sizeof(*sibling), GFP_KERNEL_ACCOUNT);
	if (!sibling)
		return ERR_PTR(-ENOMEM);

	sibling->guest = guest;
	sibling->parent_cid = parent_cid;
	INIT_WORK(&sibling->reset, fwd_sibling_reset);
	err = fwd_link_init(&sibling->to_parent, sibling, net, parent_cid);
	if (err)
		goto free;
	err = fwd_link_init(&sibling->to_guest, sibling, net, guest->cid);
	if (err)
		goto clean;
	return sibling;

clean:
	fwd_link_clean(&sibling->to_parent);
	cancel_work_sync(&sibling->reset);
free:
	kfree(sibling);
	return ERR_PTR(err);
}

/**
 * fwd_sibling_free() - undo fwd_sibling_alloc()
 * @sibling: no packet uses it any more
 *
 * Context: process, may sleep.
 */
void fwd_sibling_free(struct fwd_sibling *sibling)
{
	fwd_link_clean(&sibling->to_parent);
	fwd_link_clean(&sibling->to_guest);
	cancel_work_sync(&sibling->reset);
	kfree(sibling);
}

/**
 * fwd_link_send() - queue a packet of one guest for the other
 * @link: the direction
 * @skb: the packet, with its new header; taken over
 * @net: the namespace of both
 * @must_go: the packet is the last of its connection: no limit holds it up
 *
 * Context: process; does not sleep, but may take locks that do on PREEMPT_RT.
 * Return: 0, -ENOBUFS if too much waits already, or -ENODEV if the guest is
 * not there.
 */
int fwd_link_send(struct fwd_link *link, struct sk_buff *skb, struct net *net,
		  bool must_go)
{
	struct sock *sk = link->sock->sk;
	int err;

	if (!must_go && sk_wmem_alloc_get(sk) > FWD_LINK_MAX) {
		kfree_skb(skb);
		return -ENOBUFS;
	}

	skb_set_owner_w(skb, sk);
	fwd_count_unsent(vsock_sk(sk)->trans, skb->len);
	/* A capture shows it twice: as it was sent, and as it arrives. */
	virtio_vsock_skb_clear_tap_delivered(skb);
	err = fwd_transport_send(skb, net);
	return err < 0 ? err : 0;
}
