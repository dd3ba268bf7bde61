/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What becomes of a packet. The first function of each pair decides, where
 * nothing may sleep; the second one does what takes more.
 */
#ifndef _VHOST_VSOCK_FWD_PATH_H
#define _VHOST_VSOCK_FWD_PATH_H

#include <linux/types.h>

#include "transport.h"

struct net;
struct sk_buff;

/**
 * struct fwd_passed - a packet of a guest that the host shall have
 * @type: VIRTIO_VSOCK_TYPE_*
 * @op: VIRTIO_VSOCK_OP_*
 * @guest: the guest's end
 * @seen: the other end, as the guest knows it
 * @host_port: the host's end
 */
struct fwd_passed {
	u16 type;
	u16 op;
	struct fwd_addr guest;
	struct fwd_addr seen;
	u32 host_port;
};

bool fwd_arrival_diverts(struct sk_buff *skb);
void fwd_arrival(struct sk_buff *skb);

bool fwd_receive_diverts(struct sk_buff *skb, struct net *net);
bool fwd_receive(struct sk_buff *skb, struct net *net,
		 struct fwd_passed *passed);
void fwd_received(const struct fwd_passed *passed, struct net *net);

bool fwd_send_diverts(struct sk_buff *skb, struct net *net);
bool fwd_send_request(struct sk_buff *skb, struct net *net);

#endif /* _VHOST_VSOCK_FWD_PATH_H */
