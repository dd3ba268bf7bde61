/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What has become of the packets that a rule is for.
 */
#ifndef _VHOST_VSOCK_FWD_STATS_H
#define _VHOST_VSOCK_FWD_STATS_H

#include <linux/atomic.h>
#include <uapi/linux/vhost_vsock_fwd_netlink.h>

#define FWD_DROPS (VHOST_VSOCK_FWD_DROP_NOT_SENT + 1)

/**
 * enum fwd_direction - where a packet goes
 * @FWD_FROM_GUEST: from the guest to its parent
 * @FWD_TO_GUEST: to the guest
 * @FWD_DIRECTIONS: number of directions
 */
enum fwd_direction {
	FWD_FROM_GUEST,
	FWD_TO_GUEST,
	FWD_DIRECTIONS,
};

/**
 * struct fwd_stats - counters of a rule
 * @packets: how many went on
 * @bytes: of payload in them
 * @connections: how many of them asked for a connection
 * @drops: how many did not go on, by &enum vhost_vsock_fwd_drop
 *
 * Not per processor: the packets of a guest pass through its queue one by one
 * anyway.
 */
struct fwd_stats {
	atomic64_t packets[FWD_DIRECTIONS];
	atomic64_t bytes[FWD_DIRECTIONS];
	atomic64_t connections;
	atomic64_t drops[FWD_DROPS];
};

static inline void fwd_stats_count(struct fwd_stats *stats,
				   enum fwd_direction direction,
				   unsigned int bytes)
{
	atomic64_inc(&stats->packets[direction]);
	atomic64_add(bytes, &stats->bytes[direction]);
}

#endif /* _VHOST_VSOCK_FWD_STATS_H */
