// SPDX-License-Identifier: GPL-2.0
/*
 * bind() of a protocol takes the address as struct sockaddr_unsized, from Linux
 * 6.19 on.
 */
#include <linux/net.h>

int probe(struct socket *sock, struct sockaddr_unsized *addr);

int probe(struct socket *sock, struct sockaddr_unsized *addr)
{
	return sock->ops->bind(sock, addr, 0);
}
