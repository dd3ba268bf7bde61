// SPDX-License-Identifier: GPL-2.0
/*
 * vhost_vsock's own lookup of a CID: hooking it, and calling it.
 */
#include <linux/ftrace.h>
#include <linux/static_call.h>

#include "function.h"
#include "lookup.h"
#include "transport.h"

static struct fwd_function fwd_vhost_vsock_get = {
	.name = "vhost_vsock_get",
};

/*
 * The function is static, and nobody takes its address, so it has no ENDBR: with
 * indirect branch tracking, a call through a pointer would be the end. A static
 * call is a direct one. Kernels without namespaces take the CID only.
 */
typedef void *(fwd_lookup_fn)(u32 cid, unsigned long net);
DEFINE_STATIC_CALL_NULL(fwd_lookup_call, fwd_lookup_fn);

/**
 * fwd_lookup_hook() - be called at the entry of the lookup
 * @ops: whom to call; undone by fwd_function_unhook()
 *
 * Context: process, may sleep; under the rule mutex, while vhost_vsock is held.
 * Return: 0, -EBUSY, -ENOMEM or -EOPNOTSUPP, see fwd_function_hook().
 */
int fwd_lookup_hook(struct ftrace_ops *ops)
{
	int err;

	err = fwd_function_hook(&fwd_vhost_vsock_get, FWD_VHOST_MODULE, ops);
	if (err)
		return err;
	static_call_update(fwd_lookup_call,
			   (fwd_lookup_fn *)fwd_vhost_vsock_get.start);
	return 0;
}

/**
 * fwd_lookup() - look a CID up as vhost_vsock does
 * @cid: the CID
 * @net: the namespace that asks, as it stands in the register
 *
 * Context: any, under RCU; while somebody is at the entry of the lookup.
 * Return: the private data of the descriptor that has the CID, or NULL.
 */
void *fwd_lookup(u32 cid, unsigned long net)
{
	return static_call(fwd_lookup_call)(cid, net);
}
