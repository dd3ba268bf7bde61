// SPDX-License-Identifier: GPL-2.0
/*
 * Whose guest it is: whoever holds the vhost-vsock descriptor of a guest runs
 * it. vhost_vsock knows which descriptor has which CID, and has no function
 * that tells; but it looks the CID up when a socket asks whether that guest
 * knows SOCK_SEQPACKET. What the lookup finds is the descriptor's private data.
 * So nothing changes, and the guest may run.
 */
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/kprobes.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/sched.h>
#include <net/af_vsock.h>

#include "compat/compat.h"
#include "proof.h"
#include "transport.h"

/* A lookup of ours that all of these calls by others have hidden is rare. */
#define FWD_PROOF_TRIES 8

/* Under the rule mutex. */
static struct fwd_question {
	struct task_struct *asker;
	void *answer;
} fwd_question;

static int fwd_lookup_returns(struct kretprobe_instance *instance,
			      struct pt_regs *regs)
{
	if (READ_ONCE(fwd_question.asker) == current)
		fwd_question.answer = (void *)regs_return_value(regs);
	return 0;
}

/* Anew for each proof: nobody pays for the probe meanwhile. */
static int fwd_ask(struct vsock_sock *vsk, u32 cid)
{
	struct kretprobe probe = {
		.kp.symbol_name = FWD_VHOST_MODULE ":vhost_vsock_get",
		.handler = fwd_lookup_returns,
		.maxactive = FWD_PROBED_CALLS,
	};
	int err;

	err = register_kretprobe(&probe);
	if (err)
		return err == -ENOMEM ? err : -EOPNOTSUPP;

	fwd_question.answer = NULL;
	WRITE_ONCE(fwd_question.asker, current);
	fwd_ask_seqpacket_allow(vsk, cid);
	WRITE_ONCE(fwd_question.asker, NULL);

	unregister_kretprobe(&probe);
	return probe.nmissed ? -EAGAIN : 0;
}

static bool fwd_is_vhost_vsock(const struct file *file)
{
	const struct inode *inode = file_inode(file);

	return S_ISCHR(inode->i_mode) &&
	       inode->i_rdev == MKDEV(MISC_MAJOR, VHOST_VSOCK_MINOR) &&
	       file->f_op->owner &&
	       !strcmp(module_name(file->f_op->owner), FWD_VHOST_MODULE);
}

/**
 * fwd_proof() - whether a descriptor is that of a guest
 * @file: what the descriptor is open to
 * @net: the namespace that the caller is in
 * @cid: CID of the guest
 *
 * Context: process, may sleep; under the rule mutex.
 * Return: 0, or -EBADF if it is not a descriptor of vhost-vsock, -EACCES if it
 * is that of another guest or of none, or -ENODEV, -ENOMEM or -EOPNOTSUPP.
 */
int fwd_proof(const struct file *file, struct net *net, u32 cid)
{
	struct socket *sock;
	int tries, err;

	if (!fwd_is_vhost_vsock(file))
		return -EBADF;

	sock = fwd_transport_socket(net, cid);
	if (IS_ERR(sock))
		return PTR_ERR(sock);

	for (tries = 0; tries < FWD_PROOF_TRIES; tries++) {
		err = fwd_ask(vsock_sk(sock->sk), cid);
		if (fwd_question.answer || err != -EAGAIN)
			break;
	}
	if (!err || err == -EAGAIN)
		err = fwd_question.answer == file->private_data ? 0 : -EACCES;

	sock_release(sock);
	return err;
}
