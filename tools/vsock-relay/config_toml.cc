// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/config_toml.h"

#include <deque>
#include <iterator>
#include <utility>

#include "lib/toml_file.h"
#include "vsock-relay/setting.h"

namespace vsockfwd::relay {

Result<Draft> parse_toml(std::string_view text, std::string_view path) {
  Draft draft;
  // Tables that have begun stay where they are.
  std::deque<PairDraft> pairs;
  const auto begin_pair = [&pairs](const std::string& place) {
    auto& pair = pairs.emplace_back();
    pair.place = place;
    const auto note = [&pair](std::string_view key) { pair.given.insert(key); };
    return TomlTable{toml_values(pair_settings(), pair, note), {}};
  };
  const TomlTable file{toml_values(program_settings(), draft), {{"pair", begin_pair}}};
  if (auto fine = read_toml(text, path, file); !fine) return Failure(std::move(fine.error()));
  draft.pairs.assign(std::make_move_iterator(pairs.begin()), std::make_move_iterator(pairs.end()));
  return draft;
}

}  // namespace vsockfwd::relay
