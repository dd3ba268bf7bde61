// SPDX-License-Identifier: GPL-2.0
/*
 * The way of a packet, from the guest's side:
 *
 *  - fwd_arrival(): it came out of the guest, and says what it likes. For the
 *    kernel to take it, the host becomes its destination; skb->mark keeps the
 *    one that it had.
 *
 *  - fwd_receive(): the kernel has checked that the source is the guest's own.
 *    Only now rules and state count, and only here packets go to other guests.
 *
 *  - fwd_send(): a packet of the host for the guest.
 *
 * A guest's connections with a parent that is the host need no memory: 3 is 2,
 * and ports are what they are. The flows are the exceptions: connections to
 * the host's own CID, those with other ports, and those with another guest.
 */
#include <linux/skbuff.h>
#include <linux/virtio_vsock.h>
#include <linux/vm_sockets.h>
#include <net/af_vsock.h>
#include <net/sock.h>
#include <uapi/linux/vhost_vsock_fwd.h>

#include "compat/compat.h"
#include "capture.h"
#include "connection.h"
#include "flow.h"
#include "guest.h"
#include "header.h"
#include "netlink.h"
#include "path.h"
#include "portmap.h"
#include "rule.h"
#include "sibling.h"
#include "stats.h"
#include "trace.h"
#include "transport.h"

/* How many flows to look at when there are too many. */
#define FWD_RECLAIM 16

/**
 * struct fwd_packet - a packet that a guest has sent
 * @skb: the packet
 * @hdr: its header
 * @net: the namespace of the guest
 * @type: VIRTIO_VSOCK_TYPE_*
 * @op: VIRTIO_VSOCK_OP_*
 * @src: where it comes from; the CID has been checked
 * @dst: where its sender wants it to go
 */
struct fwd_packet {
	struct sk_buff *skb;
	struct virtio_vsock_hdr *hdr;
	struct net *net;
	u16 type;
	u16 op;
	struct fwd_addr src;
	struct fwd_addr dst;
};

/*
 * The guest that a packet comes from or goes to, if rules are in force for it.
 */
static struct fwd_guest *fwd_ruled_guest(struct net *pool, u64 cid)
{
	struct fwd_guest *guest = fwd_guest_find(pool, cid);

	return guest && !READ_ONCE(guest->suspended) ? guest : NULL;
}

/* How a guest sees a port of the host, unless a flow says otherwise. */
static struct fwd_addr fwd_host_seen(const struct fwd_guest *guest, u32 port)
{
	const bool is_parent = fwd_guest_parent(guest) == VMADDR_CID_HOST;

	return (struct fwd_addr){
		.cid = is_parent ? guest->from_cid : VMADDR_CID_HOST,
		.port = port,
	};
}

static struct fwd_addr fwd_host_addr(u32 port)
{
	return (struct fwd_addr){ .cid = VMADDR_CID_HOST, .port = port };
}

static bool fwd_has_flows(const struct fwd_guest *guest)
{
	return atomic_read(&guest->flows_count[FWD_BY_GUEST]) ||
	       atomic_read(&guest->flows_count[FWD_BY_PEER]);
}

/* Neither begins a connection nor ends it at once. */
static bool fwd_is_data(const struct virtio_vsock_hdr *hdr)
{
	return hdr->op != cpu_to_le16(VIRTIO_VSOCK_OP_REQUEST) &&
	       hdr->op != cpu_to_le16(VIRTIO_VSOCK_OP_RST);
}

/**
 * fwd_arrival() - let the kernel take a packet for the host's
 * @skb: a packet as its guest has sent it; changed if it is for somebody else
 *
 * If it is nobody's business, it is dropped later, instead of by the kernel.
 *
 * Context: any.
 */
void fwd_arrival(struct sk_buff *skb)
{
	struct virtio_vsock_hdr *hdr = virtio_vsock_hdr(skb);
	u64 dst = le64_to_cpu(hdr->dst_cid);

	if (dst <= VMADDR_CID_HOST || dst >= VMADDR_CID_ANY)
		return;
	skb->mark = dst;
	hdr->dst_cid = cpu_to_le64(VMADDR_CID_HOST);
}

/**
 * fwd_arrival_diverts() - whether a packet has to be captured as it is first
 * @skb: a packet as its guest has sent it; changed if it need not
 *
 * Context: any.
 * Return: whether fwd_arrival() shall be called later.
 */
bool fwd_arrival_diverts(struct sk_buff *skb)
{
	if (fwd_capture_is_on())
		return true;
	fwd_arrival(skb);
	return false;
}

/*
 * The rule that a connection counts for, if it is one with the parent: the one
 * for its port, or else the guest's oldest.
 */
static struct fwd_stats *fwd_stats_of(const struct fwd_guest *guest,
				      struct fwd_addr seen)
{
	const struct fwd_portmap *map = rcu_dereference(guest->map);
	struct fwd_rule *rule;

	if (seen.cid != guest->from_cid)
		return NULL;
	rule = fwd_portmap_find(map, seen.port) ?: map->oldest;
	return rule ? &rule->stats : NULL;
}

static void fwd_count(const struct fwd_guest *guest,
		      enum fwd_direction direction, struct fwd_addr seen,
		      const struct sk_buff *skb)
{
	struct fwd_stats *stats = fwd_stats_of(guest, seen);

	if (stats)
		fwd_stats_count(stats, direction, skb->len);
}

/* A request for a connection goes on. */
static void fwd_started(const struct fwd_guest *guest,
			const struct fwd_connection *connection)
{
	struct fwd_stats *stats = fwd_stats_of(guest, connection->seen);

	if (stats)
		atomic64_inc(&stats->connections);
	fwd_event_flow_started(guest, connection);
}

/* A packet goes on. */
static void fwd_went_on(const struct fwd_guest *guest,
			enum fwd_direction direction,
			const struct fwd_packet *packet,
			const struct fwd_connection *connection)
{
	const struct fwd_addr end = { guest->cid, connection->guest_port };

	fwd_count(guest, direction, connection->seen, packet->skb);
	if (direction == FWD_FROM_GUEST)
		trace_vhost_vsock_fwd_from_guest(end, connection->seen,
						 connection->wire, packet->hdr);
	else
		trace_vhost_vsock_fwd_to_guest(end, connection->seen,
					       connection->wire, packet->hdr);
	if (packet->op == VIRTIO_VSOCK_OP_REQUEST)
		fwd_started(guest, connection);
}

/*
 * The common case: data of a connection to the host. Returns false where it
 * takes more to know what becomes of the packet.
 */
static bool fwd_receive_data(const struct fwd_guest *guest,
			     struct sk_buff *skb, u32 dst_cid)
{
	struct virtio_vsock_hdr *hdr = virtio_vsock_hdr(skb);
	u32 guest_port = le32_to_cpu(hdr->src_port);
	u32 port = le32_to_cpu(hdr->dst_port);
	const struct fwd_addr end = { guest->cid, guest_port };
	const struct fwd_addr seen = { dst_cid, port };
	const struct fwd_flow *flow = NULL;
	struct fwd_addr peer;

	if (!fwd_is_data(hdr))
		return false;
	if (fwd_has_flows(guest))
		flow = fwd_flow_by_seen(guest, guest_port, seen);
	if (flow) {
		if (flow->wire.peer.cid != VMADDR_CID_HOST)
			return false;
		fwd_header_set_dst(hdr, flow->wire.peer);
	} else {
		if (!fwd_addr_equal(seen, fwd_host_seen(guest, port)))
			return false;
		if (fwd_has_flows(guest) &&
		    fwd_flow_by_wire(guest, guest_port, fwd_host_addr(port)))
			return false;
	}
	fwd_count(guest, FWD_FROM_GUEST, seen, skb);
	peer = fwd_host_addr(le32_to_cpu(hdr->dst_port));
	trace_vhost_vsock_fwd_from_guest(end, seen, peer, hdr);
	return true;
}

/**
 * fwd_receive_diverts() - whether a packet needs more than a new header
 * @skb: a packet for the host, whose source has been checked; changed if it
 *	goes on to the host
 * @net: the namespace of the guest
 *
 * Context: any.
 * Return: whether fwd_receive() shall have it.
 */
bool fwd_receive_diverts(struct sk_buff *skb, struct net *net)
{
	const struct virtio_vsock_hdr *hdr = virtio_vsock_hdr(skb);
	const struct fwd_guest *guest;
	bool diverts;

	rcu_read_lock();
	guest = fwd_ruled_guest(fwd_net_pool(net), le64_to_cpu(hdr->src_cid));
	if (guest)
		diverts = !fwd_receive_data(guest, skb,
					    skb->mark ?: VMADDR_CID_HOST);
	else
		diverts = skb->mark;
	rcu_read_unlock();

	if (!diverts)
		skb->mark = 0;
	return diverts;
}

/* The connection that a packet of a guest belongs to; the wire may be unknown. */
static struct fwd_connection fwd_from_guest(const struct fwd_packet *packet,
					    struct fwd_addr wire)
{
	return (struct fwd_connection){
		.type = packet->type,
		.side = FWD_BY_GUEST,
		.guest_port = packet->src.port,
		.wire = wire,
		.seen = packet->dst,
	};
}

/* The one that a packet of its parent belongs to, as far as that tells. */
static struct fwd_connection fwd_from_peer(const struct fwd_packet *packet,
					   const struct fwd_guest *guest)
{
	return (struct fwd_connection){
		.type = packet->type,
		.side = FWD_BY_PEER,
		.guest_port = packet->dst.port,
		.wire = packet->src,
		.seen = { guest->from_cid, packet->src.port },
	};
}

static bool fwd_connection_lives(struct net *net, struct fwd_addr guest,
				 u32 host_port)
{
	struct sock *sk = fwd_connection_sock(net, guest, host_port);

	if (sk)
		sock_put(sk);
	return sk;
}

/*
 * The host says when a connection is over, but not if its guest has gone. Looks
 * at some of the flows for those, each time at others.
 */
static void fwd_reclaim(struct fwd_guest *guest, const struct fwd_packet *packet)
{
	struct fwd_connection sample[FWD_RECLAIM];
	unsigned int count, i;

	count = fwd_flow_sample(guest, sample, ARRAY_SIZE(sample));
	for (i = 0; i < count; i++) {
		struct fwd_addr end = { guest->cid, sample[i].guest_port };
		struct fwd_addr wire = sample[i].wire;
		struct fwd_flow *flow;

		if (wire.cid != VMADDR_CID_HOST ||
		    fwd_connection_lives(packet->net, end, wire.port))
			continue;
		flow = fwd_flow_by_wire(guest, end.port, wire);
		if (flow)
			fwd_flow_remove(guest, flow);
	}
}

/*
 * Whether a guest may start this connection with the host: neither end takes
 * it for another one that lives. Flows of connections that are over go.
 */
static enum vhost_vsock_fwd_drop
fwd_claim(struct fwd_guest *guest, const struct fwd_packet *packet,
	  struct fwd_addr wire)
{
	const struct fwd_addr usual = fwd_host_seen(guest, wire.port);
	u32 guest_port = packet->src.port;
	struct fwd_connection connection;
	struct fwd_flow *flow;
	int err;

	flow = fwd_flow_by_seen(guest, guest_port, packet->dst);
	if (flow && !fwd_addr_equal(flow->wire.peer, wire)) {
		if (fwd_connection_lives(packet->net, packet->src,
					 flow->wire.peer.port))
			return VHOST_VSOCK_FWD_DROP_COLLISION;
		fwd_flow_remove(guest, flow);
	} else if (flow) {
		return 0;
	}

	flow = fwd_flow_by_wire(guest, guest_port, wire);
	if (flow) {
		if (fwd_connection_lives(packet->net, packet->src, wire.port))
			return VHOST_VSOCK_FWD_DROP_COLLISION;
		fwd_flow_remove(guest, flow);
	}
	if (fwd_addr_equal(packet->dst, usual))
		return 0;
	if (!flow && fwd_connection_lives(packet->net, packet->src, wire.port))
		return VHOST_VSOCK_FWD_DROP_COLLISION;

	if (atomic_read(&guest->flows_count[FWD_BY_GUEST]) >= FWD_FLOWS_MAX)
		fwd_reclaim(guest, packet);
	connection = fwd_from_guest(packet, wire);
	err = fwd_flow_insert(guest, &connection);
	if (err == -EEXIST)
		return VHOST_VSOCK_FWD_DROP_COLLISION;
	return err ? VHOST_VSOCK_FWD_DROP_NO_ROOM : 0;
}

/* Where a connection to the alias goes. */
static enum vhost_vsock_fwd_drop
fwd_route(const struct fwd_guest *guest, u32 port, struct fwd_addr *wire)
{
	const struct fwd_rule *rule;

	rule = fwd_portmap_find(rcu_dereference(guest->map), port);
	if (!rule || rule->flags & VHOST_VSOCK_FWD_RULE_DENY)
		return VHOST_VSOCK_FWD_DROP_DENIED;

	wire->cid = fwd_guest_parent(guest);
	wire->port = rule->to_port ? rule->to_port + (port - rule->first) : port;
	return 0;
}

/* Answers a packet that belongs to no connection. */
static void fwd_reject(const struct fwd_packet *packet)
{
	if (packet->op != VIRTIO_VSOCK_OP_RST)
		fwd_answer_reset(packet->net, packet->type, packet->dst,
				 packet->src);
}

/* A packet for the host. Unless it is dropped, the host shall have it. */
static enum vhost_vsock_fwd_drop fwd_to_host(struct fwd_guest *guest,
					     const struct fwd_packet *packet)
{
	u32 guest_port = packet->src.port, port = packet->dst.port;
	struct fwd_addr wire = fwd_host_addr(port);
	enum vhost_vsock_fwd_drop drop = 0;
	struct fwd_connection connection;
	struct fwd_flow *flow;

	if (packet->op == VIRTIO_VSOCK_OP_REQUEST) {
		if (packet->dst.cid == guest->from_cid)
			drop = fwd_route(guest, port, &wire);
		drop = drop ?: fwd_claim(guest, packet, wire);
		if (!drop)
			fwd_flow_reopen(guest, guest_port, wire.port);
	} else {
		flow = fwd_flow_by_seen(guest, guest_port, packet->dst);
		/* Not the end of it: the host may have its own reset to send. */
		if (flow)
			wire = flow->wire.peer;
		else if (!fwd_addr_equal(packet->dst, fwd_host_seen(guest, port)) ||
			 fwd_flow_by_wire(guest, guest_port, wire))
			drop = VHOST_VSOCK_FWD_DROP_STRAY;
	}
	if (drop)
		return drop;

	fwd_header_set_dst(packet->hdr, wire);
	connection = fwd_from_guest(packet, wire);
	fwd_went_on(guest, FWD_FROM_GUEST, packet, &connection);
	return 0;
}

/*
 * Passes a packet on to another guest; takes it over. If that fails, both ends
 * are told that the connection is over, as far as they know of it: a guest that
 * takes no packets is not sent a reset for each request that did not reach it.
 */
static void fwd_forward(struct fwd_guest *guest, struct fwd_flow *flow,
			const struct fwd_packet *packet, struct fwd_link *link,
			struct fwd_addr from, struct fwd_addr to)
{
	bool is_last = packet->op == VIRTIO_VSOCK_OP_RST;
	struct fwd_stats *stats;

	fwd_header_set_src(packet->hdr, from);
	fwd_header_set_dst(packet->hdr, to);

	if (is_last)
		fwd_flow_remove(guest, flow);
	if (!fwd_link_send(link, packet->skb, packet->net, is_last) || is_last)
		return;

	stats = fwd_stats_of(guest, flow->seen.peer);
	if (stats)
		atomic64_inc(&stats->drops[VHOST_VSOCK_FWD_DROP_NOT_SENT]);
	fwd_flow_remove(guest, flow);
	if (packet->op != VIRTIO_VSOCK_OP_REQUEST)
		fwd_send_reset(packet->net, packet->type, from, to);
	fwd_reject(packet);
}

/*
 * The flow of a connection between guests; a new one for a new connection.
 * Without one, the packet is dropped.
 */
static enum vhost_vsock_fwd_drop
fwd_guests_flow(struct fwd_guest *guest, const struct fwd_packet *packet,
		const struct fwd_connection *connection, struct fwd_flow **flow)
{
	*flow = fwd_flow_by_wire(guest, connection->guest_port,
				 connection->wire);
	if (!*flow && packet->op == VIRTIO_VSOCK_OP_REQUEST) {
		int err = fwd_flow_insert(guest, connection);

		if (err)
			return err == -EEXIST ? VHOST_VSOCK_FWD_DROP_COLLISION :
						VHOST_VSOCK_FWD_DROP_NO_ROOM;
		*flow = fwd_flow_by_wire(guest, connection->guest_port,
					 connection->wire);
	}
	if (!*flow || !fwd_addr_equal((*flow)->seen.peer, connection->seen))
		return VHOST_VSOCK_FWD_DROP_STRAY;
	return fwd_header_sanitize(packet->hdr, packet->skb->len) ?
		       0 :
		       VHOST_VSOCK_FWD_DROP_MALFORMED;
}

/* From a guest to its parent, another guest. Unless dropped, taken over. */
static enum vhost_vsock_fwd_drop fwd_to_parent(struct fwd_guest *guest,
					       const struct fwd_packet *packet)
{
	struct fwd_connection connection =
		fwd_from_guest(packet, (struct fwd_addr){});
	enum vhost_vsock_fwd_drop drop = 0;
	struct fwd_flow *flow;

	flow = fwd_flow_by_seen(guest, connection.guest_port, packet->dst);
	/* What a flow lets through is no rule for a new connection. */
	if (flow && packet->op != VIRTIO_VSOCK_OP_REQUEST)
		connection.wire = flow->wire.peer;
	else
		drop = fwd_route(guest, packet->dst.port, &connection.wire);

	drop = drop ?: fwd_guests_flow(guest, packet, &connection, &flow);
	if (drop)
		return drop;
	fwd_went_on(guest, FWD_FROM_GUEST, packet, &connection);
	fwd_forward(guest, flow, packet, &guest->sibling->to_parent,
		    packet->src, connection.wire);
	return 0;
}

/* From a parent that is a guest. Unless dropped, taken over. */
static enum vhost_vsock_fwd_drop fwd_from_parent(struct fwd_guest *guest,
						 const struct fwd_packet *packet)
{
	struct fwd_connection connection = fwd_from_peer(packet, guest);
	enum vhost_vsock_fwd_drop drop;
	struct fwd_flow *flow;

	flow = fwd_flow_by_wire(guest, connection.guest_port, connection.wire);
	if (flow)
		connection.seen = flow->seen.peer;

	drop = fwd_guests_flow(guest, packet, &connection, &flow);
	if (drop)
		return drop;
	fwd_went_on(guest, FWD_TO_GUEST, packet, &connection);
	fwd_forward(guest, flow, packet, &guest->sibling->to_guest,
		    connection.seen, packet->dst);
	return 0;
}

enum fwd_verdict {
	FWD_PASS,
	FWD_CONSUMED,
	FWD_REJECT,
	FWD_IGNORE,
};

/* Whose packet it is that the guest's rules reject, and why. */
static enum fwd_verdict fwd_rejected(struct fwd_guest *guest,
				     const struct fwd_packet *packet,
				     struct fwd_connection *connection,
				     enum vhost_vsock_fwd_drop drop)
{
	struct fwd_stats *stats;

	/* The rest of a connection that has just ended is nothing unusual. */
	if (packet->op == VIRTIO_VSOCK_OP_RST)
		return FWD_REJECT;

	stats = fwd_stats_of(guest, connection->seen);
	if (stats)
		atomic64_inc(&stats->drops[drop]);
	trace_vhost_vsock_fwd_drop(packet->src, packet->dst, packet->hdr, drop);
	if (packet->op == VIRTIO_VSOCK_OP_REQUEST)
		fwd_event_flow_denied(guest, connection, drop);
	return FWD_REJECT;
}

static enum fwd_verdict fwd_decide_for_guest(struct fwd_guest *guest,
					     const struct fwd_packet *packet)
{
	struct fwd_connection connection =
		fwd_from_guest(packet, (struct fwd_addr){});
	enum vhost_vsock_fwd_drop drop;

	if (packet->dst.cid == guest->from_cid &&
	    fwd_guest_parent(guest) > VMADDR_CID_HOST) {
		drop = fwd_to_parent(guest, packet);
		return drop ? fwd_rejected(guest, packet, &connection, drop) :
			      FWD_CONSUMED;
	}
	drop = fwd_to_host(guest, packet);
	return drop ? fwd_rejected(guest, packet, &connection, drop) : FWD_PASS;
}

static enum fwd_verdict fwd_decide_for_parent(struct fwd_guest *guest,
					      const struct fwd_packet *packet)
{
	struct fwd_connection connection = fwd_from_peer(packet, guest);
	enum vhost_vsock_fwd_drop drop = fwd_from_parent(guest, packet);

	return drop ? fwd_rejected(guest, packet, &connection, drop) :
		      FWD_CONSUMED;
}

static enum fwd_verdict fwd_decide(const struct fwd_packet *packet)
{
	struct net *pool = fwd_net_pool(packet->net);
	struct fwd_guest *guest = fwd_ruled_guest(pool, packet->src.cid);
	struct fwd_guest *child;

	if (guest && (packet->dst.cid == guest->from_cid ||
		      packet->dst.cid == VMADDR_CID_HOST))
		return fwd_decide_for_guest(guest, packet);
	if (packet->dst.cid == VMADDR_CID_HOST)
		return FWD_PASS;

	child = fwd_ruled_guest(pool, packet->dst.cid);
	if (child && fwd_guest_parent(child) == packet->src.cid)
		return fwd_decide_for_parent(child, packet);

	/* Without us, the kernel had dropped it. */
	return FWD_IGNORE;
}

/**
 * fwd_receive() - do with a packet what its guest's rules say
 * @skb: a packet for the host, whose source has been checked
 * @net: the namespace of the guest
 * @passed: set if the host shall have the packet: what fwd_received() needs
 *
 * Context: process; does not sleep, but may take locks that do on PREEMPT_RT.
 * Return: whether the host shall have the packet; otherwise it was taken over.
 */
bool fwd_receive(struct sk_buff *skb, struct net *net,
		 struct fwd_passed *passed)
{
	struct virtio_vsock_hdr *hdr = virtio_vsock_hdr(skb);
	const struct fwd_packet packet = {
		.skb = skb,
		.hdr = hdr,
		.net = net,
		.type = le16_to_cpu(hdr->type),
		.op = le16_to_cpu(hdr->op),
		.src = { le64_to_cpu(hdr->src_cid), le32_to_cpu(hdr->src_port) },
		.dst = { skb->mark ?: VMADDR_CID_HOST,
			 le32_to_cpu(hdr->dst_port) },
	};
	enum fwd_verdict verdict;

	skb->mark = 0;

	rcu_read_lock();
	verdict = fwd_decide(&packet);
	if (verdict == FWD_REJECT)
		fwd_reject(&packet);
	rcu_read_unlock();

	if (verdict == FWD_REJECT || verdict == FWD_IGNORE)
		kfree_skb(skb);
	if (verdict != FWD_PASS)
		return false;
	*passed = (struct fwd_passed){
		.type = packet.type,
		.op = packet.op,
		.guest = packet.src,
		.seen = packet.dst,
		.host_port = le32_to_cpu(hdr->dst_port),
	};
	return true;
}

/*
 * If a program of the host still has the connection open, the host sends a reset
 * of its own when it closes that; otherwise nothing more comes.
 */
static void fwd_received_reset(struct fwd_guest *guest,
			       const struct fwd_passed *passed, struct net *net)
{
	struct fwd_flow *flow =
		fwd_flow_by_wire(guest, passed->guest.port,
				 fwd_host_addr(passed->host_port));

	if (flow && !fwd_connection_lives(net, passed->guest, passed->host_port))
		fwd_flow_close(guest, flow);
}

/* Whether the rule that let a request through has gone or changed meanwhile. */
static bool fwd_is_outdated(const struct fwd_guest *guest,
			    const struct fwd_passed *passed)
{
	struct fwd_addr wire;

	if (passed->op != VIRTIO_VSOCK_OP_REQUEST ||
	    passed->seen.cid != guest->from_cid)
		return false;
	return fwd_route(guest, passed->seen.port, &wire) ||
	       !fwd_addr_equal(wire, fwd_host_addr(passed->host_port));
}

/**
 * fwd_received() - finish with a packet
 * @passed: what fwd_receive() has told of it; the host has had it
 * @net: the namespace of the guest
 *
 * Forgets a connection that is over. Ends one whose rule went while the host was
 * at it: whoever removed the rule has found the connection, or is seen here.
 *
 * Context: process, may sleep; guests stay.
 */
void fwd_received(const struct fwd_passed *passed, struct net *net)
{
	const struct fwd_connection connection = {
		.type = passed->type,
		.side = FWD_BY_GUEST,
		.guest_port = passed->guest.port,
		.wire = fwd_host_addr(passed->host_port),
		.seen = passed->seen,
	};
	struct fwd_guest *guest;
	bool is_outdated;

	rcu_read_lock();
	guest = fwd_ruled_guest(fwd_net_pool(net), passed->guest.cid);
	if (guest && passed->op == VIRTIO_VSOCK_OP_RST)
		fwd_received_reset(guest, passed, net);
	is_outdated = guest && fwd_is_outdated(guest, passed);
	rcu_read_unlock();

	if (is_outdated)
		fwd_connection_reset(guest, &connection);
}

/* How the guest knows the other end of a packet of the host; ends its flow. */
static void fwd_send_seen(struct fwd_guest *guest,
			  const struct virtio_vsock_hdr *hdr,
			  struct fwd_addr *seen)
{
	const bool is_reset = hdr->op == cpu_to_le16(VIRTIO_VSOCK_OP_RST);
	u32 guest_port = le32_to_cpu(hdr->dst_port);
	u32 port = le32_to_cpu(hdr->src_port);
	struct fwd_flow *flow;

	flow = fwd_flow_by_wire(guest, guest_port, fwd_host_addr(port));
	if (flow)
		*seen = flow->seen.peer;
	if (is_reset && flow)
		fwd_flow_close(guest, flow);
	else if (is_reset)
		fwd_flow_closed(guest, guest_port, port, seen);
}

/* From where the guest expects it. */
static void fwd_send_rewrite(struct fwd_guest *guest, struct sk_buff *skb,
			     struct fwd_addr seen)
{
	struct virtio_vsock_hdr *hdr = virtio_vsock_hdr(skb);
	const struct fwd_addr to = { guest->cid, le32_to_cpu(hdr->dst_port) };

	fwd_count(guest, FWD_TO_GUEST, seen, skb);
	trace_vhost_vsock_fwd_to_guest(to, seen,
				       fwd_host_addr(le32_to_cpu(hdr->src_port)),
				       hdr);
	fwd_header_set_src(hdr, seen);
}

/**
 * fwd_send_diverts() - let a packet of the host come from where the guest
 * expects it
 * @skb: a packet that has a single owner; changed if it begins no connection
 * @net: the namespace it comes from
 *
 * Context: any.
 * Return: whether fwd_send_request() shall have it first.
 */
bool fwd_send_diverts(struct sk_buff *skb, struct net *net)
{
	const struct virtio_vsock_hdr *hdr = virtio_vsock_hdr(skb);
	struct fwd_guest *guest;
	struct fwd_addr seen;
	bool diverts = false;

	/* What we send ourselves is marked, and has its final header. */
	if (skb->mark || le64_to_cpu(hdr->src_cid) != VMADDR_CID_HOST)
		return false;

	rcu_read_lock();
	guest = fwd_ruled_guest(fwd_net_pool(net), le64_to_cpu(hdr->dst_cid));
	if (!guest)
		goto unlock;
	diverts = hdr->op == cpu_to_le16(VIRTIO_VSOCK_OP_REQUEST);
	if (diverts)
		goto unlock;

	seen = fwd_host_seen(guest, le32_to_cpu(hdr->src_port));
	if (!fwd_is_data(hdr) || fwd_has_flows(guest))
		fwd_send_seen(guest, hdr, &seen);
	fwd_send_rewrite(guest, skb, seen);
unlock:
	rcu_read_unlock();
	return diverts;
}

/**
 * fwd_send_request() - let the host ask a guest for a connection
 * @skb: the packet that asks; changed
 * @net: the namespace it comes from
 *
 * Context: as fwd_receive().
 * Return: whether it may: otherwise the guest would take the connection for
 * another one that it has.
 */
bool fwd_send_request(struct sk_buff *skb, struct net *net)
{
	const struct virtio_vsock_hdr *hdr = virtio_vsock_hdr(skb);
	struct fwd_connection connection = {
		.type = le16_to_cpu(hdr->type),
		.side = FWD_BY_PEER,
		.guest_port = le32_to_cpu(hdr->dst_port),
		.wire = fwd_host_addr(le32_to_cpu(hdr->src_port)),
	};
	struct fwd_guest *guest;
	struct fwd_flow *flow;
	bool may = true;

	rcu_read_lock();
	guest = fwd_ruled_guest(fwd_net_pool(net), le64_to_cpu(hdr->dst_cid));
	/* Its last rule may have gone by now. */
	if (!guest)
		goto unlock;

	connection.seen = fwd_host_seen(guest, connection.wire.port);
	flow = fwd_flow_by_wire(guest, connection.guest_port, connection.wire);
	if (flow)
		fwd_flow_remove(guest, flow);
	fwd_flow_reopen(guest, connection.guest_port, connection.wire.port);
	may = !fwd_flow_by_seen(guest, connection.guest_port, connection.seen);
	if (may) {
		fwd_send_rewrite(guest, skb, connection.seen);
		fwd_started(guest, &connection);
	} else {
		fwd_event_flow_denied(guest, &connection,
				      VHOST_VSOCK_FWD_DROP_COLLISION);
	}
unlock:
	rcu_read_unlock();
	return may;
}
