/* SPDX-License-Identifier: GPL-2.0 */
/* There is one thread: a lock that is held when it is taken would never be let go. */
#ifndef SHIM_LINUX_SPINLOCK_H
#define SHIM_LINUX_SPINLOCK_H

#include <linux/types.h>
#include <stdlib.h>

typedef struct {
  bool held;
} raw_spinlock_t;

static inline void lockdep_assert(bool condition) {
  if (!condition) abort();
}

#define lockdep_assert_held(lock) lockdep_assert((lock)->held)

static inline void raw_spin_lock(raw_spinlock_t* lock) {
  lockdep_assert(!lock->held);
  lock->held = true;
}

static inline void raw_spin_unlock(raw_spinlock_t* lock) {
  lockdep_assert(lock->held);
  lock->held = false;
}

#endif /* SHIM_LINUX_SPINLOCK_H */
