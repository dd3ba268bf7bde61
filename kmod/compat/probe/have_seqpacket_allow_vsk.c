// SPDX-License-Identifier: GPL-2.0
/*
 * A transport looks for the peer in the namespace of a socket, where there are
 * vsock namespaces.
 */
#include <net/af_vsock.h>

bool probe(const struct vsock_transport *transport, struct vsock_sock *vsk);

bool probe(const struct vsock_transport *transport, struct vsock_sock *vsk)
{
	return transport->seqpacket_allow(vsk, 3);
}
