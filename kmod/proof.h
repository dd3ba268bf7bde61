/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whose guest it is.
 */
#ifndef _VHOST_VSOCK_FWD_PROOF_H
#define _VHOST_VSOCK_FWD_PROOF_H

#include <linux/types.h>

struct file;
struct net;

bool fwd_is_vhost_vsock(const struct file *file);
int fwd_proof(const struct file *file, struct net *net, u32 cid);

#endif /* _VHOST_VSOCK_FWD_PROOF_H */
