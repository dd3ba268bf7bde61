/* SPDX-License-Identifier: GPL-2.0 */
/* There is one thread, and thus no reader when something is freed. */
#ifndef SHIM_LINUX_RCUPDATE_H
#define SHIM_LINUX_RCUPDATE_H

#include <linux/slab.h>

struct rcu_head {
  char unused;
};

#define kfree_rcu(pointer, member) free(pointer)

#endif /* SHIM_LINUX_RCUPDATE_H */
