// SPDX-License-Identifier: GPL-2.0
/*
 * Neither a rule nor an alias holds the network namespace that it is for: they
 * go with it.
 */
#include <net/net_namespace.h>

#include "alias.h"
#include "netns.h"
#include "rule.h"

static void __net_exit fwd_netns_exit(struct net *net)
{
	fwd_alias_flush_net(net);
	fwd_rule_flush_net(net);
}

static struct pernet_operations fwd_netns_ops = {
	.exit = fwd_netns_exit,
};

/**
 * fwd_netns_setup() - hear of namespaces that go
 *
 * Context: process, may sleep.
 * Return: 0 or a negative errno.
 */
int fwd_netns_setup(void)
{
	return register_pernet_subsys(&fwd_netns_ops);
}

/**
 * fwd_netns_teardown() - undo fwd_netns_setup()
 *
 * Context: process, may sleep.
 */
void fwd_netns_teardown(void)
{
	unregister_pernet_subsys(&fwd_netns_ops);
}
