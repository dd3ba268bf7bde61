/* SPDX-License-Identifier: GPL-2.0 */
/* Memory comes from malloc(), where AddressSanitizer looks after it. */
#ifndef SHIM_LINUX_SLAB_H
#define SHIM_LINUX_SLAB_H

#include <linux/types.h>
#include <stdlib.h>

typedef unsigned int gfp_t;

enum {
  GFP_ATOMIC = 1 << 0,
  GFP_KERNEL_ACCOUNT = 1 << 1,
  __GFP_NOWARN = 1 << 2,
  __GFP_ACCOUNT = 1 << 3,
};

#define struct_size(pointer, member, count) \
  (sizeof(*(pointer)) + sizeof((pointer)->member[0]) * (size_t)(count))

static inline void* kzalloc(size_t size, gfp_t gfp) {
  (void)gfp;
  return calloc(1, size);
}

#endif /* SHIM_LINUX_SLAB_H */
