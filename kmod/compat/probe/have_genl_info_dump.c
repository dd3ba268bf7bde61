// SPDX-License-Identifier: GPL-2.0
/*
 * A dump finds the attributes of its request through genl_info_dump(), from
 * Linux 6.7 on.
 */
#include <net/genetlink.h>

const struct genl_info *probe(struct netlink_callback *cb);

const struct genl_info *probe(struct netlink_callback *cb)
{
	return genl_info_dump(cb);
}
