// SPDX-License-Identifier: GPL-2.0
/*
 * Finding a function by its name, exported or not, and hooking it.
 *
 * Not by a kprobe, which may be there still when it is unregistered, if there is
 * no memory then.
 */
#include <linux/ftrace.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/rcupdate.h>

#include "function.h"

/**
 * fwd_function_set() - note where a function stands
 * @function: the function
 * @address: an address in it
 *
 * Context: process, may sleep.
 * Return: 0, or -ENOENT if the kernel cannot tell where it ends.
 */
int fwd_function_set(struct fwd_function *function, unsigned long address)
{
	char symbol[KSYM_SYMBOL_LEN];
	unsigned long offset, size;
	const char *extent;

	/* "name+offset/size [module]" */
	sprint_symbol(symbol, address);
	extent = strrchr(symbol, '+');
	if (!extent || sscanf(extent, "+%lx/%lx", &offset, &size) != 2)
		return -ENOENT;

	function->start = address - offset;
	function->size = size;
	return 0;
}

/**
 * fwd_function_resolve() - find a function that is not exported
 * @function: the function; only its name is set
 * @module: the module that has it, and is loaded
 *
 * A kprobe that is never armed is how a module may ask for an address. It may
 * stand behind an ENDBR.
 *
 * Context: process, may sleep.
 * Return: 0 or a negative errno.
 */
int fwd_function_resolve(struct fwd_function *function, const char *module)
{
	struct kprobe probe = { .flags = KPROBE_FLAG_DISABLED };
	char symbol[KSYM_NAME_LEN];
	int err;

	snprintf(symbol, sizeof(symbol), "%s:%s", module, function->name);
	probe.symbol_name = symbol;
	err = register_kprobe(&probe);
	if (err)
		return err;

	err = fwd_function_set(function, (unsigned long)probe.addr);
	unregister_kprobe(&probe);
	return err;
}

/**
 * fwd_function_aim() - let ops be called at the entry of a function
 * @function: the function; it was found
 * @ops: whom to call, once they are registered
 *
 * Context: process, may sleep.
 * Return: 0, or a negative errno: -ENOMEM, or the function cannot be traced.
 */
int fwd_function_aim(const struct fwd_function *function,
		     struct ftrace_ops *ops)
{
	return ftrace_set_filter_ip(ops, function->start, 0, 0);
}

/**
 * fwd_ops_reset() - undo fwd_function_aim(), for all functions
 * @ops: whom to call no more; it is not registered
 *
 * Needs no memory. ftrace_free_filter() may leave @ops behind with pointers to
 * what it freed, so that they have to begin anew.
 *
 * Context: process, may sleep.
 */
void fwd_ops_reset(struct ftrace_ops *ops)
{
	const ftrace_func_t func = ops->func;
	const unsigned long flags = ops->flags & (FTRACE_OPS_FL_PERMANENT |
						  FTRACE_OPS_FL_IPMODIFY);

	ftrace_free_filter(ops);
	*ops = (struct ftrace_ops){ .func = func, .flags = flags };
}

/**
 * fwd_ops_register() - let ops be called from now on
 * @ops: whom to call; aimed at what they are for
 *
 * If it fails, they are reset.
 *
 * Context: process, may sleep.
 * Return: 0, or -EBUSY if function tracing is switched off or if somebody else
 * redirects the same functions, or -ENOMEM.
 */
int fwd_ops_register(struct ftrace_ops *ops)
{
	int err;

	err = register_ftrace_function(ops);
	if (err) {
		/* They were in the list of all for a moment, which others walk. */
		synchronize_rcu();
		fwd_ops_reset(ops);
	}
	return err;
}

/**
 * fwd_function_hook() - be called at the entry of a function
 * @function: the function; only its name is set
 * @module: the module that has it, and stays loaded
 * @ops: whom to call; for this function only
 *
 * Context: process, may sleep.
 * Return: 0, or -EOPNOTSUPP if there is no such function, -EBUSY if function
 * tracing is switched off or if somebody else redirects the function, or
 * -ENOMEM.
 */
int fwd_function_hook(struct fwd_function *function, const char *module,
		      struct ftrace_ops *ops)
{
	int err;

	err = fwd_function_resolve(function, module);
	if (!err)
		err = fwd_function_aim(function, ops);
	if (err)
		return err == -ENOMEM ? err : -EOPNOTSUPP;

	return fwd_ops_register(ops);
}

/**
 * fwd_function_unhook() - undo fwd_function_hook()
 * @ops: whom to call no more; when this returns, nobody is in it
 *
 * Context: process, may sleep.
 */
void fwd_function_unhook(struct ftrace_ops *ops)
{
	unregister_ftrace_function(ops);
	fwd_ops_reset(ops);
}
