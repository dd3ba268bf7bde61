/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What becomes of a packet. The first function of each pair decides, where
 * nothing may sleep; the second one does what takes more.
 */
#ifndef _VHOST_VSOCK_FWD_PATH_H
#define _VHOST_VSOCK_FWD_PATH_H

#include <linux/types.h>

struct net;
struct sk_buff;

bool fwd_arrival_diverts(struct sk_buff *skb);
void fwd_arrival(struct sk_buff *skb);

bool fwd_receive_diverts(struct sk_buff *skb, struct net *net);
bool fwd_receive(struct sk_buff *skb, struct net *net);

bool fwd_send_diverts(struct sk_buff *skb, struct net *net);
int fwd_send_refuse(struct sk_buff *skb);

#endif /* _VHOST_VSOCK_FWD_PATH_H */
