// SPDX-License-Identifier: GPL-2.0
/*
 * A socket counts the bytes that its transport has not sent since it answers
 * the SIOCOUTQ ioctl, from Linux 6.12 on.
 */
#include <linux/virtio_vsock.h>

void probe(struct virtio_vsock_sock *vvs);

void probe(struct virtio_vsock_sock *vvs)
{
	vvs->bytes_unsent++;
}
