// SPDX-License-Identifier: GPL-2.0
/*
 * Packets are socket buffers since Linux commit 71dc9ec9ac7d ("virtio/vsock:
 * replace virtio_vsock_pkt with sk_buff"), which Debian also has in its 6.1.
 */
#include <linux/virtio_vsock.h>

struct virtio_vsock_hdr *probe(struct sk_buff *skb);

struct virtio_vsock_hdr *probe(struct sk_buff *skb)
{
	return virtio_vsock_hdr(skb);
}
