// SPDX-License-Identifier: GPL-2.0
/*
 * The rules, and when the hooks are needed.
 *
 * Everything that changes a rule or a guest holds fwd_rule_mutex. The hooks are
 * attached before the first rule is published, and detached after the last one
 * is gone, so that a packet never sees a rule without all of the hooks.
 */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/vm_sockets.h>
#include <uapi/linux/vhost_vsock_fwd.h>

#include "compat/compat.h"
#include "connection.h"
#include "flow.h"
#include "guest.h"
#include "hook.h"
#include "netlink.h"
#include "portmap.h"
#include "proof.h"
#include "rule.h"
#include "sibling.h"
#include "watch.h"

#define FWD_CID_GUEST_MIN (VMADDR_CID_HOST + 1)
#define FWD_CID_GUEST_MAX (VMADDR_CID_ANY - 1)
#define FWD_PORT_MAX (VMADDR_PORT_ANY - 1)

static DEFINE_MUTEX(fwd_rule_mutex);
static LIST_HEAD(fwd_rules);
static u32 fwd_rules_count;
static u64 fwd_rule_last_id;

static bool fwd_is_guest_cid(u32 cid)
{
	return cid >= FWD_CID_GUEST_MIN && cid <= FWD_CID_GUEST_MAX;
}

static bool fwd_denies(const struct fwd_rule *rule)
{
	return rule->flags & VHOST_VSOCK_FWD_RULE_DENY;
}

static int fwd_check_cids(const struct fwd_rule_spec *spec)
{
	if (!fwd_is_guest_cid(spec->guest_cid) ||
	    !fwd_is_guest_cid(spec->from_cid) ||
	    spec->from_cid == spec->guest_cid)
		return -EINVAL;
	if (spec->flags & VHOST_VSOCK_FWD_RULE_DENY)
		return spec->to_cid ? -EINVAL : 0;
	if (spec->to_cid != VMADDR_CID_HOST && !fwd_is_guest_cid(spec->to_cid))
		return -EINVAL;
	if (spec->to_cid == spec->from_cid || spec->to_cid == spec->guest_cid)
		return -EINVAL;
	return 0;
}

static int fwd_check_port_range(u32 first, u32 last)
{
	if (!first && !last)
		return 0;
	return first && first <= last && last <= FWD_PORT_MAX ? 0 : -EINVAL;
}

static int fwd_check_ports(const struct fwd_rule_spec *spec)
{
	int err = fwd_check_port_range(spec->port_first, spec->port_last);

	if (err || !spec->to_port)
		return err;
	if (!spec->port_first || spec->flags & VHOST_VSOCK_FWD_RULE_DENY)
		return -EINVAL;
	if (spec->to_port > FWD_PORT_MAX - (spec->port_last - spec->port_first))
		return -EINVAL;
	return 0;
}

static int fwd_check(const struct fwd_rule_spec *spec)
{
	int err;

	if (spec->flags & ~(VHOST_VSOCK_FWD_RULE_PERSIST |
			    VHOST_VSOCK_FWD_RULE_DENY |
			    VHOST_VSOCK_FWD_RULE_GUEST_FD |
			    VHOST_VSOCK_FWD_RULE_PARENT_FD))
		return -EOPNOTSUPP;
	if (spec->flags & VHOST_VSOCK_FWD_RULE_PERSIST &&
	    spec->flags & (VHOST_VSOCK_FWD_RULE_GUEST_FD |
			   VHOST_VSOCK_FWD_RULE_PARENT_FD))
		return -EINVAL;
	if (spec->parent_file && spec->to_cid <= VMADDR_CID_HOST)
		return -EINVAL;

	err = fwd_check_cids(spec);
	return err ?: fwd_check_ports(spec);
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

/* --- the guest of a rule ------------------------------------------------- */

static bool fwd_is_inside(const struct fwd_rule *inner,
			  const struct fwd_rule *outer)
{
	return inner->first >= outer->first && inner->last <= outer->last;
}

static bool fwd_is_apart(const struct fwd_rule *a, const struct fwd_rule *b)
{
	return a->last < b->first || b->last < a->first;
}

/* Whether a rule can join those that a guest has already. */
static int fwd_guest_accepts(const struct fwd_guest *guest,
			     const struct fwd_rule *new,
			     const struct fwd_rule_spec *spec)
{
	const struct fwd_rule *rule;
	u32 count = 0;

	if (guest->from_cid != spec->from_cid)
		return -EINVAL;
	if (guest->to_cid && spec->to_cid && guest->to_cid != spec->to_cid)
		return -EINVAL;

	list_for_each_entry(rule, &guest->rules, of_guest) {
		count++;
		if (fwd_is_apart(rule, new))
			continue;
		if (fwd_is_inside(rule, new) == fwd_is_inside(new, rule))
			return -EEXIST;
	}
	return count < VHOST_VSOCK_FWD_GUEST_RULES_MAX ? 0 : -ENOSPC;
}

/* No packet uses the sibling any more. */
static void fwd_guest_drop_sibling(struct fwd_guest *guest)
{
	if (guest->sibling)
		fwd_sibling_free(guest->sibling);
	guest->sibling = NULL;
}

/* Takes the parent away from a guest that has no way to it any more. */
static void fwd_guest_orphan(struct fwd_guest *guest)
{
	WRITE_ONCE(guest->to_cid, 0);
	if (guest->sibling)
		fwd_hook_synchronize();
	fwd_guest_drop_sibling(guest);
}

/*
 * What a guest needs before packets go to its new parent: the connections that
 * it has with the host stay what they are, and there is a way to a sibling.
 */
static int fwd_guest_prepare_parent(struct fwd_guest *guest, u32 to_cid)
{
	struct fwd_sibling *sibling;

	if (!to_cid || guest->to_cid)
		return 0;
	if (to_cid == VMADDR_CID_HOST)
		return fwd_connections_remember(guest);

	sibling = fwd_sibling_alloc(guest, to_cid);
	if (IS_ERR(sibling))
		return PTR_ERR(sibling);
	guest->sibling = sibling;
	return 0;
}

static bool fwd_every_connection(const struct fwd_connection *connection,
				 const void *context)
{
	return true;
}

/* Forgets what fwd_guest_prepare_parent() has done, while no packet knows. */
static void fwd_guest_unprepare_parent(struct fwd_guest *guest, u32 to_cid)
{
	struct fwd_connection connection;

	if (!to_cid || guest->to_cid)
		return;
	while (fwd_flow_take(guest, fwd_every_connection, NULL, &connection))
		;
	fwd_guest_drop_sibling(guest);
}

/* A guest stays while the mutex is held. */
static struct fwd_guest *fwd_guest_of(struct net *net, u32 cid)
{
	struct fwd_guest *guest;

	rcu_read_lock();
	guest = fwd_guest_find(fwd_net_pool(net), cid);
	rcu_read_unlock();
	return guest;
}

static struct fwd_guest *fwd_guest_get(const struct fwd_rule_spec *spec)
{
	return fwd_guest_of(spec->net, spec->guest_cid) ?:
	       fwd_guest_alloc(fwd_net_pool(spec->net), spec->guest_cid,
			       spec->from_cid);
}

/* A guest is there for its rules. */
static void fwd_guest_put(struct fwd_guest *guest)
{
	if (list_empty(&guest->rules))
		fwd_guest_free(guest);
}

/* Puts a rule in force. On failure all is as it was before. */
static int fwd_guest_enforce(struct fwd_guest *guest, struct fwd_rule *rule,
			     u32 to_cid)
{
	const bool is_new = list_empty(&guest->rules);
	struct fwd_portmap *map;
	int err;

	list_add_tail(&rule->of_guest, &guest->rules);
	map = fwd_portmap_alloc(&guest->rules, GFP_KERNEL_ACCOUNT);
	if (!map) {
		err = -ENOMEM;
		goto unlist;
	}

	err = fwd_guest_prepare_parent(guest, to_cid);
	if (err)
		goto unprepare;

	if (is_new) {
		RCU_INIT_POINTER(guest->map, map);
		guest->to_cid = to_cid;
		err = fwd_guest_publish(guest);
		if (!err)
			return 0;
		RCU_INIT_POINTER(guest->map, NULL);
		guest->to_cid = 0;
		goto unprepare;
	}

	if (to_cid && !guest->to_cid) {
		/* Pairs with fwd_guest_parent(): packets find the sibling. */
		smp_store_release(&guest->to_cid, to_cid);
	}
	map = rcu_replace_pointer(guest->map, map,
				  lockdep_is_held(&fwd_rule_mutex));
	kfree_rcu(map, rcu);
	return 0;

unprepare:
	fwd_guest_unprepare_parent(guest, to_cid);
	kfree(map);
unlist:
	list_del(&rule->of_guest);
	return err;
}

static bool fwd_was_let_through(const struct fwd_connection *connection,
				const void *context)
{
	const struct fwd_rule *rule = context;
	u32 port = connection->seen.port;

	if (connection->seen.cid != rule->guest->from_cid)
		return false;
	return rule->was_way || fwd_portmap_find(rule->map_before, port) == rule;
}

static bool fwd_guest_has_way(const struct fwd_guest *guest)
{
	const struct fwd_rule *rule;

	list_for_each_entry(rule, &guest->rules, of_guest) {
		if (!fwd_denies(rule))
			return true;
	}
	return false;
}

/*
 * Takes a rule out of force: no connection starts by it any more. Those that it
 * has let through go on, until fwd_guest_release().
 */
static void fwd_guest_revoke(struct fwd_guest *guest, struct fwd_rule *rule)
{
	struct fwd_portmap *map;

	list_del(&rule->of_guest);
	rule->was_way = !fwd_denies(rule) && !fwd_guest_has_way(guest);
	rule->was_last = list_empty(&guest->rules);

	map = fwd_portmap_alloc(&guest->rules,
				GFP_KERNEL_ACCOUNT | __GFP_NOFAIL);
	rule->map_before = rcu_replace_pointer(guest->map, map,
					       lockdep_is_held(&fwd_rule_mutex));
}

/* Packets pass the guest by from now on. */
static void fwd_guest_close(struct fwd_guest *guest)
{
	struct fwd_connection connection;

	fwd_guest_withdraw(guest);
	raw_spin_lock(&guest->lock);
	guest->gone = true;
	raw_spin_unlock(&guest->lock);

	while (fwd_flow_take(guest, fwd_every_connection, NULL, &connection))
		;
}

/* Ends the connections that a rule has let through, and what it needed. */
static void fwd_guest_release(struct fwd_guest *guest, struct fwd_rule *rule)
{
	if (!fwd_denies(rule))
		fwd_connections_reset(guest, fwd_was_let_through, rule);
	kfree_rcu(rule->map_before, rcu);

	if (rule->was_last)
		fwd_guest_close(guest);
	if (rule->was_way)
		fwd_guest_orphan(guest);
	if (rule->was_last)
		fwd_guest_free(guest);
}

/* --- whose guest it is -------------------------------------------------------- */

/*
 * What a caller without CAP_NET_ADMIN may do: rule a guest that it runs, for a
 * parent that it runs or that is the host, unless somebody else has rules for
 * that guest.
 */
static int fwd_permit(const struct fwd_owner *owner,
		      const struct fwd_guest *guest,
		      const struct fwd_rule_spec *spec)
{
	const struct fwd_rule *rule;

	if (spec->privileged)
		return 0;
	if (!spec->guest_file)
		return -EPERM;
	if (spec->to_cid > VMADDR_CID_HOST && !spec->parent_file)
		return -EPERM;
	list_for_each_entry(rule, &guest->rules, of_guest) {
		if (rule->owner != owner)
			return -EPERM;
	}
	return fwd_rules_count < VHOST_VSOCK_FWD_RULES_MAX / 2 ? 0 : -ENOSPC;
}

/* Before anything is done for it: the rest of a proof takes hooks. */
static int fwd_check_files(const struct fwd_rule_spec *spec)
{
	if ((spec->guest_file && !fwd_is_vhost_vsock(spec->guest_file)) ||
	    (spec->parent_file && !fwd_is_vhost_vsock(spec->parent_file)))
		return -EBADF;
	return 0;
}

/* Watched first: from then on, nothing that ends the proof is missed. */
static int fwd_attest(struct fwd_watch **watch, struct file *file,
		      struct fwd_guest *guest, struct net *net, u32 cid)
{
	if (!file)
		return 0;

	*watch = fwd_watch_add(file, cid, guest);
	if (IS_ERR(*watch)) {
		int err = PTR_ERR(*watch);

		*watch = NULL;
		return err;
	}
	return fwd_proof(file, net, cid);
}

static void fwd_rule_unwatch(struct fwd_rule *rule)
{
	fwd_watch_del(rule->guest_watch);
	fwd_watch_del(rule->parent_watch);
}

static int fwd_rule_attest(struct fwd_rule *rule,
			   const struct fwd_rule_spec *spec)
{
	int err;

	err = fwd_attest(&rule->guest_watch, spec->guest_file, rule->guest,
			 spec->net, spec->guest_cid);
	if (!err)
		err = fwd_attest(&rule->parent_watch, spec->parent_file,
				 rule->guest, spec->net, spec->to_cid);
	if (err)
		fwd_rule_unwatch(rule);
	return err;
}

static bool fwd_watch_has_ended(const struct fwd_watch *watch)
{
	return watch && READ_ONCE(watch->ended);
}

static bool fwd_rule_has_ended(const struct fwd_rule *rule)
{
	return fwd_watch_has_ended(rule->guest_watch) ||
	       fwd_watch_has_ended(rule->parent_watch);
}

static bool fwd_guest_has_ended(const struct fwd_guest *guest)
{
	const struct fwd_rule *rule;

	list_for_each_entry(rule, &guest->rules, of_guest) {
		if (fwd_rule_has_ended(rule))
			return true;
	}
	return false;
}

/*
 * What rules a guest has left are for whoever has its CID now, unless another
 * descriptor has ended meanwhile.
 */
static void fwd_guest_resume(struct fwd_guest *guest)
{
	if (!READ_ONCE(guest->suspended) || fwd_guest_has_ended(guest))
		return;
	WRITE_ONCE(guest->suspended, false);
	/* Pairs with fwd_watch_end(). */
	smp_mb();
	if (fwd_guest_has_ended(guest))
		WRITE_ONCE(guest->suspended, true);
}

/* --- rules ----------------------------------------------------------------- */

static int fwd_rule_publish(struct fwd_rule *rule, struct fwd_owner *owner,
			    const struct fwd_rule_spec *spec)
{
	struct fwd_guest *guest;
	int err;

	lockdep_assert_held(&fwd_rule_mutex);

	guest = fwd_guest_get(spec);
	if (!guest)
		return -ENOMEM;
	err = fwd_permit(owner, guest, spec);
	if (err)
		goto put_guest;
	err = fwd_guest_accepts(guest, rule, spec) ?: fwd_check_files(spec);
	if (err)
		goto put_guest;
	err = fwd_hooks_get();
	if (err)
		goto put_guest;

	rule->guest = guest;
	rule->id = fwd_rule_last_id + 1;
	err = fwd_rule_attest(rule, spec);
	if (err)
		goto put_hooks;
	err = fwd_guest_enforce(guest, rule, spec->to_cid);
	if (err)
		goto unwatch;

	fwd_rule_last_id++;
	list_add_tail(&rule->all, &fwd_rules);
	INIT_LIST_HEAD(&rule->owned);
	if (!(rule->flags & VHOST_VSOCK_FWD_RULE_PERSIST)) {
		list_add_tail(&rule->owned, &owner->rules);
		rule->owner = owner;
	}
	fwd_event_rule_added(rule);
	return 0;

unwatch:
	fwd_rule_unwatch(rule);
put_hooks:
	fwd_hooks_put();
put_guest:
	fwd_guest_put(guest);
	return err;
}

/* Gathers rules that are to go. They are out of force, and nothing more. */
static void fwd_rule_revoke(struct fwd_rule *rule, struct list_head *revoked)
{
	lockdep_assert_held(&fwd_rule_mutex);

	fwd_guest_revoke(rule->guest, rule);
	list_del(&rule->all);
	list_move_tail(&rule->owned, revoked);
}

/* However many go, there is one wait for the packets under way. */
static void fwd_rules_release(struct list_head *revoked)
{
	struct fwd_rule *rule, *next;

	lockdep_assert_held(&fwd_rule_mutex);

	if (list_empty(revoked))
		return;
	fwd_hook_synchronize();
	list_for_each_entry_safe(rule, next, revoked, owned) {
		fwd_event_rule_removed(rule);
		fwd_rule_unwatch(rule);
		fwd_guest_release(rule->guest, rule);
		kfree_rcu(rule, rcu);
		fwd_hooks_put();
		cond_resched();
	}
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
	LIST_HEAD(revoked);

	mutex_lock(&fwd_rule_mutex);
	list_for_each_entry_safe(rule, next, &owner->rules, owned)
		fwd_rule_revoke(rule, &revoked);
	fwd_rules_release(&revoked);
	mutex_unlock(&fwd_rule_mutex);
}

/**
 * fwd_rule_add() - add a rule
 * @owner: with whom the rule goes, unless it is persistent
 * @spec: the rule
 *
 * Context: process, may sleep. Takes the rule mutex.
 * Return: 0 or a negative errno, see &struct vhost_vsock_fwd_rule_add.
 */
int fwd_rule_add(struct fwd_owner *owner, const struct fwd_rule_spec *spec)
{
	struct fwd_rule *rule;
	int err;

	err = fwd_check(spec);
	if (err)
		return err;

	rule = kzalloc(sizeof(*rule), GFP_KERNEL_ACCOUNT);
	if (!rule)
		return -ENOMEM;

	rule->flags = spec->flags;
	rule->first = spec->port_first;
	rule->last = spec->port_last ?: U32_MAX;
	rule->to_port = spec->to_port;

	if (mutex_lock_interruptible(&fwd_rule_mutex)) {
		err = -EINTR;
	} else {
		err = fwd_rule_publish(rule, owner, spec);
		mutex_unlock(&fwd_rule_mutex);
	}
	/* A packet may have seen it, if it was the last step that failed. */
	if (err)
		kfree_rcu(rule, rcu);
	return err;
}

static struct fwd_rule *fwd_rule_find(struct net *net, u32 guest_cid, u32 first,
				      u32 last)
{
	struct fwd_guest *guest = fwd_guest_of(net, guest_cid);
	struct fwd_rule *rule;

	if (!guest)
		return NULL;
	list_for_each_entry(rule, &guest->rules, of_guest) {
		if (rule->first == first && rule->last == last)
			return rule;
	}
	return NULL;
}

/**
 * fwd_rule_del() - remove a rule of a guest
 * @owner: the only one whose rule it may be, or NULL for anybody's
 * @net: the namespace that the caller is in
 * @guest_cid: the guest
 * @port_first: the ports that the rule is for, as it was added
 * @port_last: the last of them
 *
 * Context: process, may sleep. Takes the rule mutex.
 * Return: 0, or -EINVAL, -ENOENT, -EPERM or -EINTR.
 */
int fwd_rule_del(const struct fwd_owner *owner, struct net *net, u32 guest_cid,
		 u32 port_first, u32 port_last)
{
	struct fwd_rule *rule;
	LIST_HEAD(revoked);
	int err = 0;

	if (!fwd_is_guest_cid(guest_cid) ||
	    fwd_check_port_range(port_first, port_last))
		return -EINVAL;
	if (mutex_lock_interruptible(&fwd_rule_mutex))
		return -EINTR;

	rule = fwd_rule_find(net, guest_cid, port_first, port_last ?: U32_MAX);
	if (!rule)
		err = -ENOENT;
	else if (owner && rule->owner != owner)
		err = -EPERM;
	else
		fwd_rule_revoke(rule, &revoked);
	fwd_rules_release(&revoked);

	mutex_unlock(&fwd_rule_mutex);
	return err;
}

/**
 * fwd_rule_collect() - remove the rules whose descriptors have ended
 *
 * Context: process, may sleep. Takes the rule mutex.
 */
void fwd_rule_collect(void)
{
	struct fwd_rule *rule, *next;
	LIST_HEAD(revoked);

	mutex_lock(&fwd_rule_mutex);
	list_for_each_entry_safe(rule, next, &fwd_rules, all) {
		if (fwd_rule_has_ended(rule))
			fwd_rule_revoke(rule, &revoked);
	}
	fwd_rules_release(&revoked);

	list_for_each_entry(rule, &fwd_rules, all)
		fwd_guest_resume(rule->guest);
	mutex_unlock(&fwd_rule_mutex);
}

/**
 * fwd_rule_flush_net() - remove the rules of a namespace that goes
 * @net: the namespace
 *
 * Context: process, may sleep. Takes the rule mutex.
 */
void fwd_rule_flush_net(struct net *net)
{
	struct fwd_rule *rule, *next;
	LIST_HEAD(revoked);

	mutex_lock(&fwd_rule_mutex);
	list_for_each_entry_safe(rule, next, &fwd_rules, all) {
		if (rule->guest->pool == net)
			fwd_rule_revoke(rule, &revoked);
	}
	fwd_rules_release(&revoked);
	mutex_unlock(&fwd_rule_mutex);
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
 * fwd_rule_describe() - a rule as callers see it
 * @rule: the rule
 *
 * Context: process; under the rule mutex.
 * Return: the description.
 */
struct vhost_vsock_fwd_rule fwd_rule_describe(const struct fwd_rule *rule)
{
	bool every = !rule->first;

	return (struct vhost_vsock_fwd_rule){
		.id = rule->id,
		.flags = rule->flags,
		.guest_cid = rule->guest->cid,
		.from_cid = rule->guest->from_cid,
		.to_cid = fwd_denies(rule) ? 0 : rule->guest->to_cid,
		.port_first = rule->first,
		.port_last = every ? 0 : rule->last,
		.to_port = rule->to_port,
	};
}

/**
 * fwd_rule_for_each() - look at rules, in the order of their ids
 * @net: the namespace that the caller is in
 * @after_id: skip the rules up to this one
 * @fn: called for each under the rule mutex, as long as it returns 0
 * @context: passed on to @fn
 *
 * Context: process, may sleep. Takes the rule mutex.
 * Return: 0, or -EINTR, or what else @fn has returned.
 */
int fwd_rule_for_each(struct net *net, u64 after_id, fwd_rule_fn fn,
		      void *context)
{
	struct net *pool = fwd_net_pool(net);
	const struct fwd_rule *rule;
	int err = 0;

	if (mutex_lock_interruptible(&fwd_rule_mutex))
		return -EINTR;

	list_for_each_entry(rule, &fwd_rules, all) {
		if (rule->id <= after_id || rule->guest->pool != pool)
			continue;
		err = fn(rule, context);
		if (err)
			break;
	}

	mutex_unlock(&fwd_rule_mutex);
	return err;
}

struct fwd_rule_page {
	struct vhost_vsock_fwd_rule *entries;
	u32 size;
	u32 count;
};

static int fwd_rule_enter(const struct fwd_rule *rule, void *context)
{
	struct fwd_rule_page *page = context;

	if (page->count == page->size)
		return -ENOSPC;
	page->entries[page->count++] = fwd_rule_describe(rule);
	return 0;
}

/**
 * fwd_rule_list() - describe rules, in the order of their ids
 * @net: the namespace that the caller is in
 * @after_id: skip the rules up to this one
 * @entries: array for the descriptions
 * @count: in: its length. out: number of entries set
 *
 * Context: process, may sleep. Takes the rule mutex.
 * Return: 0 or -EINTR.
 */
int fwd_rule_list(struct net *net, u64 after_id,
		  struct vhost_vsock_fwd_rule *entries, u32 *count)
{
	struct fwd_rule_page page = { .entries = entries, .size = *count };
	int err = fwd_rule_for_each(net, after_id, fwd_rule_enter, &page);

	*count = page.count;
	return err == -ENOSPC ? 0 : err;
}

static void fwd_snapshot_fill(struct fwd_snapshot *snapshot, struct net *pool,
			      u32 guest_cid)
{
	struct fwd_rule *rule;

	snapshot->found = 0;
	snapshot->count = 0;
	if (!fwd_rules_count)
		return;

	fwd_snapshot_socks(snapshot, pool, guest_cid);
	list_for_each_entry(rule, &fwd_rules, all) {
		struct fwd_guest *guest = rule->guest;

		if (guest->pool == pool &&
		    (!guest_cid || guest->cid == guest_cid) &&
		    list_is_first(&rule->of_guest, &guest->rules))
			fwd_flow_snapshot(guest, snapshot);
	}
}

/**
 * fwd_rule_connections() - the connections of guests that have rules
 * @net: the namespace that the caller is in
 * @guest_cid: only those of this guest, or 0
 *
 * Context: process, may sleep. Takes the rule mutex.
 * Return: a snapshot, to be freed with kvfree(), or an error pointer: -EINTR or
 * -ENOMEM.
 */
struct fwd_snapshot *fwd_rule_connections(struct net *net, u32 guest_cid)
{
	struct fwd_snapshot *snapshot = NULL;
	u32 size = 0;

	if (mutex_lock_interruptible(&fwd_rule_mutex))
		return ERR_PTR(-EINTR);

	/* More may come while memory is got; room for them, or another round. */
	do {
		kvfree(snapshot);
		snapshot = kvzalloc(struct_size(snapshot, entries, size),
				    GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
		if (!snapshot)
			break;
		snapshot->size = size;
		fwd_snapshot_fill(snapshot, fwd_net_pool(net), guest_cid);
		size = snapshot->found + snapshot->found / 8;
	} while (snapshot->found > snapshot->size);

	mutex_unlock(&fwd_rule_mutex);
	return snapshot ?: ERR_PTR(-ENOMEM);
}
