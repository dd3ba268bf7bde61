/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's basic types and macros, as far as the files under test use them. */
#ifndef SHIM_LINUX_TYPES_H
#define SHIM_LINUX_TYPES_H

#include_next <linux/types.h>

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define U32_MAX UINT32_MAX
#define __rcu
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define container_of(pointer, type, member) ((type*)((char*)(pointer)-offsetof(type, member)))

#endif /* SHIM_LINUX_TYPES_H */
