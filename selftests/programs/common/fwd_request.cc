// SPDX-License-Identifier: GPL-2.0
#include "common/fwd_request.h"

#include <fmt/format.h>
#include <linux/vhost_vsock_fwd.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace vsockfwd::programs {
namespace {

constexpr Field make_field(std::string_view name, std::size_t offset, std::size_t size, bool out) {
  return {.name = name, .offset = offset, .size = size, .out = out};
}

// The fields keep the names that they have in the uapi: only a macro can spell a name once.
#define IN(structure, field) \
  make_field(#field, offsetof(structure, field), sizeof(structure::field), false)
#define OUT(structure, field) \
  make_field(#field, offsetof(structure, field), sizeof(structure::field), true)

constexpr std::array info_fields{
    IN(vhost_vsock_fwd_info, size),         IN(vhost_vsock_fwd_info, flags),
    OUT(vhost_vsock_fwd_info, api_version), OUT(vhost_vsock_fwd_info, state),
    OUT(vhost_vsock_fwd_info, features),    OUT(vhost_vsock_fwd_info, rules),
    OUT(vhost_vsock_fwd_info, rules_max),   OUT(vhost_vsock_fwd_info, host_alias),
};

constexpr std::array add_fields{
    IN(vhost_vsock_fwd_rule_add, size),       IN(vhost_vsock_fwd_rule_add, flags),
    IN(vhost_vsock_fwd_rule_add, guest_cid),  IN(vhost_vsock_fwd_rule_add, from_cid),
    IN(vhost_vsock_fwd_rule_add, to_cid),     IN(vhost_vsock_fwd_rule_add, guest_fd),
    IN(vhost_vsock_fwd_rule_add, port_first), IN(vhost_vsock_fwd_rule_add, port_last),
    IN(vhost_vsock_fwd_rule_add, to_port),    IN(vhost_vsock_fwd_rule_add, parent_fd),
};

constexpr std::array del_fields{
    IN(vhost_vsock_fwd_rule_del, size),       IN(vhost_vsock_fwd_rule_del, flags),
    IN(vhost_vsock_fwd_rule_del, guest_cid),  IN(vhost_vsock_fwd_rule_del, __reserved),
    IN(vhost_vsock_fwd_rule_del, port_first), IN(vhost_vsock_fwd_rule_del, port_last),
};

constexpr std::array list_fields{
    IN(vhost_vsock_fwd_rule_list, size),     IN(vhost_vsock_fwd_rule_list, flags),
    IN(vhost_vsock_fwd_rule_list, after_id), IN(vhost_vsock_fwd_rule_list, entries),
    OUT(vhost_vsock_fwd_rule_list, count),   IN(vhost_vsock_fwd_rule_list, entry_size),
};

constexpr std::array alias_fields{
    IN(vhost_vsock_fwd_host_alias, size),
    IN(vhost_vsock_fwd_host_alias, flags),
    IN(vhost_vsock_fwd_host_alias, cid),
    IN(vhost_vsock_fwd_host_alias, __reserved),
};

constexpr std::array entry_fields{
    OUT(vhost_vsock_fwd_rule, id),        OUT(vhost_vsock_fwd_rule, flags),
    OUT(vhost_vsock_fwd_rule, guest_cid), OUT(vhost_vsock_fwd_rule, from_cid),
    OUT(vhost_vsock_fwd_rule, to_cid),    OUT(vhost_vsock_fwd_rule, port_first),
    OUT(vhost_vsock_fwd_rule, port_last), OUT(vhost_vsock_fwd_rule, to_port),
};

#undef IN
#undef OUT

constexpr std::array requests{
    FwdRequest{"info", VHOST_VSOCK_FWD_INFO, sizeof(vhost_vsock_fwd_info), info_fields},
    FwdRequest{"add", VHOST_VSOCK_FWD_RULE_ADD, sizeof(vhost_vsock_fwd_rule_add), add_fields},
    FwdRequest{"del", VHOST_VSOCK_FWD_RULE_DEL, sizeof(vhost_vsock_fwd_rule_del), del_fields},
    FwdRequest{"list", VHOST_VSOCK_FWD_RULE_LIST, sizeof(vhost_vsock_fwd_rule_list), list_fields},
    FwdRequest{"alias", VHOST_VSOCK_FWD_HOST_ALIAS, sizeof(vhost_vsock_fwd_host_alias),
               alias_fields},
};

std::string names_of(Fields fields) {
  std::string names;
  for (const auto& field : fields) {
    names += names.empty() ? "" : ", ";
    names += field.name;
  }
  return names;
}

}  // namespace

// Fields are little endian, as the only machines are that the module runs on.
std::uint64_t Field::get(std::span<const std::byte> structure) const {
  std::uint64_t value = 0;
  std::memcpy(&value, structure.subspan(offset, size).data(), size);
  return value;
}

void Field::set(std::span<std::byte> structure, std::uint64_t value) const {
  std::memcpy(structure.subspan(offset, size).data(), &value, size);
}

Result<Field> FwdRequest::field(std::string_view field_name) const {
  const auto found = std::ranges::find(fields, field_name, &Field::name);
  if (found != fields.end()) return *found;
  return Failure(Error{fmt::format("the request {:?} has no field {:?}", name, field_name),
                       fmt::format("the fields are {}", names_of(fields))});
}

std::span<const FwdRequest> fwd_requests() {
  return requests;
}

Fields rule_fields() {
  return entry_fields;
}

std::string answer_text(Fields fields, std::span<const std::byte> structure) {
  std::string text;
  for (const auto& field : fields) {
    if (field.out) text += fmt::format(" {}={}", field.name, field.get(structure));
  }
  return text;
}

}  // namespace vsockfwd::programs
