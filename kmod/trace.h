/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Trace events: what a packet said, and what it says now.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vhost_vsock_fwd

#if !defined(_VHOST_VSOCK_FWD_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _VHOST_VSOCK_FWD_TRACE_H

#include <linux/tracepoint.h>
#include <linux/virtio_vsock.h>
#include <uapi/linux/vhost_vsock_fwd_netlink.h>

#include "transport.h"

#ifndef _VHOST_VSOCK_FWD_TRACE_NAMES
#define _VHOST_VSOCK_FWD_TRACE_NAMES
#define fwd_show_op(op) \
	__print_symbolic(op, \
		{ VIRTIO_VSOCK_OP_INVALID, "INVALID" }, \
		{ VIRTIO_VSOCK_OP_REQUEST, "REQUEST" }, \
		{ VIRTIO_VSOCK_OP_RESPONSE, "RESPONSE" }, \
		{ VIRTIO_VSOCK_OP_RST, "RST" }, \
		{ VIRTIO_VSOCK_OP_SHUTDOWN, "SHUTDOWN" }, \
		{ VIRTIO_VSOCK_OP_RW, "RW" }, \
		{ VIRTIO_VSOCK_OP_CREDIT_UPDATE, "CREDIT_UPDATE" }, \
		{ VIRTIO_VSOCK_OP_CREDIT_REQUEST, "CREDIT_REQUEST" })

#define fwd_show_drop(reason) \
	__print_symbolic(reason, \
		{ VHOST_VSOCK_FWD_DROP_DENIED, "denied" }, \
		{ VHOST_VSOCK_FWD_DROP_COLLISION, "collision" }, \
		{ VHOST_VSOCK_FWD_DROP_NO_ROOM, "no-room" }, \
		{ VHOST_VSOCK_FWD_DROP_STRAY, "stray" }, \
		{ VHOST_VSOCK_FWD_DROP_MALFORMED, "malformed" }, \
		{ VHOST_VSOCK_FWD_DROP_NOT_SENT, "not-sent" })
#endif

DECLARE_EVENT_CLASS(vhost_vsock_fwd_packet,
	TP_PROTO(struct fwd_addr guest, struct fwd_addr seen,
		 struct fwd_addr peer, const struct virtio_vsock_hdr *hdr),
	TP_ARGS(guest, seen, peer, hdr),
	TP_STRUCT__entry(
		__field(u32, guest_cid)
		__field(u32, guest_port)
		__field(u32, seen_cid)
		__field(u32, seen_port)
		__field(u32, peer_cid)
		__field(u32, peer_port)
		__field(u32, len)
		__field(u16, type)
		__field(u16, op)
	),
	TP_fast_assign(
		__entry->guest_cid = guest.cid;
		__entry->guest_port = guest.port;
		__entry->seen_cid = seen.cid;
		__entry->seen_port = seen.port;
		__entry->peer_cid = peer.cid;
		__entry->peer_port = peer.port;
		__entry->len = le32_to_cpu(hdr->len);
		__entry->type = le16_to_cpu(hdr->type);
		__entry->op = le16_to_cpu(hdr->op);
	),
	TP_printk("guest=%u:%u seen=%u:%u peer=%u:%u type=%u op=%s len=%u",
		  __entry->guest_cid, __entry->guest_port, __entry->seen_cid,
		  __entry->seen_port, __entry->peer_cid, __entry->peer_port,
		  __entry->type, fwd_show_op(__entry->op), __entry->len)
);

DEFINE_EVENT(vhost_vsock_fwd_packet, vhost_vsock_fwd_from_guest,
	TP_PROTO(struct fwd_addr guest, struct fwd_addr seen,
		 struct fwd_addr peer, const struct virtio_vsock_hdr *hdr),
	TP_ARGS(guest, seen, peer, hdr)
);

DEFINE_EVENT(vhost_vsock_fwd_packet, vhost_vsock_fwd_to_guest,
	TP_PROTO(struct fwd_addr guest, struct fwd_addr seen,
		 struct fwd_addr peer, const struct virtio_vsock_hdr *hdr),
	TP_ARGS(guest, seen, peer, hdr)
);

TRACE_EVENT(vhost_vsock_fwd_drop,
	TP_PROTO(struct fwd_addr src, struct fwd_addr dst,
		 const struct virtio_vsock_hdr *hdr, int reason),
	TP_ARGS(src, dst, hdr, reason),
	TP_STRUCT__entry(
		__field(u32, src_cid)
		__field(u32, src_port)
		__field(u32, dst_cid)
		__field(u32, dst_port)
		__field(u16, type)
		__field(u16, op)
		__field(int, reason)
	),
	TP_fast_assign(
		__entry->src_cid = src.cid;
		__entry->src_port = src.port;
		__entry->dst_cid = dst.cid;
		__entry->dst_port = dst.port;
		__entry->type = le16_to_cpu(hdr->type);
		__entry->op = le16_to_cpu(hdr->op);
		__entry->reason = reason;
	),
	TP_printk("src=%u:%u dst=%u:%u type=%u op=%s reason=%s",
		  __entry->src_cid, __entry->src_port, __entry->dst_cid,
		  __entry->dst_port, __entry->type, fwd_show_op(__entry->op),
		  fwd_show_drop(__entry->reason))
);

#endif /* _VHOST_VSOCK_FWD_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
