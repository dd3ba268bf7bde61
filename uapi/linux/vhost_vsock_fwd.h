/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Contract between the vhost_vsock_fwd module and userspace.
 */
#ifndef _UAPI_LINUX_VHOST_VSOCK_FWD_H
#define _UAPI_LINUX_VHOST_VSOCK_FWD_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * DOC: General rules
 *
 * The device is /dev/vhost-vsock-fwd. Every request is an ioctl() on it whose
 * argument points to a structure that starts with its own size in bytes.
 *
 *  - A structure shorter than the first published layout is refused.
 *  - A structure longer than the module knows is accepted if all that the
 *    module does not know is zero, and refused with E2BIG otherwise, as is one
 *    of more than 4096 bytes.
 *  - A field that a caller leaves out because its header is older reads as 0,
 *    and 0 always means what it meant before the field existed.
 *  - Fields named __reserved must be 0 on the way in. What fields marked "out"
 *    hold on the way in does not matter.
 *  - A request that fails has changed nothing.
 *
 * CIDs are vsock context IDs in host byte order, as in struct sockaddr_vm.
 *
 * Error codes, the same for every request:
 *
 *  - EACCES: a descriptor is one of vhost-vsock, but not that of the guest.
 *  - EADDRINUSE: the host itself has that CID.
 *  - EBADF: a descriptor is not open, or not one of vhost-vsock.
 *  - E2BIG: the structure is longer than the module knows, and a byte beyond
 *    that is not 0: the caller wants something newer than the module. Or the
 *    structure is longer than 4096 bytes.
 *  - EBUSY: the hooks cannot be attached now, because function tracing is
 *    switched off (kernel.ftrace_enabled = 0).
 *  - EEXIST: the guest has a rule for the same ports already, or one whose
 *    ports overlap without one range holding the other. It stays as it was.
 *  - EFAULT: the argument points to memory that cannot be read or written.
 *  - EINTR: a signal came while the caller waited for another caller.
 *  - EINVAL: a value can never be valid: a size that is too small, a reserved
 *    field that is not 0, a CID outside its range, or CIDs that contradict
 *    each other. Each field says what it accepts.
 *  - ENODEV: vhost_vsock is not there, is not the host's transport to its
 *    guests, or has no function of the expected name.
 *  - ENOENT: there is no such rule, or no alias.
 *  - ENOMEM: out of memory.
 *  - ENOSPC: there are VHOST_VSOCK_FWD_RULES_MAX rules already, or the guest
 *    has VHOST_VSOCK_FWD_GUEST_RULES_MAX, or more connections with the host
 *    than can be remembered.
 *  - ENOTTY: the module does not know this request.
 *  - EOPNOTSUPP: a flag or a target is well-formed, but this module does not
 *    offer it, on this kernel or at all. The features of VHOST_VSOCK_FWD_INFO
 *    tell what it offers.
 *  - EPERM: the caller lacks CAP_NET_ADMIN in the initial user namespace, and
 *    what it asks for needs that.
 */

/**
 * DOC: Versions
 *
 * VHOST_VSOCK_FWD_API_VERSION changes only when a program that was written
 * for the old number would do something wrong with the new module. What is
 * merely added (a request, a field, a flag) shows as a new feature bit, and
 * the version stays. A program therefore asks for equality of the version,
 * once, and then looks at the feature bits that it needs.
 */
#define VHOST_VSOCK_FWD_API_VERSION	1

#define VHOST_VSOCK_FWD_DEVICE		"/dev/vhost-vsock-fwd"

/* The highest number of rules that may exist at a time. */
#define VHOST_VSOCK_FWD_RULES_MAX	65536

/* The highest number of rules that one guest may have at a time. */
#define VHOST_VSOCK_FWD_GUEST_RULES_MAX	256

/* The most rules that one VHOST_VSOCK_FWD_RULE_LIST returns. */
#define VHOST_VSOCK_FWD_LIST_MAX	1024

/*
 * The numbers carry no size and no direction (_IO): a structure may grow
 * without a new number.
 */
#define VHOST_VSOCK_FWD_IOC		0xBF

/**
 * enum vhost_vsock_fwd_feature - what a module offers
 * @VHOST_VSOCK_FWD_F_TO_HOST: a rule may name the host as its target
 * @VHOST_VSOCK_FWD_F_PERSIST: a rule may outlive its descriptor
 * @VHOST_VSOCK_FWD_F_PORTS: a rule may be for some ports, translate them, or
 *	deny them; and the guest may talk to the host's own CID beside the alias
 * @VHOST_VSOCK_FWD_F_TO_GUEST: a rule may name another guest as its target
 * @VHOST_VSOCK_FWD_F_PROOF: who holds a guest's descriptor may rule the guest
 * @VHOST_VSOCK_FWD_F_HOST_ALIAS: programs of the host may bind to another CID
 *
 * Bits of &vhost_vsock_fwd_info.features.
 */
enum vhost_vsock_fwd_feature {
	VHOST_VSOCK_FWD_F_TO_HOST	= 1 << 0,
	VHOST_VSOCK_FWD_F_PERSIST	= 1 << 1,
	VHOST_VSOCK_FWD_F_PORTS		= 1 << 2,
	VHOST_VSOCK_FWD_F_TO_GUEST	= 1 << 3,
	VHOST_VSOCK_FWD_F_PROOF		= 1 << 4,
	VHOST_VSOCK_FWD_F_HOST_ALIAS	= 1 << 5,
};

/**
 * enum vhost_vsock_fwd_state - what the module is doing
 * @VHOST_VSOCK_FWD_S_HOOKED: the hooks are attached; true while there is a rule
 *
 * Bits of &vhost_vsock_fwd_info.state.
 */
enum vhost_vsock_fwd_state {
	VHOST_VSOCK_FWD_S_HOOKED	= 1 << 0,
};

/**
 * enum vhost_vsock_fwd_rule_flags - properties of a rule
 * @VHOST_VSOCK_FWD_RULE_PERSIST: keep the rule until it is deleted; without
 *	this flag it goes when the descriptor that added it is closed for good
 * @VHOST_VSOCK_FWD_RULE_DENY: refuse the connections that match, at once
 * @VHOST_VSOCK_FWD_RULE_GUEST_FD: the caller runs the guest, and proves it; the
 *	rule goes with the guest. Not with PERSIST
 * @VHOST_VSOCK_FWD_RULE_PARENT_FD: the same for the parent, another guest
 */
enum vhost_vsock_fwd_rule_flags {
	VHOST_VSOCK_FWD_RULE_PERSIST	= 1 << 0,
	VHOST_VSOCK_FWD_RULE_DENY	= 1 << 1,
	VHOST_VSOCK_FWD_RULE_GUEST_FD	= 1 << 2,
	VHOST_VSOCK_FWD_RULE_PARENT_FD	= 1 << 3,
};

/**
 * struct vhost_vsock_fwd_info - ioctl(VHOST_VSOCK_FWD_INFO)
 * @size: sizeof(struct vhost_vsock_fwd_info)
 * @flags: must be 0
 * @api_version: out: VHOST_VSOCK_FWD_API_VERSION of the module
 * @state: out: bits of &enum vhost_vsock_fwd_state
 * @features: out: bits of &enum vhost_vsock_fwd_feature
 * @rules: out: number of rules that exist
 * @rules_max: out: number of rules that may exist
 * @host_alias: out: the CID that VHOST_VSOCK_FWD_HOST_ALIAS has set, or 0
 * @__reserved: out: 0
 *
 * Tells what the module is, offers and does. Needs no capability.
 *
 * Context: may wait for another caller's request.
 * Return: 0, or -1 with errno E2BIG, EFAULT, EINTR, EINVAL or EOPNOTSUPP.
 */
struct vhost_vsock_fwd_info {
	__u32 size;
	__u32 flags;
	__u32 api_version;
	__u32 state;
	__aligned_u64 features;
	__u32 rules;
	__u32 rules_max;
	__u32 host_alias;
	__u32 __reserved;
};

#define VHOST_VSOCK_FWD_INFO		_IO(VHOST_VSOCK_FWD_IOC, 0x00)

/**
 * struct vhost_vsock_fwd_rule_add - ioctl(VHOST_VSOCK_FWD_RULE_ADD)
 * @size: sizeof(struct vhost_vsock_fwd_rule_add)
 * @flags: bits of &enum vhost_vsock_fwd_rule_flags
 * @guest_cid: the guest that the rule is for: 3 ... 2^32-2. It need not run
 *	yet, and the rule survives its restarts
 * @from_cid: the CID that stands for the target in the guest's eyes:
 *	3 ... 2^32-2, other than @guest_cid; 3 is the parent of an enclave
 * @to_cid: the target: 2 (the host), or a third guest, 3 ... 2^32-2; 0 in a
 *	rule that denies. 1 (VMADDR_CID_LOCAL) is refused: packets to it never
 *	leave the machine they start on
 * @guest_fd: with VHOST_VSOCK_FWD_RULE_GUEST_FD, the descriptor of
 *	/dev/vhost-vsock whose CID, set by VHOST_VSOCK_SET_GUEST_CID, is
 *	@guest_cid; else 0
 * @port_first: the first of the ports at @from_cid that the rule is for, or 0
 *	for every port: 1 ... 2^32-2
 * @port_last: the last of them, not below @port_first; 0 if that is 0
 * @to_port: the port at the target that stands for @port_first, 1 ... 2^32-2;
 *	the next ones follow in order. 0 leaves the ports as they are; must be
 *	0 for every port, and in a rule that denies
 * @parent_fd: with VHOST_VSOCK_FWD_RULE_PARENT_FD, the descriptor whose CID is
 *	@to_cid; else 0
 *
 * From now on, what the guest sends to @from_cid goes to @to_cid, and what
 * @to_cid sends to the guest comes from @from_cid. A guest may have several
 * rules, which agree in @from_cid and, but for those that deny, in @to_cid
 * (EINVAL otherwise): it has one parent. Of those that match, the one with the
 * fewest ports decides about a connection when it starts; a port at @from_cid
 * that no rule matches is denied. Connections of the guest that exist go on as
 * they are. What the guest sends to other CIDs, such as the host's own, is
 * left alone.
 *
 * Needs CAP_NET_ADMIN, or proof that the caller runs the guest: its descriptor
 * and, if the parent is another guest, that one's too. Without the capability,
 * all rules of the guest have to come from the same descriptor of this device,
 * and half of VHOST_VSOCK_FWD_RULES_MAX is out of reach.
 *
 * A rule with a descriptor goes when that is closed for good, or when a CID is
 * set on it, whatever becomes of that. It does not hold the descriptor. Looking
 * at the proof changes nothing, and the guest may run.
 *
 * Context: may sleep, load vhost_vsock, and (for the first rule) wait for all
 * tasks to pass a quiescent state.
 * Return: 0, or -1 with errno E2BIG, EACCES, EBADF, EBUSY, EEXIST, EFAULT,
 * EINTR, EINVAL, ENODEV, ENOMEM, ENOSPC, EOPNOTSUPP or EPERM.
 */
struct vhost_vsock_fwd_rule_add {
	__u32 size;
	__u32 flags;
	__u32 guest_cid;
	__u32 from_cid;
	__u32 to_cid;
	__u32 guest_fd;
	__u32 port_first;
	__u32 port_last;
	__u32 to_port;
	__u32 parent_fd;
};

#define VHOST_VSOCK_FWD_RULE_ADD	_IO(VHOST_VSOCK_FWD_IOC, 0x01)

/**
 * struct vhost_vsock_fwd_rule_del - ioctl(VHOST_VSOCK_FWD_RULE_DEL)
 * @size: sizeof(struct vhost_vsock_fwd_rule_del)
 * @flags: must be 0
 * @guest_cid: the guest whose rule goes: 3 ... 2^32-2
 * @__reserved: must be 0
 * @port_first: the first of the ports that the rule is for, as it was added
 * @port_last: the last of them
 *
 * Removes a rule, whichever descriptor added it. The connections that it let
 * through are reset on both sides, so that nobody waits in vain. Needs
 * CAP_NET_ADMIN, unless it was added with the same descriptor of this device.
 *
 * Context: may sleep, and (for the last rule) wait for all tasks to pass a
 * quiescent state.
 * Return: 0, or -1 with errno E2BIG, EFAULT, EINTR, EINVAL, ENOENT, EOPNOTSUPP
 * or EPERM.
 */
struct vhost_vsock_fwd_rule_del {
	__u32 size;
	__u32 flags;
	__u32 guest_cid;
	__u32 __reserved;
	__u32 port_first;
	__u32 port_last;
};

#define VHOST_VSOCK_FWD_RULE_DEL	_IO(VHOST_VSOCK_FWD_IOC, 0x02)

/**
 * struct vhost_vsock_fwd_rule - a rule as VHOST_VSOCK_FWD_RULE_LIST returns it
 * @id: a number that no other rule has had since the module was loaded; a
 *	newer rule has a higher one; never 0
 * @flags: bits of &enum vhost_vsock_fwd_rule_flags
 * @guest_cid: the guest that the rule is for
 * @from_cid: the CID that the guest uses
 * @to_cid: the CID that it reaches; 0 if the rule denies
 * @port_first: the first of the ports that the rule is for; 0 for every port
 * @port_last: the last of them
 * @to_port: the port at the target that stands for @port_first; 0 if ports stay
 * @__reserved: 0
 */
struct vhost_vsock_fwd_rule {
	__aligned_u64 id;
	__u32 flags;
	__u32 guest_cid;
	__u32 from_cid;
	__u32 to_cid;
	__u32 port_first;
	__u32 port_last;
	__u32 to_port;
	__u32 __reserved;
};

/**
 * struct vhost_vsock_fwd_rule_list - ioctl(VHOST_VSOCK_FWD_RULE_LIST)
 * @size: sizeof(struct vhost_vsock_fwd_rule_list)
 * @flags: must be 0
 * @after_id: return only rules with a higher &vhost_vsock_fwd_rule.id; 0 is
 *	the start
 * @entries: address of an array of &struct vhost_vsock_fwd_rule; may be 0 if
 *	@count is 0
 * @count: in: number of entries that fit into the array. out: number of
 *	entries written, at most VHOST_VSOCK_FWD_LIST_MAX
 * @entry_size: in: sizeof(struct vhost_vsock_fwd_rule). The module leaves what
 *	it does not know of each entry 0, and leaves out what the caller does
 *	not know. Smaller than the first published layout: EINVAL
 *
 * Lists rules in the order of their ids. One request sees one moment. For the
 * next page, pass the last id as @after_id; the end is a page that is not
 * full: fewer entries than @count and than VHOST_VSOCK_FWD_LIST_MAX. Needs no
 * capability.
 *
 * Context: may wait for another caller's request.
 * Return: 0, or -1 with errno E2BIG, EFAULT, EINTR, EINVAL, ENOMEM or
 * EOPNOTSUPP.
 */
struct vhost_vsock_fwd_rule_list {
	__u32 size;
	__u32 flags;
	__aligned_u64 after_id;
	__aligned_u64 entries;
	__u32 count;
	__u32 entry_size;
};

#define VHOST_VSOCK_FWD_RULE_LIST	_IO(VHOST_VSOCK_FWD_IOC, 0x03)

/**
 * struct vhost_vsock_fwd_host_alias - ioctl(VHOST_VSOCK_FWD_HOST_ALIAS)
 * @size: sizeof(struct vhost_vsock_fwd_host_alias)
 * @flags: must be 0
 * @cid: the alias: 3 ... 2^32-2; or 0: none from now on
 * @__reserved: must be 0
 *
 * From now on, a program of the host that binds a socket to @cid binds it to the
 * host's own CID, 2, to which rules bring the guests; getsockname() tells 2. The
 * alias is of the caller's network namespace, or where namespaces share their
 * guests, of them all; one at a time: a new one takes the place of the one
 * before. It stays until it is taken back. What is bound stays bound. While the
 * host itself has a CID by that number (it is a guest, too), the alias rests.
 * Needs CAP_NET_ADMIN.
 *
 * Context: may sleep, and wait for all tasks to pass a quiescent state.
 * Return: 0, or -1 with errno E2BIG, EADDRINUSE, EBUSY, EFAULT, EINTR, EINVAL,
 * ENOENT (there is none), ENOMEM, EOPNOTSUPP or EPERM.
 */
struct vhost_vsock_fwd_host_alias {
	__u32 size;
	__u32 flags;
	__u32 cid;
	__u32 __reserved;
};

#define VHOST_VSOCK_FWD_HOST_ALIAS	_IO(VHOST_VSOCK_FWD_IOC, 0x04)

#endif /* _UAPI_LINUX_VHOST_VSOCK_FWD_H */
