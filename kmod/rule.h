/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rules: which guest sees which CID in place of which target.
 */
#ifndef _VHOST_VSOCK_FWD_RULE_H
#define _VHOST_VSOCK_FWD_RULE_H

#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#include "stats.h"

struct file;
struct fwd_guest;
struct fwd_portmap;
struct fwd_snapshot;
struct fwd_watch;
struct net;
struct vhost_vsock_fwd_rule;

/**
 * struct fwd_rule - one rule
 * @all: in the list of all rules, by ascending @id; under the rule mutex
 * @owned: in &fwd_owner.rules, empty if the rule is persistent, or in a list of
 *	rules that go; under the rule mutex
 * @of_guest: in &fwd_guest.rules; under the rule mutex
 * @guest: the guest that the rule is for
 * @owner: with whom the rule goes, or NULL if it is persistent
 * @guest_watch: the descriptor of the guest, if the rule goes with it
 * @parent_watch: that of the parent, if the rule goes with it
 * @id: see &vhost_vsock_fwd_rule.id
 * @flags: bits of &enum vhost_vsock_fwd_rule_flags
 * @first: the first of the ports that the rule is for
 * @last: the last of them
 * @to_port: what stands for @first at the target; 0 if ports stay
 * @stats: what has become of its packets
 * @map_before: what decided before the rule was revoked; under the rule mutex
 * @was_way: it was the last that let anything through, when it was revoked
 * @was_last: it was the guest's last, when it was revoked
 * @rcu: to free it after the last reader
 *
 * Packets read what describes the rule, under RCU, and count in @stats. Nothing
 * else that they see ever changes.
 */
struct fwd_rule {
	struct list_head all;
	struct list_head owned;
	struct list_head of_guest;
	struct fwd_guest *guest;
	const struct fwd_owner *owner;
	struct fwd_watch *guest_watch;
	struct fwd_watch *parent_watch;
	u64 id;
	u32 flags;
	u32 first;
	u32 last;
	u32 to_port;
	struct fwd_stats stats;
	struct fwd_portmap *map_before;
	bool was_way;
	bool was_last;
	struct rcu_head rcu;
};

/**
 * struct fwd_rule_spec - a rule that somebody asks for
 * @net: the namespace that the caller is in
 * @guest_cid: see &vhost_vsock_fwd_rule_add, as what follows
 * @from_cid:
 * @to_cid:
 * @flags:
 * @port_first:
 * @port_last:
 * @to_port:
 * @guest_file: what guest_fd is open to, or NULL
 * @parent_file: what parent_fd is open to, or NULL
 * @privileged: the caller has CAP_NET_ADMIN
 */
struct fwd_rule_spec {
	struct net *net;
	struct file *guest_file;
	struct file *parent_file;
	bool privileged;
	u32 guest_cid;
	u32 from_cid;
	u32 to_cid;
	u32 flags;
	u32 port_first;
	u32 port_last;
	u32 to_port;
};

/**
 * struct fwd_owner - who holds rules that are not persistent
 * @rules: the rules, by &fwd_rule.owned; under the rule mutex
 */
struct fwd_owner {
	struct list_head rules;
};

/* Goes on as long as it returns 0. */
typedef int (*fwd_rule_fn)(const struct fwd_rule *rule, void *context);

void fwd_owner_init(struct fwd_owner *owner);
void fwd_owner_clean(struct fwd_owner *owner);

int fwd_rule_add(struct fwd_owner *owner, const struct fwd_rule_spec *spec);
int fwd_rule_del(const struct fwd_owner *owner, struct net *net, u32 guest_cid,
		 u32 port_first, u32 port_last);
void fwd_rule_collect(void);
void fwd_rule_flush_net(struct net *net);
int fwd_rule_count(u32 *count);
int fwd_rule_for_each(struct net *net, u64 after_id, fwd_rule_fn fn,
		      void *context);
int fwd_rule_list(struct net *net, u64 after_id,
		  struct vhost_vsock_fwd_rule *entries, u32 *count);
struct vhost_vsock_fwd_rule fwd_rule_describe(const struct fwd_rule *rule);
struct fwd_snapshot *fwd_rule_connections(struct net *net, u32 guest_cid);

#endif /* _VHOST_VSOCK_FWD_RULE_H */
