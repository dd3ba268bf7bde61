// SPDX-License-Identifier: GPL-2.0
/*
 * Network namespaces have vsock modes, and transports pass the namespace along
 * with each packet, from Linux 7.0 on.
 */
#include <linux/virtio_vsock.h>

void probe(struct virtio_transport *t, struct sk_buff *skb, struct net *net);

void probe(struct virtio_transport *t, struct sk_buff *skb, struct net *net)
{
	t->send_pkt(skb, net);
	virtio_transport_recv_pkt(t, skb, net);
}
