/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a rule does to a packet header: pure arithmetic on the header, without
 * hooks, locks or allocations, so that it also builds in userspace.
 */
#ifndef _VHOST_VSOCK_FWD_REWRITE_H
#define _VHOST_VSOCK_FWD_REWRITE_H

#include <linux/virtio_vsock.h>

/**
 * fwd_rewrite_dst() - turn the alias that a guest dialled into the real target
 * @hdr: header of a packet from the guest
 * @from: the alias
 * @to: the target
 *
 * The CIDs of a header have 64 bits, and all of them count: a guest that sets
 * high bits has not dialled the alias.
 *
 * Context: any.
 */
static inline void fwd_rewrite_dst(struct virtio_vsock_hdr *hdr, u32 from,
				   u32 to)
{
	if (le64_to_cpu(hdr->dst_cid) == from)
		hdr->dst_cid = cpu_to_le64(to);
}

/**
 * fwd_rewrite_src() - let a packet to a guest come from the alias
 * @hdr: header of a packet to the guest
 * @from: the alias
 * @to: the target, whose packet this is
 *
 * Context: any.
 */
static inline void fwd_rewrite_src(struct virtio_vsock_hdr *hdr, u32 from,
				   u32 to)
{
	if (le64_to_cpu(hdr->src_cid) == to)
		hdr->src_cid = cpu_to_le64(from);
}

#endif /* _VHOST_VSOCK_FWD_REWRITE_H */
