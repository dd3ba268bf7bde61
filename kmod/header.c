// SPDX-License-Identifier: GPL-2.0
/*
 * What one guest may tell another in the header of a packet.
 */
#include "header.h"

/**
 * fwd_header_sanitize() - leave nothing in a header that no guest has to expect
 * @hdr: the header, as its guest has sent it; the addresses do not matter
 * @payload: bytes of payload that really came with it
 *
 * Unknown flags go, and the length becomes that of the payload.
 *
 * Context: any.
 * Return: whether the packet may go on.
 */
bool fwd_header_sanitize(struct virtio_vsock_hdr *hdr, u32 payload)
{
	u32 allowed = 0;

	switch (le16_to_cpu(hdr->type)) {
	case VIRTIO_VSOCK_TYPE_STREAM:
	case VIRTIO_VSOCK_TYPE_SEQPACKET:
		break;
	default:
		return false;
	}

	switch (le16_to_cpu(hdr->op)) {
	case VIRTIO_VSOCK_OP_RW:
		allowed = VIRTIO_VSOCK_SEQ_EOM | VIRTIO_VSOCK_SEQ_EOR;
		break;
	case VIRTIO_VSOCK_OP_SHUTDOWN:
		allowed = VIRTIO_VSOCK_SHUTDOWN_RCV | VIRTIO_VSOCK_SHUTDOWN_SEND;
		break;
	case VIRTIO_VSOCK_OP_REQUEST:
	case VIRTIO_VSOCK_OP_RESPONSE:
	case VIRTIO_VSOCK_OP_RST:
	case VIRTIO_VSOCK_OP_CREDIT_UPDATE:
	case VIRTIO_VSOCK_OP_CREDIT_REQUEST:
		break;
	default:
		return false;
	}

	/* Only data has a payload. */
	if (payload && hdr->op != cpu_to_le16(VIRTIO_VSOCK_OP_RW))
		return false;

	hdr->flags &= cpu_to_le32(allowed);
	hdr->len = cpu_to_le32(payload);
	return true;
}
