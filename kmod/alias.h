/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Another CID by which programs of the host may bind.
 */
#ifndef _VHOST_VSOCK_FWD_ALIAS_H
#define _VHOST_VSOCK_FWD_ALIAS_H

#include <linux/types.h>

struct net;

int fwd_alias_set(struct net *net, u32 cid);
int fwd_alias_clear(struct net *net);
u32 fwd_alias_get(struct net *net);
void fwd_alias_flush_net(struct net *net);

#endif /* _VHOST_VSOCK_FWD_ALIAS_H */
