/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host's vsock transport to its guests, vhost_vsock, as far as it can be
 * used through its public structures.
 */
#ifndef _VHOST_VSOCK_FWD_TRANSPORT_H
#define _VHOST_VSOCK_FWD_TRANSPORT_H

#include <linux/types.h>

#include "header.h"

struct net;
struct sk_buff;
struct sock;
struct socket;
struct vsock_transport;

#define FWD_VHOST_MODULE "vhost_vsock"

int fwd_transport_get(void);
void fwd_transport_put(void);

struct socket *fwd_transport_socket(struct net *net, u32 cid);
struct vsock_transport *fwd_transport(void);

int fwd_transport_send(struct sk_buff *skb, struct net *net);
void fwd_transport_receive(struct sk_buff *skb, struct net *net);

void fwd_send_reset(struct net *net, u16 type, struct fwd_addr from,
		    struct fwd_addr to);
void fwd_answer_reset(struct net *net, u16 type, struct fwd_addr from,
		      struct fwd_addr to);
void fwd_receive_reset(struct net *net, u16 type, struct fwd_addr from,
		       u32 host_port);

#endif /* _VHOST_VSOCK_FWD_TRANSPORT_H */
