// SPDX-License-Identifier: Apache-2.0
#include "lib/cid.h"

#include <fmt/format.h>

#include <array>
#include <optional>

#include "lib/word.h"

namespace vsockfwd {
namespace {

struct NamedCid {
  std::string_view name;
  Cid cid;
};

constexpr std::array named_cids = {
    NamedCid{"hypervisor", hypervisor_cid},
    NamedCid{"local", local_cid},
    NamedCid{"host", host_cid},
    NamedCid{"parent", parent_cid},
    NamedCid{"any", any_cid},
};

std::optional<Cid> find_name(std::string_view word) {
  for (const auto& [name, cid] : named_cids) {
    if (name == word) return cid;
  }
  return std::nullopt;
}

std::string_view role_of_special_cid(Cid cid) {
  switch (cid) {
    case hypervisor_cid:
      return "the hypervisor";
    case local_cid:
      return "local communication inside one machine";
    case host_cid:
      return "the host";
    default:
      return "any address";
  }
}

/// Reads a CID that some guest could have.
Result<Cid> parse_possible_guest(std::string_view what, std::string_view word) {
  auto cid = parse_cid(word);
  if (!cid || (*cid >= first_guest_cid && *cid <= last_guest_cid)) return cid;
  return invalid_word(
      what, word,
      fmt::format("CID {} stands for {}, so no guest can have it", *cid, role_of_special_cid(*cid)),
      fmt::format("give a number from {} to {}", first_guest_cid, last_guest_cid));
}

}  // namespace

Result<Cid> parse_cid(std::string_view word) {
  if (const auto named = find_name(word)) return *named;

  return parse_number("CID", word,
                      fmt::format("give a number from 0 to {}, in decimal or with 0x in "
                                  "hexadecimal, or one of: hypervisor, local, host, parent, any",
                                  any_cid));
}

Result<Cid> parse_guest_cid(std::string_view word) {
  return parse_possible_guest("guest", word);
}

Result<Cid> parse_from_cid(std::string_view word, Cid guest) {
  auto cid = parse_possible_guest("from", word);
  if (!cid || *cid != guest) return cid;
  return invalid_word(
      "from", word, "this is the guest's own CID",
      fmt::format("give the CID at which the guest looks for the target, other than {}", guest));
}

Result<Cid> parse_alias_cid(std::string_view word) {
  return parse_possible_guest("alias", word);
}

Result<Cid> parse_target_cid(std::string_view word, Cid guest) {
  auto cid = parse_cid(word);
  if (cid && *cid == guest) {
    return invalid_word("target", word, "this is the guest itself",
                        "give \"host\", or the CID of another guest");
  }
  if (!cid || *cid == host_cid || (*cid >= first_guest_cid && *cid <= last_guest_cid)) return cid;
  const auto reason =
      *cid == local_cid
          ? std::string("packets to CID 1 never leave the machine that they start on")
          : fmt::format("CID {} stands for {} and is no target", *cid, role_of_special_cid(*cid));
  return invalid_word("target", word, reason, "give \"host\", or the CID of another guest");
}

std::string format_cid(Cid cid) {
  return cid == host_cid ? "host" : std::to_string(cid);
}

}  // namespace vsockfwd
