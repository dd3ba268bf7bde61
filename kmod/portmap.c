// SPDX-License-Identifier: GPL-2.0
/*
 * The rules of a guest, laid out for the question that a connection asks: no
 * matter how many there are, and how they nest, a binary search answers it.
 */
#include <linux/slab.h>
#include <linux/sort.h>

#include "portmap.h"
#include "rule.h"

static int fwd_portmap_compare(const void *a, const void *b)
{
	const struct fwd_portmap_entry *left = a, *right = b;

	if (left->first != right->first)
		return left->first < right->first ? -1 : 1;
	return 0;
}

/* The rule with the fewest ports among those for the port. */
static const struct fwd_rule *fwd_rule_deciding(const struct list_head *rules,
						u32 port)
{
	const struct fwd_rule *rule, *best = NULL;

	list_for_each_entry(rule, rules, of_guest) {
		if (port < rule->first || port > rule->last)
			continue;
		if (!best || rule->last - rule->first < best->last - best->first)
			best = rule;
	}
	return best;
}

/* Sets the rules of all entries, and joins neighbours that have the same. */
static u32 fwd_portmap_settle(struct fwd_portmap_entry *entries, u32 count,
			      const struct list_head *rules)
{
	u32 i, kept = 0;

	for (i = 0; i < count; i++) {
		const struct fwd_rule *rule;

		rule = fwd_rule_deciding(rules, entries[i].first);
		if (kept && entries[kept - 1].rule == rule)
			continue;
		entries[kept].first = entries[i].first;
		entries[kept++].rule = rule;
	}
	return kept;
}

/**
 * fwd_portmap_alloc() - lay out rules
 * @rules: list of &struct fwd_rule, by &fwd_rule.of_guest. Of two ranges, one
 *	holds the other or they have no port in common
 * @gfp: how to allocate
 *
 * Context: process, may sleep. The caller keeps the list as it is, and the
 * rules as long as the map.
 * Return: the map, to be freed after the last reader, or NULL without memory.
 */
struct fwd_portmap *fwd_portmap_alloc(const struct list_head *rules, gfp_t gfp)
{
	const struct fwd_rule *rule;
	struct fwd_portmap *map;
	u32 count = 1;

	/* The decision can change where a range starts, and behind its end. */
	list_for_each_entry(rule, rules, of_guest)
		count += 2;

	map = kzalloc(struct_size(map, entries, count), gfp);
	if (!map)
		return NULL;
	map->count = count;

	count = 1;
	list_for_each_entry(rule, rules, of_guest) {
		map->entries[count++].first = rule->first;
		map->entries[count++].first = rule->last == U32_MAX ?
					      0 : rule->last + 1;
	}

	sort(map->entries, count, sizeof(*map->entries), fwd_portmap_compare,
	     NULL);
	map->count = fwd_portmap_settle(map->entries, count, rules);
	return map;
}

/**
 * fwd_portmap_find() - the rule that decides about a port
 * @map: the map
 * @port: the port
 *
 * Context: any.
 * Return: the rule, or NULL if there is none for this port.
 */
const struct fwd_rule *fwd_portmap_find(const struct fwd_portmap *map, u32 port)
{
	u32 low = 0, high = map->count;

	while (high - low > 1) {
		u32 middle = low + (high - low) / 2;

		if (map->entries[middle].first <= port)
			low = middle;
		else
			high = middle;
	}
	return map->entries[low].rule;
}
