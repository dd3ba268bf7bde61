/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a function of the kernel stands, and hooks at its entry.
 */
#ifndef _VHOST_VSOCK_FWD_FUNCTION_H
#define _VHOST_VSOCK_FWD_FUNCTION_H

#include <linux/types.h>

struct ftrace_ops;

/**
 * struct fwd_function - a function of another module
 * @name: its symbol
 * @start: address of its first byte, or 0
 * @size: in bytes
 */
struct fwd_function {
	const char *name;
	unsigned long start;
	unsigned long size;
};

int fwd_function_set(struct fwd_function *function, unsigned long address);
int fwd_function_resolve(struct fwd_function *function, const char *module);

int fwd_function_aim(const struct fwd_function *function,
		     struct ftrace_ops *ops);
int fwd_ops_register(struct ftrace_ops *ops);
void fwd_ops_reset(struct ftrace_ops *ops);

int fwd_function_hook(struct fwd_function *function, const char *module,
		      struct ftrace_ops *ops);
void fwd_function_unhook(struct ftrace_ops *ops);

static __always_inline bool fwd_function_has(const struct fwd_function *function,
					     unsigned long ip)
{
	return ip - function->start < function->size;
}

#endif /* _VHOST_VSOCK_FWD_FUNCTION_H */
