// SPDX-License-Identifier: GPL-2.0
/*
 * Whose guest it is: whoever holds the vhost-vsock descriptor of a guest runs
 * it. vhost_vsock knows which descriptor has which CID, and has no function
 * that tells; but it looks the CID up when a socket asks whether that guest
 * knows SOCK_SEQPACKET. What the lookup finds is the descriptor's private data.
 * So nothing changes, and the guest may run.
 */
#include <linux/fs.h>
#include <linux/ftrace.h>
#include <linux/kdev_t.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/sched.h>
#include <net/af_vsock.h>

#include "compat/compat.h"
#include "function.h"
#include "lookup.h"
#include "proof.h"
#include "transport.h"

/* Under the rule mutex. */
static struct fwd_question {
	struct task_struct *asker;
	void *answer;
} fwd_question;

static void *fwd_look_up(u32 cid, unsigned long net)
{
	fwd_question.answer = fwd_lookup(cid, net);
	return fwd_question.answer;
}

static void notrace fwd_on_lookup(unsigned long ip, unsigned long parent_ip,
				  struct ftrace_ops *ops,
				  struct ftrace_regs *fregs)
{
	/* Unless it is we who call. */
	if (READ_ONCE(fwd_question.asker) == current &&
	    !within_module(parent_ip, THIS_MODULE))
		ftrace_regs_set_instruction_pointer(fregs,
						    (unsigned long)fwd_look_up);
}

static struct ftrace_ops fwd_lookup_ops = {
	.func = fwd_on_lookup,
	.flags = FTRACE_OPS_FL_PERMANENT | FTRACE_OPS_FL_IPMODIFY,
};

/* Anew for each proof: nobody pays for the hook meanwhile. */
static int fwd_ask(struct vsock_sock *vsk, u32 cid)
{
	int err;

	err = fwd_lookup_hook(&fwd_lookup_ops);
	if (err)
		return err;

	fwd_question.answer = NULL;
	WRITE_ONCE(fwd_question.asker, current);
	fwd_ask_seqpacket_allow(vsk, cid);
	WRITE_ONCE(fwd_question.asker, NULL);

	fwd_function_unhook(&fwd_lookup_ops);
	return 0;
}

/**
 * fwd_is_vhost_vsock() - whether a file is a descriptor of vhost-vsock
 * @file: the file
 *
 * Context: any.
 * Return: whether it is; then its private data is what fwd_lookup() finds.
 */
bool fwd_is_vhost_vsock(const struct file *file)
{
	const struct inode *inode = file_inode(file);

	return S_ISCHR(inode->i_mode) &&
	       inode->i_rdev == MKDEV(MISC_MAJOR, VHOST_VSOCK_MINOR) &&
	       file->f_op->owner &&
	       !strcmp(module_name(file->f_op->owner), FWD_VHOST_MODULE);
}

/**
 * fwd_proof() - whether a descriptor is that of a guest
 * @file: what the descriptor is open to, for which fwd_is_vhost_vsock() holds
 * @net: the namespace that the caller is in
 * @cid: CID of the guest
 *
 * Context: process, may sleep; under the rule mutex.
 * Return: 0, or -EACCES if it is the descriptor of another guest or of none, or
 * -EBUSY, -ENODEV, -ENOMEM or -EOPNOTSUPP.
 */
int fwd_proof(const struct file *file, struct net *net, u32 cid)
{
	struct socket *sock;
	int err;

	sock = fwd_transport_socket(net, cid);
	if (IS_ERR(sock))
		return PTR_ERR(sock);

	err = fwd_ask(vsock_sk(sock->sk), cid);
	if (!err && fwd_question.answer != file->private_data)
		err = -EACCES;

	sock_release(sock);
	return err;
}
