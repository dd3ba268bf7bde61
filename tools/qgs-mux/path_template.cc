// SPDX-License-Identifier: Apache-2.0
#include "qgs-mux/path_template.h"

#include <fmt/format.h>

#include <algorithm>

#include "lib/word.h"

namespace vsockfwd::qgs {
namespace {

constexpr std::string_view guest_word = "{guest}";
constexpr std::string_view port_word = "{port}";

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const auto part = path.substr(0, path.find('/'));
    if (!part.empty()) parts.emplace_back(part);
    path.remove_prefix(std::min(part.size() + 1, path.size()));
  }
  return parts;
}

Failure refuse(std::string_view word, std::string_view reason) {
  return invalid_word("path of sockets", word, reason,
                      "write it like /run/kata/{guest}/root/kata.hvsock_{port}");
}

}  // namespace

std::string PathTemplate::socket_path(std::string_view guest) const {
  return fmt::format("{}/{}", folder_path(guest, folders.size()), name);
}

std::string PathTemplate::folder_path(std::string_view guest, std::size_t depth) const {
  auto path = fmt::format("{}/{}", base, guest);
  for (std::size_t i = 0; i < depth; ++i) path += "/" + folders[i];
  return path;
}

Result<PathTemplate> parse_path_template(std::string_view word, std::uint32_t port) {
  std::string text(word);
  if (const auto at = text.find(port_word); at != std::string::npos) {
    text.replace(at, port_word.size(), std::to_string(port));
  }
  if (!word.starts_with('/')) return refuse(word, "it does not begin with /");
  if (word.find('\0') != std::string_view::npos) return refuse(word, "it has a zero byte");
  const auto parts = split(text);
  const auto guest = std::find(parts.begin(), parts.end(), guest_word);
  if (guest == parts.end()) return refuse(word, "{guest} is not one of its parts");
  if (guest == parts.begin()) return refuse(word, "nothing stands before {guest}");
  if (guest + 1 == parts.end()) return refuse(word, "nothing stands behind {guest}");
  PathTemplate result;
  for (auto part = parts.begin(); part != guest; ++part) result.base += "/" + *part;
  result.folders.assign(guest + 1, parts.end() - 1);
  result.name = parts.back();
  for (const auto& part : parts) result.text += "/" + part;
  for (auto part = parts.begin(); part != parts.end(); ++part) {
    if (*part == "." || *part == "..") return refuse(word, "it has . or .. among its parts");
    if (part != guest && part->find_first_of("{}") != std::string::npos) {
      return refuse(word, fmt::format("{:?} has braces that mean nothing here", *part));
    }
  }
  return result;
}

}  // namespace vsockfwd::qgs
