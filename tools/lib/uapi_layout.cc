// SPDX-License-Identifier: Apache-2.0
//
// The published layout of the contract with the module, spelled out once more: this file compiles
// only as long as no field of the header moves or changes its size, on any architecture.
#include <linux/vhost_vsock_fwd.h>

#include <cstddef>

namespace {

static_assert(sizeof(vhost_vsock_fwd_info) == 40);
static_assert(offsetof(vhost_vsock_fwd_info, size) == 0);
static_assert(offsetof(vhost_vsock_fwd_info, flags) == 4);
static_assert(offsetof(vhost_vsock_fwd_info, api_version) == 8);
static_assert(offsetof(vhost_vsock_fwd_info, state) == 12);
static_assert(offsetof(vhost_vsock_fwd_info, features) == 16);
static_assert(offsetof(vhost_vsock_fwd_info, rules) == 24);
static_assert(offsetof(vhost_vsock_fwd_info, rules_max) == 28);
static_assert(offsetof(vhost_vsock_fwd_info, host_alias) == 32);
static_assert(offsetof(vhost_vsock_fwd_info, __reserved) == 36);

static_assert(sizeof(vhost_vsock_fwd_rule_add) == 40);
static_assert(offsetof(vhost_vsock_fwd_rule_add, size) == 0);
static_assert(offsetof(vhost_vsock_fwd_rule_add, flags) == 4);
static_assert(offsetof(vhost_vsock_fwd_rule_add, guest_cid) == 8);
static_assert(offsetof(vhost_vsock_fwd_rule_add, from_cid) == 12);
static_assert(offsetof(vhost_vsock_fwd_rule_add, to_cid) == 16);
static_assert(offsetof(vhost_vsock_fwd_rule_add, guest_fd) == 20);
static_assert(offsetof(vhost_vsock_fwd_rule_add, port_first) == 24);
static_assert(offsetof(vhost_vsock_fwd_rule_add, port_last) == 28);
static_assert(offsetof(vhost_vsock_fwd_rule_add, to_port) == 32);
static_assert(offsetof(vhost_vsock_fwd_rule_add, parent_fd) == 36);

static_assert(sizeof(vhost_vsock_fwd_rule_del) == 24);
static_assert(offsetof(vhost_vsock_fwd_rule_del, size) == 0);
static_assert(offsetof(vhost_vsock_fwd_rule_del, flags) == 4);
static_assert(offsetof(vhost_vsock_fwd_rule_del, guest_cid) == 8);
static_assert(offsetof(vhost_vsock_fwd_rule_del, __reserved) == 12);
static_assert(offsetof(vhost_vsock_fwd_rule_del, port_first) == 16);
static_assert(offsetof(vhost_vsock_fwd_rule_del, port_last) == 20);

static_assert(sizeof(vhost_vsock_fwd_rule) == 40);
static_assert(offsetof(vhost_vsock_fwd_rule, id) == 0);
static_assert(offsetof(vhost_vsock_fwd_rule, flags) == 8);
static_assert(offsetof(vhost_vsock_fwd_rule, guest_cid) == 12);
static_assert(offsetof(vhost_vsock_fwd_rule, from_cid) == 16);
static_assert(offsetof(vhost_vsock_fwd_rule, to_cid) == 20);
static_assert(offsetof(vhost_vsock_fwd_rule, port_first) == 24);
static_assert(offsetof(vhost_vsock_fwd_rule, port_last) == 28);
static_assert(offsetof(vhost_vsock_fwd_rule, to_port) == 32);
static_assert(offsetof(vhost_vsock_fwd_rule, __reserved) == 36);

static_assert(sizeof(vhost_vsock_fwd_rule_list) == 32);
static_assert(offsetof(vhost_vsock_fwd_rule_list, size) == 0);
static_assert(offsetof(vhost_vsock_fwd_rule_list, flags) == 4);
static_assert(offsetof(vhost_vsock_fwd_rule_list, after_id) == 8);
static_assert(offsetof(vhost_vsock_fwd_rule_list, entries) == 16);
static_assert(offsetof(vhost_vsock_fwd_rule_list, count) == 24);
static_assert(offsetof(vhost_vsock_fwd_rule_list, entry_size) == 28);

static_assert(sizeof(vhost_vsock_fwd_host_alias) == 16);
static_assert(offsetof(vhost_vsock_fwd_host_alias, size) == 0);
static_assert(offsetof(vhost_vsock_fwd_host_alias, flags) == 4);
static_assert(offsetof(vhost_vsock_fwd_host_alias, cid) == 8);
static_assert(offsetof(vhost_vsock_fwd_host_alias, __reserved) == 12);

static_assert(VHOST_VSOCK_FWD_INFO == 0xbf00);
static_assert(VHOST_VSOCK_FWD_RULE_ADD == 0xbf01);
static_assert(VHOST_VSOCK_FWD_RULE_DEL == 0xbf02);
static_assert(VHOST_VSOCK_FWD_RULE_LIST == 0xbf03);
static_assert(VHOST_VSOCK_FWD_HOST_ALIAS == 0xbf04);

}  // namespace
