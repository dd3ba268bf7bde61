// SPDX-License-Identifier: GPL-2.0
/*
 * The rules, and when the hooks are needed.
 *
 * Packets read the table under RCU. Everything that changes a rule holds
 * fwd_rule_mutex. The hooks are attached before the first rule is published,
 * and detached after the last one is gone, so that a packet never sees a rule
 * with only one of the hooks in place.
 */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/vm_sockets.h>
#include <uapi/linux/vhost_vsock_fwd.h>

#include "hook.h"
#include "rule.h"

#define FWD_CID_GUEST_MIN (VMADDR_CID_HOST + 1)
#define FWD_CID_GUEST_MAX (VMADDR_CID_ANY - 1)

static const struct rhashtable_params fwd_rule_params = {
	.key_len = sizeof_field(struct fwd_rule, guest_cid),
	.key_offset = offsetof(struct fwd_rule, guest_cid),
	.head_offset = offsetof(struct fwd_rule, node),
	.automatic_shrinking = true,
};

static struct rhashtable fwd_rule_table;

static DEFINE_MUTEX(fwd_rule_mutex);
static LIST_HEAD(fwd_rules);
static u32 fwd_rules_count;
static u64 fwd_rule_last_id;

static bool fwd_is_guest_cid(u32 cid)
{
	return cid >= FWD_CID_GUEST_MIN && cid <= FWD_CID_GUEST_MAX;
}

static int fwd_rule_check(u32 guest_cid, u32 from_cid, u32 to_cid, u32 flags)
{
	if (flags & ~VHOST_VSOCK_FWD_RULE_PERSIST)
		return -EOPNOTSUPP;
	if (!fwd_is_guest_cid(guest_cid) || !fwd_is_guest_cid(from_cid))
		return -EINVAL;
	if (from_cid == guest_cid || from_cid == to_cid || to_cid == guest_cid)
		return -EINVAL;
	if (to_cid == VMADDR_CID_HOST)
		return 0;
	return fwd_is_guest_cid(to_cid) ? -EOPNOTSUPP : -EINVAL;
}

/*
 * Hold the hooks for one rule more. They hold this module: without its rules
 * the guests would be cut off, so it is not unloaded by accident.
 */
static int fwd_hooks_get(void)
{
	int err;

	lockdep_assert_held(&fwd_rule_mutex);

	if (fwd_rules_count == VHOST_VSOCK_FWD_RULES_MAX)
		return -ENOSPC;

	if (!fwd_rules_count) {
		err = fwd_hook_attach();
		if (err)
			return err;
		__module_get(THIS_MODULE);
	}
	fwd_rules_count++;
	return 0;
}

static void fwd_hooks_put(void)
{
	lockdep_assert_held(&fwd_rule_mutex);

	if (!--fwd_rules_count) {
		fwd_hook_detach();
		module_put(THIS_MODULE);
	}
}

static int fwd_rule_publish(struct fwd_rule *rule, struct fwd_owner *owner)
{
	int err;

	lockdep_assert_held(&fwd_rule_mutex);

	err = fwd_hooks_get();
	if (err)
		return err;

	err = rhashtable_lookup_insert_fast(&fwd_rule_table, &rule->node,
					    fwd_rule_params);
	if (err) {
		fwd_hooks_put();
		return err;
	}

	rule->id = ++fwd_rule_last_id;
	list_add_tail(&rule->all, &fwd_rules);
	INIT_LIST_HEAD(&rule->owned);
	if (!(rule->flags & VHOST_VSOCK_FWD_RULE_PERSIST))
		list_add_tail(&rule->owned, &owner->rules);
	return 0;
}

static void fwd_rule_remove(struct fwd_rule *rule)
{
	lockdep_assert_held(&fwd_rule_mutex);

	rhashtable_remove_fast(&fwd_rule_table, &rule->node, fwd_rule_params);
	list_del(&rule->all);
	list_del(&rule->owned);
	kfree_rcu(rule, rcu);
	fwd_hooks_put();
}

/**
 * fwd_rule_setup() - make the empty table
 *
 * Context: process, may sleep.
 * Return: 0 or a negative errno.
 */
int fwd_rule_setup(void)
{
	return rhashtable_init(&fwd_rule_table, &fwd_rule_params);
}

/**
 * fwd_rule_teardown() - free the table
 *
 * There is no rule: a rule holds the module.
 *
 * Context: process, may sleep.
 */
void fwd_rule_teardown(void)
{
	rhashtable_destroy(&fwd_rule_table);
}

/**
 * fwd_owner_init() - prepare an owner that has no rules yet
 * @owner: the owner
 *
 * Context: any.
 */
void fwd_owner_init(struct fwd_owner *owner)
{
	INIT_LIST_HEAD(&owner->rules);
}

/**
 * fwd_owner_clean() - remove the rules that go with their owner
 * @owner: the owner
 *
 * Context: process, may sleep. Takes the rule mutex.
 */
void fwd_owner_clean(struct fwd_owner *owner)
{
	struct fwd_rule *rule, *next;

	mutex_lock(&fwd_rule_mutex);
	list_for_each_entry_safe(rule, next, &owner->rules, owned)
		fwd_rule_remove(rule);
	mutex_unlock(&fwd_rule_mutex);
}

/**
 * fwd_rule_add() - add a rule
 * @owner: with whom the rule goes, unless it is persistent
 * @guest_cid: the guest that the rule is for
 * @from_cid: the CID that the guest uses
 * @to_cid: the CID that it reaches
 * @flags: bits of &enum vhost_vsock_fwd_rule_flags
 *
 * Context: process, may sleep. Takes the rule mutex.
 * Return: 0 or a negative errno, see &struct vhost_vsock_fwd_rule_add.
 */
int fwd_rule_add(struct fwd_owner *owner, u32 guest_cid, u32 from_cid,
		 u32 to_cid, u32 flags)
{
	struct fwd_rule *rule;
	int err;

	err = fwd_rule_check(guest_cid, from_cid, to_cid, flags);
	if (err)
		return err;

	rule = kzalloc(sizeof(*rule), GFP_KERNEL_ACCOUNT);
	if (!rule)
		return -ENOMEM;

	rule->guest_cid = guest_cid;
	rule->from_cid = from_cid;
	rule->to_cid = to_cid;
	rule->flags = flags;

	if (mutex_lock_interruptible(&fwd_rule_mutex)) {
		err = -EINTR;
	} else {
		err = fwd_rule_publish(rule, owner);
		mutex_unlock(&fwd_rule_mutex);
	}
	if (err)
		kfree(rule);
	return err;
}

/**
 * fwd_rule_del() - remove the rule of a guest
 * @guest_cid: the guest
 *
 * Context: process, may sleep. Takes the rule mutex.
 * Return: 0, or -EINVAL, -ENOENT or -EINTR.
 */
int fwd_rule_del(u32 guest_cid)
{
	struct fwd_rule *rule;

	if (!fwd_is_guest_cid(guest_cid))
		return -EINVAL;
	if (mutex_lock_interruptible(&fwd_rule_mutex))
		return -EINTR;

	rule = rhashtable_lookup_fast(&fwd_rule_table, &guest_cid,
				      fwd_rule_params);
	if (rule)
		fwd_rule_remove(rule);

	mutex_unlock(&fwd_rule_mutex);
	return rule ? 0 : -ENOENT;
}

/**
 * fwd_rule_count() - how many rules there are
 * @count: set on success
 *
 * Context: process, may sleep. Takes the rule mutex.
 * Return: 0 or -EINTR.
 */
int fwd_rule_count(u32 *count)
{
	if (mutex_lock_interruptible(&fwd_rule_mutex))
		return -EINTR;
	*count = fwd_rules_count;
	mutex_unlock(&fwd_rule_mutex);
	return 0;
}

/**
 * fwd_rule_list() - describe rules, in the order of their ids
 * @after_id: skip the rules up to this one
 * @entries: array for the descriptions
 * @count: in: its length. out: number of entries set
 *
 * Context: process, may sleep. Takes the rule mutex.
 * Return: 0 or -EINTR.
 */
int fwd_rule_list(u64 after_id, struct vhost_vsock_fwd_rule *entries,
		  u32 *count)
{
	const struct fwd_rule *rule;
	u32 n = 0;

	if (mutex_lock_interruptible(&fwd_rule_mutex))
		return -EINTR;

	list_for_each_entry(rule, &fwd_rules, all) {
		if (rule->id <= after_id)
			continue;
		if (n == *count)
			break;
		entries[n++] = (struct vhost_vsock_fwd_rule){
			.id = rule->id,
			.flags = rule->flags,
			.guest_cid = rule->guest_cid,
			.from_cid = rule->from_cid,
			.to_cid = rule->to_cid,
		};
	}

	mutex_unlock(&fwd_rule_mutex);
	*count = n;
	return 0;
}

/**
 * fwd_rule_find() - the rule of a guest
 * @guest_cid: the guest, as it stands in a packet: 64 bits
 *
 * Context: any. The caller holds rcu_read_lock() while it uses the rule.
 * Return: the rule, or NULL.
 */
const struct fwd_rule *fwd_rule_find(u64 guest_cid)
{
	u32 key = guest_cid;

	if (key != guest_cid)
		return NULL;
	return rhashtable_lookup(&fwd_rule_table, &key, fwd_rule_params);
}
