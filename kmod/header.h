/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The header of a packet: its addresses, and what else one guest may tell another.
 * No locks and no state.
 */
#ifndef _VHOST_VSOCK_FWD_HEADER_H
#define _VHOST_VSOCK_FWD_HEADER_H

#include <asm/byteorder.h>
#include <linux/types.h>
#include <linux/virtio_vsock.h>

/**
 * struct fwd_addr - one end of a connection
 * @cid: context ID
 * @port: port
 */
struct fwd_addr {
	u32 cid;
	u32 port;
};

static inline bool fwd_addr_equal(struct fwd_addr a, struct fwd_addr b)
{
	return a.cid == b.cid && a.port == b.port;
}

static inline void fwd_header_set_src(struct virtio_vsock_hdr *hdr,
				      struct fwd_addr src)
{
	hdr->src_cid = cpu_to_le64(src.cid);
	hdr->src_port = cpu_to_le32(src.port);
}

static inline void fwd_header_set_dst(struct virtio_vsock_hdr *hdr,
				      struct fwd_addr dst)
{
	hdr->dst_cid = cpu_to_le64(dst.cid);
	hdr->dst_port = cpu_to_le32(dst.port);
}

bool fwd_header_sanitize(struct virtio_vsock_hdr *hdr, u32 payload);

#endif /* _VHOST_VSOCK_FWD_HEADER_H */
