/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What older kernels lack, under the name that newer ones have. The only
 * reader of the HAVE_* results, which compat/configure finds by compiling.
 */
#ifndef _VHOST_VSOCK_FWD_COMPAT_H
#define _VHOST_VSOCK_FWD_COMPAT_H

#include <linux/ftrace.h>

#include "config.h"

#ifndef HAVE_FTRACE_REGS_GET_ARGUMENT
/*
 * The registers of the arguments are saved even where the rest is not, so
 * ftrace_get_regs(), which wants all or nothing, is of no use.
 */
static inline unsigned long
ftrace_regs_get_argument(struct ftrace_regs *fregs, unsigned int n)
{
	return regs_get_kernel_argument(&fregs->regs, n);
}
#endif

#endif /* _VHOST_VSOCK_FWD_COMPAT_H */
