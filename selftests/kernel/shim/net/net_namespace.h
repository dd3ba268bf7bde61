/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_NET_NET_NAMESPACE_H
#define SHIM_NET_NET_NAMESPACE_H

struct net {
  char unused;
};

static struct net init_net __attribute__((unused));

#endif /* SHIM_NET_NET_NAMESPACE_H */
