/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rules: which guest sees which CID in place of which target.
 */
#ifndef _VHOST_VSOCK_FWD_RULE_H
#define _VHOST_VSOCK_FWD_RULE_H

#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/rhashtable-types.h>
#include <linux/types.h>

struct vhost_vsock_fwd_rule;

/**
 * struct fwd_rule - one rule
 * @node: in the table, by @guest_cid; read under RCU
 * @all: in the list of all rules, by ascending @id; under the rule mutex
 * @owned: in &fwd_owner.rules, or empty if the rule is persistent; under the
 *	rule mutex
 * @rcu: to free it after the last reader
 * @id: see &vhost_vsock_fwd_rule.id
 * @guest_cid: the guest that the rule is for
 * @from_cid: the CID that the guest uses
 * @to_cid: the CID that it reaches
 * @flags: bits of &enum vhost_vsock_fwd_rule_flags
 *
 * What a packet needs stands beside @node, and none of it ever changes.
 */
struct fwd_rule {
	struct rhash_head node;
	u32 guest_cid;
	u32 from_cid;
	u32 to_cid;
	u32 flags;
	struct list_head all;
	struct list_head owned;
	struct rcu_head rcu;
	u64 id;
};

/**
 * struct fwd_owner - who holds rules that are not persistent
 * @rules: the rules, by &fwd_rule.owned; under the rule mutex
 */
struct fwd_owner {
	struct list_head rules;
};

int fwd_rule_setup(void);
void fwd_rule_teardown(void);

void fwd_owner_init(struct fwd_owner *owner);
void fwd_owner_clean(struct fwd_owner *owner);

int fwd_rule_add(struct fwd_owner *owner, u32 guest_cid, u32 from_cid,
		 u32 to_cid, u32 flags);
int fwd_rule_del(u32 guest_cid);
int fwd_rule_count(u32 *count);
int fwd_rule_list(u64 after_id, struct vhost_vsock_fwd_rule *entries,
		  u32 *count);

const struct fwd_rule *fwd_rule_find(u64 guest_cid);

#endif /* _VHOST_VSOCK_FWD_RULE_H */
