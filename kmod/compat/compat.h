/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What older kernels lack, under the name that newer ones have. The only
 * reader of the HAVE_* results, which compat/configure finds by compiling.
 */
#ifndef _VHOST_VSOCK_FWD_COMPAT_H
#define _VHOST_VSOCK_FWD_COMPAT_H

#include <linux/ftrace.h>
#include <linux/virtio_vsock.h>
#include <net/af_vsock.h>
#include <net/genetlink.h>

#include "config.h"

#ifndef HAVE_FTRACE_REGS_GET_ARGUMENT
/*
 * The registers of the arguments are saved even where the rest is not, so
 * ftrace_get_regs(), which wants all or nothing, is of no use.
 */
static inline unsigned long
ftrace_regs_get_argument(struct ftrace_regs *fregs, unsigned int n)
{
	return regs_get_kernel_argument(&fregs->regs, n);
}
#endif

#ifndef HAVE_FTRACE_REGS_SET_INSTRUCTION_POINTER
#define ftrace_regs_set_instruction_pointer(fregs, ip) \
	ftrace_instruction_pointer_set(fregs, ip)
#endif

/*
 * Namespaces. A pool is where a guest's CID is unique: a network namespace
 * that keeps its guests to itself, or NULL for all others together. Kernels
 * without vsock namespaces pass none, and what stands in the register of that
 * argument means nothing.
 */
#ifdef HAVE_VSOCK_NET

static inline struct net *fwd_net_argument(unsigned long argument)
{
	return (struct net *)argument;
}

static inline struct net *fwd_net_pool(struct net *net)
{
	return vsock_net_mode(net) == VSOCK_NET_MODE_LOCAL ? net : NULL;
}

static inline int fwd_call_send_pkt(const struct virtio_transport *transport,
				    struct sk_buff *skb, struct net *net)
{
	return transport->send_pkt(skb, net);
}

static inline void fwd_call_recv_pkt(struct virtio_transport *transport,
				     struct sk_buff *skb, struct net *net)
{
	virtio_transport_recv_pkt(transport, skb, net);
}

static inline struct sock *fwd_find_connected(struct sockaddr_vm *guest,
					      struct sockaddr_vm *host,
					      struct net *net)
{
	return vsock_find_connected_socket_net(guest, host, net);
}

#else

static inline struct net *fwd_net_argument(unsigned long argument)
{
	return NULL;
}

static inline struct net *fwd_net_pool(struct net *net)
{
	return NULL;
}

static inline int fwd_call_send_pkt(const struct virtio_transport *transport,
				    struct sk_buff *skb, struct net *net)
{
	return transport->send_pkt(skb);
}

static inline void fwd_call_recv_pkt(struct virtio_transport *transport,
				     struct sk_buff *skb, struct net *net)
{
	virtio_transport_recv_pkt(transport, skb);
}

static inline struct sock *fwd_find_connected(struct sockaddr_vm *guest,
					      struct sockaddr_vm *host,
					      struct net *net)
{
	return vsock_find_connected_socket(guest, host);
}

#endif /* HAVE_VSOCK_NET */

static inline int fwd_call_bind(struct socket *sock, struct sockaddr_vm *addr,
				int size)
{
#ifdef HAVE_SOCKADDR_UNSIZED
	return sock->ops->bind(sock, (struct sockaddr_unsized *)addr, size);
#else
	return sock->ops->bind(sock, (struct sockaddr *)addr, size);
#endif
}

/* Whether a guest knows SOCK_SEQPACKET: for this, its transport looks it up. */
static inline bool fwd_ask_seqpacket_allow(struct vsock_sock *vsk, u32 cid)
{
#ifdef HAVE_SEQPACKET_ALLOW_VSK
	return vsk->transport->seqpacket_allow(vsk, cid);
#else
	return vsk->transport->seqpacket_allow(cid);
#endif
}

/* vhost_vsock takes the bytes of what it has sent from a socket's count. */
static inline void fwd_count_unsent(struct virtio_vsock_sock *vvs, size_t bytes)
{
#ifdef HAVE_BYTES_UNSENT
	spin_lock_bh(&vvs->tx_lock);
	vvs->bytes_unsent += bytes;
	spin_unlock_bh(&vvs->tx_lock);
#endif
}

/* The attributes of the request that a dump answers. */
static inline struct nlattr **fwd_dump_attrs(struct netlink_callback *cb)
{
#ifdef HAVE_GENL_INFO_DUMP
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

#endif /* _VHOST_VSOCK_FWD_COMPAT_H */
