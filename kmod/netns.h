/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Network namespaces that go.
 */
#ifndef _VHOST_VSOCK_FWD_NETNS_H
#define _VHOST_VSOCK_FWD_NETNS_H

int fwd_netns_setup(void);
void fwd_netns_teardown(void);

#endif /* _VHOST_VSOCK_FWD_NETNS_H */
