/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which descriptor of vhost-vsock has a CID.
 */
#ifndef _VHOST_VSOCK_FWD_LOOKUP_H
#define _VHOST_VSOCK_FWD_LOOKUP_H

#include <linux/types.h>

struct ftrace_ops;

int fwd_lookup_hook(struct ftrace_ops *ops);
void *fwd_lookup(u32 cid, unsigned long net);

#endif /* _VHOST_VSOCK_FWD_LOOKUP_H */
