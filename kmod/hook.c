// SPDX-License-Identifier: GPL-2.0
/*
 * The only file that names functions of the kernel that it was not invited to.
 *
 * An ftrace callback at the entry of two functions changes headers in place:
 *
 *  - guest to host: vhost_vsock_handle_tx_kick() copies a packet out of the
 *    guest, shows it to virtio_transport_deliver_tap_pkt(), and only then
 *    reads the addresses: source must be the guest's own CID, destination the
 *    host's. The alias becomes the target at the entry of the tap. A guest
 *    that lies about its source is still caught by that check.
 *
 *  - host to guest: vhost_transport_send_pkt() looks the guest up and queues
 *    the packet. The target becomes the alias at its entry, while the packet
 *    has a single owner.
 *
 * The callback runs in the context of those calls, takes no lock and allocates
 * nothing. Both directions share one ftrace_ops, so that they are attached and
 * detached together.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ftrace.h>
#include <linux/kallsyms.h>
#include <linux/kmod.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/virtio_vsock.h>
#include <linux/vm_sockets.h>
#include <net/af_vsock.h>

#include "compat/compat.h"
#include "hook.h"
#include "rewrite.h"
#include "rule.h"

#define FWD_VHOST_MODULE "vhost_vsock"

/**
 * struct fwd_function - where a function of vhost_vsock stands
 * @name: its symbol
 * @start: address of its first byte, or 0
 * @size: in bytes
 */
struct fwd_function {
	const char *name;
	unsigned long start;
	unsigned long size;
};

static struct fwd_function fwd_tx_kick = {
	.name = "vhost_vsock_handle_tx_kick",
};

static struct fwd_function fwd_send_pkt = {
	.name = "vhost_transport_send_pkt",
};

/* This one is exported. */
#define FWD_TAP ((unsigned long)virtio_transport_deliver_tap_pkt)
#define FWD_TAP_NAME "virtio_transport_deliver_tap_pkt"

/*
 * A socket of the host's transport to its guests, never connected: it keeps
 * vhost_vsock loaded while we point into it.
 */
static struct socket *fwd_pin;

static bool notrace fwd_function_has(const struct fwd_function *function,
				     unsigned long ip)
{
	return ip - function->start < function->size;
}

static void notrace fwd_from_guest(struct virtio_vsock_hdr *hdr)
{
	const struct fwd_rule *rule;

	rcu_read_lock();
	rule = fwd_rule_find(le64_to_cpu(hdr->src_cid));
	if (rule)
		fwd_rewrite_dst(hdr, rule->from_cid, rule->to_cid);
	rcu_read_unlock();
}

static void notrace fwd_to_guest(struct virtio_vsock_hdr *hdr)
{
	const struct fwd_rule *rule;

	rcu_read_lock();
	rule = fwd_rule_find(le64_to_cpu(hdr->dst_cid));
	if (rule)
		fwd_rewrite_src(hdr, rule->from_cid, rule->to_cid);
	rcu_read_unlock();
}

static void notrace fwd_on_packet(unsigned long ip, unsigned long parent_ip,
				  struct ftrace_ops *ops,
				  struct ftrace_regs *fregs)
{
	struct sk_buff *skb = (void *)ftrace_regs_get_argument(fregs, 0);

	/*
	 * The tap sees packets of both directions, and of the other virtio
	 * transports too: only those that come out of a vhost guest count.
	 */
	if (fwd_function_has(&fwd_send_pkt, ip))
		fwd_to_guest(virtio_vsock_hdr(skb));
	else if (fwd_function_has(&fwd_tx_kick, parent_ip))
		fwd_from_guest(virtio_vsock_hdr(skb));
}

/* PERMANENT: kernel.ftrace_enabled cannot switch it off behind our back. */
static struct ftrace_ops fwd_ops = {
	.func = fwd_on_packet,
	.flags = FTRACE_OPS_FL_PERMANENT,
};

static struct socket *fwd_pin_transport(void)
{
	const struct vsock_transport *transport;
	struct vsock_sock *vsk;
	struct socket *sock;
	int err;

	err = sock_create_kern(&init_net, AF_VSOCK, SOCK_STREAM, 0, &sock);
	if (err)
		return ERR_PTR(err);

	vsk = vsock_sk(sock->sk);
	lock_sock(sock->sk);
	/* Any CID will do that can only be a guest's. */
	vsk->remote_addr.svm_cid = VMADDR_CID_ANY - 1;
	err = vsock_assign_transport(vsk, NULL);
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

static struct socket *fwd_load_and_pin_transport(void)
{
	struct socket *sock = fwd_pin_transport();

	if (IS_ERR(sock) && !request_module(FWD_VHOST_MODULE))
		sock = fwd_pin_transport();
	return sock;
}

/*
 * A kprobe that is never armed is how a module may ask for the address of a
 * function that is not exported.
 */
static int fwd_function_resolve(struct fwd_function *function)
{
	struct kprobe probe = { .flags = KPROBE_FLAG_DISABLED };
	char symbol[KSYM_SYMBOL_LEN];
	unsigned long address, offset, size;
	const char *extent;
	int err;

	snprintf(symbol, sizeof(symbol), "%s:%s", FWD_VHOST_MODULE,
		 function->name);
	probe.symbol_name = symbol;
	err = register_kprobe(&probe);
	if (err)
		return err;
	address = (unsigned long)probe.addr;
	unregister_kprobe(&probe);

	/* "name+offset/size [module]": the probe may stand behind an ENDBR. */
	sprint_symbol(symbol, address);
	extent = strrchr(symbol, '+');
	if (!extent || sscanf(extent, "+%lx/%lx", &offset, &size) != 2)
		return -ENOENT;

	function->start = address - offset;
	function->size = size;
	return 0;
}

/*
 * Not ftrace_free_filter(): it leaves ops behind with pointers to what it
 * freed, and these ops are used again. For want of memory an address may stay;
 * a callback from there finds that it is none of ours.
 */
static void fwd_unaim(unsigned long function)
{
	ftrace_set_filter_ip(&fwd_ops, function, 1, 0);
}

static int fwd_aim(unsigned long function)
{
	return ftrace_set_filter_ip(&fwd_ops, function, 0, 0);
}

static void fwd_hook_unprepare(void)
{
	fwd_unaim(FWD_TAP);
	fwd_unaim(fwd_send_pkt.start);
	sock_release(fwd_pin);
	fwd_pin = NULL;
}

/*
 * Everything that can fail because this kernel is not what we know. A lack of
 * memory says nothing about the kernel, and the errno says it all.
 */
static int fwd_hook_prepare(void)
{
	const char *missing;
	struct socket *sock;
	int err;

	sock = fwd_load_and_pin_transport();
	if (PTR_ERR(sock) == -ENOMEM)
		return -ENOMEM;
	if (IS_ERR(sock)) {
		pr_err_ratelimited("%s is not the host's vsock transport to its guests (error %ld): is it loaded?\n",
				   FWD_VHOST_MODULE, PTR_ERR(sock));
		return -ENODEV;
	}

	missing = fwd_tx_kick.name;
	err = fwd_function_resolve(&fwd_tx_kick);
	if (err)
		goto unpin;

	missing = fwd_send_pkt.name;
	err = fwd_function_resolve(&fwd_send_pkt);
	if (!err)
		err = fwd_aim(fwd_send_pkt.start);
	if (err)
		goto unpin;

	missing = FWD_TAP_NAME;
	err = fwd_aim(FWD_TAP);
	if (err)
		goto unaim;

	fwd_pin = sock;
	return 0;

unaim:
	fwd_unaim(fwd_send_pkt.start);
unpin:
	sock_release(sock);
	if (err == -ENOMEM)
		return -ENOMEM;
	pr_err_ratelimited("this kernel has no function %s that can be hooked (error %d)\n",
			   missing, err);
	return -ENODEV;
}

/**
 * fwd_hook_preflight() - find out whether the hooks can be attached
 *
 * Leaves nothing behind. Says in the log what is missing.
 *
 * Context: process, may sleep and load modules.
 * Return: 0, -ENODEV or -ENOMEM.
 */
int fwd_hook_preflight(void)
{
	int err = fwd_hook_prepare();

	if (!err)
		fwd_hook_unprepare();
	return err;
}

/**
 * fwd_hook_attach() - let packets come by
 *
 * Context: process, may sleep and load modules. The caller sees to it that
 * this and fwd_hook_detach() take turns.
 * Return: 0, -ENODEV, -ENOMEM, or -EBUSY if function tracing is switched off.
 */
int fwd_hook_attach(void)
{
	int err;

	err = fwd_hook_prepare();
	if (err)
		return err;

	err = register_ftrace_function(&fwd_ops);
	if (err)
		fwd_hook_unprepare();
	return err;
}

/**
 * fwd_hook_detach() - undo fwd_hook_attach()
 *
 * When this returns, no packet is in this module any more.
 *
 * Context: process, may sleep.
 */
void fwd_hook_detach(void)
{
	unregister_ftrace_function(&fwd_ops);
	fwd_hook_unprepare();
}
