// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/host.h"

#include <fmt/format.h>

#include <array>

#include "lib/cid.h"
#include "vsockfwd/module.h"

namespace vsockfwd {
namespace {

/// Takes an alias back; stands where its CID does.
constexpr std::string_view no_alias = "none";

Json json_of(Cid alias) {
  return {{"alias", alias == 0 ? Json(nullptr) : Json(alias)}};
}

Result<Reply> set_alias(const Machine& machine, Cid cid) {
  const auto device = open_module(machine, VHOST_VSOCK_FWD_F_HOST_ALIAS);
  if (!device) return Failure(device.error());
  if (const auto set = device->set_host_alias(cid); !set) return Failure(set.error());
  return Reply{json_of(cid), {}};
}

Result<Action> parse_set_alias(const Values& values) {
  const auto cid = parse_host_alias(values);
  if (!cid) return Failure(cid.error());
  return [cid = *cid](const Machine& machine) { return set_alias(machine, cid); };
}

Result<Reply> show(const Machine& machine) {
  const auto device = open_module(machine, VHOST_VSOCK_FWD_F_HOST_ALIAS);
  if (!device) return Failure(device.error());
  const auto info = device->info();
  if (!info) return Failure(info.error());
  const auto alias = info->host_alias;
  return Reply{json_of(alias), fmt::format("alias: {}\n", alias == 0 ? std::string(no_alias)
                                                                     : std::to_string(alias))};
}

Result<Action> parse_show(const Values& /*values*/) {
  return show;
}

constexpr std::array alias_keywords = {
    Keyword{"", "CID|none", "parent none", Need::required,
            "the CID, 3 (parent) for that of an enclave's parent; none takes it back"},
};

constexpr std::array commands = {
    Command{"show", {}, "show the alias", parse_show},
    Command{"alias", alias_keywords, "let programs of the host bind to a CID that is not its own",
            parse_set_alias},
};

}  // namespace

Object host_object() {
  return {"host", "which CIDs programs of the host may bind to", commands};
}

Result<Cid> parse_host_alias(const Values& values) {
  const auto word = values.operand().value();
  return word == no_alias ? Result<Cid>(0) : parse_alias_cid(word);
}

std::string format_host_alias(Cid cid) {
  return fmt::format("host alias {}", cid);
}

}  // namespace vsockfwd
