// SPDX-License-Identifier: GPL-2.0
/*
 * Holding vhost_vsock, and passing packets to it by the pointers that it gives
 * to everybody who has a socket of its transport.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ftrace.h>
#include <linux/kmod.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/virtio_vsock.h>
#include <linux/vm_sockets.h>
#include <net/af_vsock.h>

#include "compat/compat.h"
#include "function.h"
#include "transport.h"

/* No CID: such a mark never means a destination. */
#define FWD_MARK_FINAL VMADDR_CID_HOST

/*
 * A socket of the host's transport to its guests, never connected: it keeps
 * vhost_vsock loaded while we point into it.
 */
static struct socket *fwd_pin;

/* Under the rule mutex, or while the module is loading. */
static struct task_struct *fwd_assigner;

static bool fwd_knows_every_cid(struct vsock_sock *vsk, u32 cid)
{
	return true;
}

static void notrace fwd_on_has_remote_cid(unsigned long ip,
					  unsigned long parent_ip,
					  struct ftrace_ops *ops,
					  struct ftrace_regs *fregs)
{
	if (READ_ONCE(fwd_assigner) == current)
		ftrace_regs_set_instruction_pointer(fregs, (unsigned long)
						    fwd_knows_every_cid);
}

static struct fwd_function fwd_has_remote_cid = {
	.name = "vhost_transport_has_remote_cid",
};

static struct ftrace_ops fwd_has_remote_cid_ops = {
	.func = fwd_on_has_remote_cid,
	.flags = FTRACE_OPS_FL_PERMANENT | FTRACE_OPS_FL_IPMODIFY,
};

/*
 * Where the host is a guest itself, a CID that vhost_vsock does not know may be
 * a sibling's, and from Linux 7.1 on the kernel takes the transport to the
 * host's own host then. For this socket, vhost_vsock knows every CID. Kernels
 * that do not ask need no answer.
 */
static int fwd_assign_transport(struct vsock_sock *vsk)
{
	int hook_err, err;

	hook_err = fwd_function_hook(&fwd_has_remote_cid, FWD_VHOST_MODULE,
				     &fwd_has_remote_cid_ops);
	if (hook_err == -ENOMEM)
		return hook_err;

	WRITE_ONCE(fwd_assigner, current);
	err = vsock_assign_transport(vsk, NULL);
	WRITE_ONCE(fwd_assigner, NULL);

	if (!hook_err)
		fwd_function_unhook(&fwd_has_remote_cid_ops);
	return err;
}

/**
 * fwd_transport_socket() - make a socket of the host's transport to its guests
 * @net: its namespace
 * @cid: CID of a guest, which need not exist
 *
 * It holds a reference to vhost_vsock. Let go of it with sock_release().
 *
 * Context: process, may sleep.
 * Return: the socket, or -ENODEV if the transport is another one, or another
 * negative errno.
 */
struct socket *fwd_transport_socket(struct net *net, u32 cid)
{
	const struct vsock_transport *transport;
	struct vsock_sock *vsk;
	struct socket *sock;
	int err;

	err = sock_create_kern(net, AF_VSOCK, SOCK_STREAM, 0, &sock);
	if (err)
		return ERR_PTR(err == -ENFILE ? -ENOMEM : err);

	vsk = vsock_sk(sock->sk);
	lock_sock(sock->sk);
	vsk->remote_addr.svm_cid = cid;
	err = fwd_assign_transport(vsk);
	transport = vsock_core_get_transport(vsk);
	release_sock(sock->sk);

	if (!err && (!transport || !transport->module ||
		     strcmp(module_name(transport->module), FWD_VHOST_MODULE)))
		err = -ENODEV;
	if (err) {
		sock_release(sock);
		return ERR_PTR(err);
	}
	return sock;
}

/**
 * fwd_transport_get() - load vhost_vsock if need be, and keep it
 *
 * Says in the log what is wrong, unless memory is.
 *
 * Context: process, may sleep and load modules. The caller sees to it that
 * this and fwd_transport_put() take turns.
 * Return: 0, -ENODEV or -ENOMEM.
 */
int fwd_transport_get(void)
{
	/* Any CID will do that can only be a guest's. */
	struct socket *sock = fwd_transport_socket(&init_net, VMADDR_CID_ANY - 1);

	if (IS_ERR(sock) && !request_module(FWD_VHOST_MODULE))
		sock = fwd_transport_socket(&init_net, VMADDR_CID_ANY - 1);
	if (PTR_ERR(sock) == -ENOMEM)
		return -ENOMEM;
	if (IS_ERR(sock)) {
		pr_err_ratelimited("%s is not the host's vsock transport to its guests (error %ld): is it loaded?\n",
				   FWD_VHOST_MODULE, PTR_ERR(sock));
		return -ENODEV;
	}
	fwd_pin = sock;
	return 0;
}

/**
 * fwd_transport_put() - undo fwd_transport_get()
 *
 * Context: process, may sleep.
 */
void fwd_transport_put(void)
{
	sock_release(fwd_pin);
	fwd_pin = NULL;
}

/**
 * fwd_transport() - the transport itself
 *
 * Context: any, between fwd_transport_get() and fwd_transport_put().
 * Return: vhost_vsock's transport.
 */
struct vsock_transport *fwd_transport(void)
{
	return (struct vsock_transport *)vsock_sk(fwd_pin->sk)->transport;
}

static struct virtio_transport *fwd_virtio_transport(void)
{
	return container_of(fwd_transport(), struct virtio_transport, transport);
}

/**
 * fwd_transport_send() - queue a packet for a guest
 * @skb: the packet; taken over
 * @net: the namespace it comes from
 *
 * Context: process; does not sleep, but may take locks that do on PREEMPT_RT.
 * Return: 0 or more, or -ENODEV if there is no such guest.
 */
int fwd_transport_send(struct sk_buff *skb, struct net *net)
{
	/* For fwd_send_diverts(): this one has its final header. */
	skb->mark = FWD_MARK_FINAL;
	return fwd_call_send_pkt(fwd_virtio_transport(), skb, net);
}

/**
 * fwd_transport_receive() - let the host have a packet of a guest
 * @skb: the packet; taken over
 * @net: the namespace of the guest
 *
 * Context: process, may sleep.
 */
void fwd_transport_receive(struct sk_buff *skb, struct net *net)
{
	fwd_call_recv_pkt(fwd_virtio_transport(), skb, net);
}

static struct sk_buff *fwd_alloc_reset(u16 type, struct fwd_addr from,
				       struct fwd_addr to)
{
	struct sk_buff *skb;

	skb = virtio_vsock_alloc_skb(VIRTIO_VSOCK_SKB_HEADROOM,
				     GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return NULL;

	*virtio_vsock_hdr(skb) = (struct virtio_vsock_hdr){
		.src_cid = cpu_to_le64(from.cid),
		.src_port = cpu_to_le32(from.port),
		.dst_cid = cpu_to_le64(to.cid),
		.dst_port = cpu_to_le32(to.port),
		.type = cpu_to_le16(type),
		.op = cpu_to_le16(VIRTIO_VSOCK_OP_RST),
	};
	return skb;
}

/**
 * fwd_send_reset() - tell a guest that a connection is no more
 * @net: the namespace of the guest
 * @type: VIRTIO_VSOCK_TYPE_*
 * @from: the other end, as the guest knows it
 * @to: the guest's end
 *
 * For connections that the guest knows: their number is limited. Short of
 * memory, nothing is sent, as the kernel's own resets.
 *
 * Context: as fwd_transport_send().
 */
void fwd_send_reset(struct net *net, u16 type, struct fwd_addr from,
		    struct fwd_addr to)
{
	struct sk_buff *skb = fwd_alloc_reset(type, from, to);

	if (skb)
		fwd_transport_send(skb, net);
}

/**
 * fwd_answer_reset() - answer a packet of a guest with a reset
 * @net: the namespace of the guest
 * @type: VIRTIO_VSOCK_TYPE_*
 * @from: where the packet was to go
 * @to: where it comes from
 *
 * As fwd_send_reset(), and counts as an answer, of which vhost_vsock queues only
 * so many: a guest that does not take them is not listened to.
 *
 * Context: as fwd_transport_send().
 */
void fwd_answer_reset(struct net *net, u16 type, struct fwd_addr from,
		      struct fwd_addr to)
{
	struct sk_buff *skb = fwd_alloc_reset(type, from, to);

	if (!skb)
		return;
	virtio_vsock_skb_set_reply(skb);
	fwd_transport_send(skb, net);
}

/**
 * fwd_receive_reset() - tell the host that a guest has reset a connection
 * @net: the namespace of the guest
 * @type: VIRTIO_VSOCK_TYPE_*
 * @from: the guest's end
 * @host_port: the host's end
 *
 * Context: process, may sleep.
 */
void fwd_receive_reset(struct net *net, u16 type, struct fwd_addr from,
		       u32 host_port)
{
	const struct fwd_addr to = { VMADDR_CID_HOST, host_port };
	struct sk_buff *skb = fwd_alloc_reset(type, from, to);

	if (skb)
		fwd_transport_receive(skb, net);
}
