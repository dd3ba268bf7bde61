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
 * struct fwd_reset - a packet by which a guest may have ended a connection
 * @is_one: it has
 * @guest: the guest's end
 * @host_port: the host's end
 */
struct fwd_reset {
	bool is_one;
	struct fwd_addr guest;
	u32 host_port;
};

bool fwd_arrival_diverts(struct sk_buff *skb);
void fwd_arrival(struct sk_buff *skb);

bool fwd_receive_diverts(struct sk_buff *skb, struct net *net);
bool fwd_receive(struct sk_buff *skb, struct net *net, struct fwd_reset *reset);
void fwd_received(const struct fwd_reset *reset, struct net *net);

bool fwd_send_diverts(struct sk_buff *skb, struct net *net);
bool fwd_send_request(struct sk_buff *skb, struct net *net);

#endif /* _VHOST_VSOCK_FWD_PATH_H */
