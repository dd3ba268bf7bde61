/* SPDX-License-Identifier: GPL-2.0 */
/* There is one thread. */
#ifndef SHIM_LINUX_ATOMIC_H
#define SHIM_LINUX_ATOMIC_H

#include <linux/types.h>

#define smp_load_acquire(pointer) (*(pointer))

typedef struct {
  int counter;
} atomic_t;

typedef struct {
  int64_t counter;
} atomic64_t;

static inline int atomic_read(const atomic_t* atomic) {
  return atomic->counter;
}

static inline int atomic_inc_return(atomic_t* atomic) {
  return ++atomic->counter;
}

static inline void atomic_dec(atomic_t* atomic) {
  --atomic->counter;
}

static inline void atomic64_add(int64_t value, atomic64_t* atomic) {
  atomic->counter += value;
}

static inline void atomic64_inc(atomic64_t* atomic) {
  ++atomic->counter;
}

#endif /* SHIM_LINUX_ATOMIC_H */
