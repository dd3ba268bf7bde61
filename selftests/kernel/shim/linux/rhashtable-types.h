/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LINUX_RHASHTABLE_TYPES_H
#define SHIM_LINUX_RHASHTABLE_TYPES_H

#include <linux/types.h>

struct rhash_head {
  struct rhash_head* next;
};

struct rhlist_head {
  struct rhash_head rhead;
};

struct rhashtable_params {
  u16 key_len;
  u16 key_offset;
  u16 head_offset;
  bool automatic_shrinking;
};

struct rhashtable {
  struct rhash_head* buckets[1024];
};

#endif /* SHIM_LINUX_RHASHTABLE_TYPES_H */
