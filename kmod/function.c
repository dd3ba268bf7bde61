// SPDX-License-Identifier: GPL-2.0
/*
 * Finding a function by its name, exported or not.
 */
#include <linux/kallsyms.h>
#include <linux/kprobes.h>

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
