/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Generic netlink: what there is, and what happens.
 */
#ifndef _VHOST_VSOCK_FWD_NETLINK_H
#define _VHOST_VSOCK_FWD_NETLINK_H

#include <uapi/linux/vhost_vsock_fwd_netlink.h>

struct fwd_connection;
struct fwd_guest;
struct fwd_rule;

int fwd_netlink_setup(void);
void fwd_netlink_teardown(void);

void fwd_event_rule_added(const struct fwd_rule *rule);
void fwd_event_rule_removed(const struct fwd_rule *rule);
void fwd_event_flow_started(const struct fwd_guest *guest,
			    const struct fwd_connection *connection);
void fwd_event_flow_denied(const struct fwd_guest *guest,
			   const struct fwd_connection *connection,
			   enum vhost_vsock_fwd_drop drop);

#endif /* _VHOST_VSOCK_FWD_NETLINK_H */
