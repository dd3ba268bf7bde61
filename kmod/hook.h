/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the kernel calls into this module.
 */
#ifndef _VHOST_VSOCK_FWD_HOOK_H
#define _VHOST_VSOCK_FWD_HOOK_H

int fwd_hook_preflight(void);
int fwd_hook_attach(void);
void fwd_hook_detach(void);
void fwd_hook_synchronize(void);

#endif /* _VHOST_VSOCK_FWD_HOOK_H */
