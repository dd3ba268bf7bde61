// SPDX-License-Identifier: GPL-2.0
/*
 * Linux commit 94d095ffa0e1 ("ftrace: abstract DYNAMIC_FTRACE_WITH_ARGS
 * accesses"), which renamed ftrace_instruction_pointer_set().
 */
#include <linux/ftrace.h>

void probe(struct ftrace_regs *fregs);

void probe(struct ftrace_regs *fregs)
{
	ftrace_regs_set_instruction_pointer(fregs, 1);
}
