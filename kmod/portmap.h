/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which rule of a guest decides about a port.
 */
#ifndef _VHOST_VSOCK_FWD_PORTMAP_H
#define _VHOST_VSOCK_FWD_PORTMAP_H

#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

struct fwd_rule;

/**
 * struct fwd_portmap_entry - some ports in a row
 * @first: the first of them; the last is before the next entry
 * @rule: the rule that decides, or NULL
 */
struct fwd_portmap_entry {
	u32 first;
	const struct fwd_rule *rule;
};

/**
 * struct fwd_portmap - all ports
 * @rcu: to free it after the last reader
 * @count: number of entries
 * @entries: by ascending port; the first is for port 0
 *
 * Never changes: a guest whose rules change gets a new one.
 */
struct fwd_portmap {
	struct rcu_head rcu;
	u32 count;
	struct fwd_portmap_entry entries[];
};

struct fwd_portmap *fwd_portmap_alloc(const struct list_head *rules, gfp_t gfp);
const struct fwd_rule *fwd_portmap_find(const struct fwd_portmap *map, u32 port);

#endif /* _VHOST_VSOCK_FWD_PORTMAP_H */
