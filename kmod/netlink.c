// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink: what there is, and what happens. The contract, with the
 * meaning of each attribute, is uapi/netlink/vhost_vsock_fwd.yaml.
 *
 * Events of guests that are in no namespace of their own are for the initial
 * network namespace. Without listeners they cost a look.
 */
#include <linux/mm.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <uapi/linux/vhost_vsock_fwd.h>

#include "compat/compat.h"
#include "connection.h"
#include "guest.h"
#include "netlink.h"
#include "rule.h"

enum {
	FWD_MCGRP_EVENTS,
};

static struct genl_family fwd_family;

/* --- rules ----------------------------------------------------------------- */

static int fwd_put_drops(struct sk_buff *msg, const struct fwd_stats *stats)
{
	struct nlattr *nest;
	int reason;

	nest = nla_nest_start(msg, VHOST_VSOCK_FWD_A_STATS_DROPS);
	if (!nest)
		return -EMSGSIZE;

	/* The attributes have the numbers of the reasons. */
	for (reason = VHOST_VSOCK_FWD_DROP_DENIED; reason < FWD_DROPS; reason++) {
		if (nla_put_u64_64bit(msg, reason,
				      atomic64_read(&stats->drops[reason]),
				      VHOST_VSOCK_FWD_A_DROPS_PAD))
			return -EMSGSIZE;
	}
	nla_nest_end(msg, nest);
	return 0;
}

static int fwd_put_counter(struct sk_buff *msg, int attribute,
			   const atomic64_t *counter)
{
	return nla_put_u64_64bit(msg, attribute, atomic64_read(counter),
				 VHOST_VSOCK_FWD_A_STATS_PAD);
}

static int fwd_put_stats(struct sk_buff *msg, const struct fwd_stats *stats)
{
	struct nlattr *nest;

	nest = nla_nest_start(msg, VHOST_VSOCK_FWD_A_RULE_STATS);
	if (!nest)
		return -EMSGSIZE;

	if (fwd_put_counter(msg, VHOST_VSOCK_FWD_A_STATS_PACKETS_FROM_GUEST,
			    &stats->packets[FWD_FROM_GUEST]) ||
	    fwd_put_counter(msg, VHOST_VSOCK_FWD_A_STATS_BYTES_FROM_GUEST,
			    &stats->bytes[FWD_FROM_GUEST]) ||
	    fwd_put_counter(msg, VHOST_VSOCK_FWD_A_STATS_PACKETS_TO_GUEST,
			    &stats->packets[FWD_TO_GUEST]) ||
	    fwd_put_counter(msg, VHOST_VSOCK_FWD_A_STATS_BYTES_TO_GUEST,
			    &stats->bytes[FWD_TO_GUEST]) ||
	    fwd_put_counter(msg, VHOST_VSOCK_FWD_A_STATS_CONNECTIONS,
			    &stats->connections) ||
	    fwd_put_drops(msg, stats))
		return -EMSGSIZE;

	nla_nest_end(msg, nest);
	return 0;
}

static int fwd_put_rule(struct sk_buff *msg, const struct fwd_rule *rule)
{
	const struct vhost_vsock_fwd_rule entry = fwd_rule_describe(rule);

	if (nla_put_u64_64bit(msg, VHOST_VSOCK_FWD_A_RULE_ID, entry.id,
			      VHOST_VSOCK_FWD_A_RULE_PAD) ||
	    nla_put_u32(msg, VHOST_VSOCK_FWD_A_RULE_FLAGS, entry.flags) ||
	    nla_put_u32(msg, VHOST_VSOCK_FWD_A_RULE_GUEST_CID,
			entry.guest_cid) ||
	    nla_put_u32(msg, VHOST_VSOCK_FWD_A_RULE_FROM_CID, entry.from_cid) ||
	    nla_put_u32(msg, VHOST_VSOCK_FWD_A_RULE_TO_CID, entry.to_cid) ||
	    nla_put_u32(msg, VHOST_VSOCK_FWD_A_RULE_PORT_FIRST,
			entry.port_first) ||
	    nla_put_u32(msg, VHOST_VSOCK_FWD_A_RULE_PORT_LAST,
			entry.port_last) ||
	    nla_put_u32(msg, VHOST_VSOCK_FWD_A_RULE_TO_PORT, entry.to_port))
		return -EMSGSIZE;
	return fwd_put_stats(msg, &rule->stats);
}

/**
 * struct fwd_rule_dump - where a dump of rules stands
 * @msg: the message
 * @cb: the dump
 * @guest_cid: only the rules of this guest, or 0
 */
struct fwd_rule_dump {
	struct sk_buff *msg;
	struct netlink_callback *cb;
	u32 guest_cid;
};

/* cb->args[0] is the id of the last rule that was told. */
static int fwd_dump_rule(const struct fwd_rule *rule, void *context)
{
	const struct fwd_rule_dump *dump = context;
	struct netlink_callback *cb = dump->cb;
	void *header;

	if (dump->guest_cid && dump->guest_cid != rule->guest->cid)
		return 0;

	header = genlmsg_put(dump->msg, NETLINK_CB(cb->skb).portid,
			     cb->nlh->nlmsg_seq, &fwd_family, NLM_F_MULTI,
			     VHOST_VSOCK_FWD_CMD_RULE_GET);
	if (!header)
		return -EMSGSIZE;
	if (fwd_put_rule(dump->msg, rule)) {
		genlmsg_cancel(dump->msg, header);
		return -EMSGSIZE;
	}
	genlmsg_end(dump->msg, header);
	cb->args[0] = rule->id;
	return 0;
}

static u32 fwd_dump_guest(struct netlink_callback *cb, int attribute)
{
	const struct nlattr *cid = fwd_dump_attrs(cb)[attribute];

	return cid ? nla_get_u32(cid) : 0;
}

static int fwd_dump_rules(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct fwd_rule_dump dump = {
		.msg = msg,
		.cb = cb,
		.guest_cid = fwd_dump_guest(cb, VHOST_VSOCK_FWD_A_RULE_GUEST_CID),
	};
	int err;

	err = fwd_rule_for_each(sock_net(msg->sk), cb->args[0], fwd_dump_rule,
				&dump);
	return err && err != -EMSGSIZE ? err : msg->len;
}

static const struct nla_policy fwd_rule_policy[] = {
	[VHOST_VSOCK_FWD_A_RULE_GUEST_CID] = { .type = NLA_U32 },
};

/* --- connections ------------------------------------------------------------- */

static int fwd_put_flow(struct sk_buff *msg, u32 guest_cid,
			const struct fwd_connection *connection)
{
	if (nla_put_u32(msg, VHOST_VSOCK_FWD_A_FLOW_GUEST_CID, guest_cid) ||
	    nla_put_u32(msg, VHOST_VSOCK_FWD_A_FLOW_GUEST_PORT,
			connection->guest_port) ||
	    nla_put_u32(msg, VHOST_VSOCK_FWD_A_FLOW_SEEN_CID,
			connection->seen.cid) ||
	    nla_put_u32(msg, VHOST_VSOCK_FWD_A_FLOW_SEEN_PORT,
			connection->seen.port) ||
	    nla_put_u16(msg, VHOST_VSOCK_FWD_A_FLOW_TYPE, connection->type))
		return -EMSGSIZE;
	if (connection->wire.cid &&
	    (nla_put_u32(msg, VHOST_VSOCK_FWD_A_FLOW_PEER_CID,
			 connection->wire.cid) ||
	     nla_put_u32(msg, VHOST_VSOCK_FWD_A_FLOW_PEER_PORT,
			 connection->wire.port)))
		return -EMSGSIZE;
	if (connection->side == FWD_SIDES)
		return 0;
	return nla_put_u32(msg, VHOST_VSOCK_FWD_A_FLOW_SIDE,
			   connection->side == FWD_BY_GUEST ?
				   VHOST_VSOCK_FWD_SIDE_GUEST :
				   VHOST_VSOCK_FWD_SIDE_PARENT);
}

/* cb->args: the snapshot, and how many of its entries were told. */
static int fwd_dump_flows_start(struct netlink_callback *cb)
{
	u32 guest_cid = fwd_dump_guest(cb, VHOST_VSOCK_FWD_A_FLOW_GUEST_CID);
	struct fwd_snapshot *snapshot;

	snapshot = fwd_rule_connections(sock_net(cb->skb->sk), guest_cid);
	if (IS_ERR(snapshot))
		return PTR_ERR(snapshot);
	cb->args[0] = (unsigned long)snapshot;
	return 0;
}

static int fwd_dump_flows(struct sk_buff *msg, struct netlink_callback *cb)
{
	const struct fwd_snapshot *snapshot = (void *)cb->args[0];

	for (; cb->args[1] < snapshot->count; cb->args[1]++) {
		const struct fwd_snapshot_entry *entry =
			&snapshot->entries[cb->args[1]];
		void *header;

		header = genlmsg_put(msg, NETLINK_CB(cb->skb).portid,
				     cb->nlh->nlmsg_seq, &fwd_family,
				     NLM_F_MULTI, VHOST_VSOCK_FWD_CMD_FLOW_GET);
		if (!header)
			break;
		if (fwd_put_flow(msg, entry->guest_cid, &entry->connection)) {
			genlmsg_cancel(msg, header);
			break;
		}
		genlmsg_end(msg, header);
	}
	return msg->len;
}

static int fwd_dump_flows_done(struct netlink_callback *cb)
{
	kvfree((void *)cb->args[0]);
	return 0;
}

static const struct nla_policy fwd_flow_policy[] = {
	[VHOST_VSOCK_FWD_A_FLOW_GUEST_CID] = { .type = NLA_U32 },
};

/* --- the family --------------------------------------------------------------- */

static const struct genl_ops fwd_ops[] = {
	{
		.cmd = VHOST_VSOCK_FWD_CMD_RULE_GET,
		.flags = GENL_ADMIN_PERM,
		.policy = fwd_rule_policy,
		.maxattr = VHOST_VSOCK_FWD_A_RULE_GUEST_CID,
		.dumpit = fwd_dump_rules,
	},
	{
		.cmd = VHOST_VSOCK_FWD_CMD_FLOW_GET,
		.flags = GENL_ADMIN_PERM,
		.policy = fwd_flow_policy,
		.maxattr = VHOST_VSOCK_FWD_A_FLOW_GUEST_CID,
		.start = fwd_dump_flows_start,
		.dumpit = fwd_dump_flows,
		.done = fwd_dump_flows_done,
	},
};

static const struct genl_multicast_group fwd_groups[] = {
	[FWD_MCGRP_EVENTS] = {
		.name = VHOST_VSOCK_FWD_MCGRP_EVENTS,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
};

static struct genl_family fwd_family __ro_after_init = {
	.name = VHOST_VSOCK_FWD_FAMILY_NAME,
	.version = VHOST_VSOCK_FWD_FAMILY_VERSION,
	.module = THIS_MODULE,
	.netnsok = true,
	.ops = fwd_ops,
	.n_ops = ARRAY_SIZE(fwd_ops),
	.resv_start_op = VHOST_VSOCK_FWD_CMD_MAX + 1,
	.mcgrps = fwd_groups,
	.n_mcgrps = ARRAY_SIZE(fwd_groups),
};

/**
 * fwd_netlink_setup() - register the family
 *
 * Requests may come in before this returns.
 *
 * Context: process, may sleep.
 * Return: 0 or a negative errno.
 */
int fwd_netlink_setup(void)
{
	BUILD_BUG_ON(FWD_DROPS != VHOST_VSOCK_FWD_A_DROPS_PAD);

	return genl_register_family(&fwd_family);
}

/**
 * fwd_netlink_teardown() - unregister the family
 *
 * Context: process, may sleep.
 */
void fwd_netlink_teardown(void)
{
	genl_unregister_family(&fwd_family);
}

/* --- events ------------------------------------------------------------------- */

/* Returns NULL if nobody listens, or without memory: listeners then miss it. */
static struct sk_buff *fwd_event_alloc(struct net *net, u8 cmd, void **header,
				       gfp_t gfp)
{
	struct sk_buff *msg;

	if (!genl_has_listeners(&fwd_family, net, FWD_MCGRP_EVENTS))
		return NULL;
	msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, gfp);
	if (!msg)
		goto lost;
	*header = genlmsg_put(msg, 0, 0, &fwd_family, 0, cmd);
	if (*header)
		return msg;
	nlmsg_free(msg);
lost:
	genl_set_err(&fwd_family, net, 0, FWD_MCGRP_EVENTS, -ENOBUFS);
	return NULL;
}

static void fwd_event_send(struct net *net, struct sk_buff *msg, void *header,
			   int err, gfp_t gfp)
{
	if (err) {
		nlmsg_free(msg);
		genl_set_err(&fwd_family, net, 0, FWD_MCGRP_EVENTS, -ENOBUFS);
		return;
	}
	genlmsg_end(msg, header);
	genlmsg_multicast_netns(&fwd_family, net, msg, 0, FWD_MCGRP_EVENTS, gfp);
}

static void fwd_event_rule(const struct fwd_rule *rule, u8 cmd)
{
	struct net *net = fwd_guest_net(rule->guest);
	struct sk_buff *msg;
	void *header;

	msg = fwd_event_alloc(net, cmd, &header, GFP_KERNEL);
	if (msg)
		fwd_event_send(net, msg, header, fwd_put_rule(msg, rule),
			       GFP_KERNEL);
}

/**
 * fwd_event_rule_added() - tell listeners of a rule that is in force
 * @rule: the rule
 *
 * Context: process, may sleep; under the rule mutex.
 */
void fwd_event_rule_added(const struct fwd_rule *rule)
{
	fwd_event_rule(rule, VHOST_VSOCK_FWD_CMD_RULE_ADD_NTF);
}

/**
 * fwd_event_rule_removed() - tell listeners of a rule that is in force no more
 * @rule: the rule
 *
 * Context: process, may sleep; under the rule mutex.
 */
void fwd_event_rule_removed(const struct fwd_rule *rule)
{
	fwd_event_rule(rule, VHOST_VSOCK_FWD_CMD_RULE_DEL_NTF);
}

/**
 * fwd_event_flow_started() - tell listeners of a request that has gone on
 * @guest: whose connection it is
 * @connection: the connection
 *
 * Context: process; does not sleep, but may take locks that do on PREEMPT_RT.
 */
void fwd_event_flow_started(const struct fwd_guest *guest,
			    const struct fwd_connection *connection)
{
	struct net *net = fwd_guest_net(guest);
	struct sk_buff *msg;
	void *header;

	msg = fwd_event_alloc(net, VHOST_VSOCK_FWD_CMD_FLOW_ADD_NTF, &header,
			      GFP_ATOMIC);
	if (msg)
		fwd_event_send(net, msg, header,
			       fwd_put_flow(msg, guest->cid, connection),
			       GFP_ATOMIC);
}

/**
 * fwd_event_flow_denied() - tell listeners of a request that was refused
 * @guest: whose connection it is not
 * @connection: the connection; its wire end may be unknown
 * @drop: why
 *
 * Context: as fwd_event_flow_started().
 */
void fwd_event_flow_denied(const struct fwd_guest *guest,
			   const struct fwd_connection *connection,
			   enum vhost_vsock_fwd_drop drop)
{
	struct net *net = fwd_guest_net(guest);
	struct sk_buff *msg;
	void *header;

	msg = fwd_event_alloc(net, VHOST_VSOCK_FWD_CMD_FLOW_DENY_NTF, &header,
			      GFP_ATOMIC);
	if (msg)
		fwd_event_send(net, msg, header,
			       fwd_put_flow(msg, guest->cid, connection) ?:
			       nla_put_u32(msg, VHOST_VSOCK_FWD_A_FLOW_DROP,
					   drop),
			       GFP_ATOMIC);
}
