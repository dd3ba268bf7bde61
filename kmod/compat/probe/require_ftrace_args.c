// SPDX-License-Identifier: GPL-2.0
/*
 * A callback gets struct ftrace_regs since Linux commit d19ad0775dcd
 * ("ftrace: Have the callbacks receive a struct ftrace_regs instead of
 * pt_regs"), and arguments in it without saving all registers with
 * CONFIG_DYNAMIC_FTRACE_WITH_ARGS.
 */
#include <linux/ftrace.h>

#ifndef CONFIG_DYNAMIC_FTRACE_WITH_ARGS
#error "this kernel does not pass function arguments to ftrace callbacks"
#endif

void probe(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
	   struct ftrace_regs *fregs);
ftrace_func_t probed = probe;
