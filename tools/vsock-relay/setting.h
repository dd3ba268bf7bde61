// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_SETTING_H
#define VSOCKFWD_VSOCK_RELAY_SETTING_H

#include <span>
#include <string_view>

#include "lib/result.h"
#include "vsock-relay/draft.h"

/// The tables of all settings. The command line and configuration files read the same ones, so that
/// every setting means the same in both, and is checked once.
namespace vsockfwd::relay {

/// How the value of a setting is written in a configuration file.
/// A list holds strings and integers; a list of one may be written without brackets.
enum class Form { integer, string, boolean, list };

/// Something that users can set, in a Target: a PairDraft or a Draft.
template <typename Target>
struct Setting {
  /// The key in a configuration file.
  std::string_view key;
  /// The option on the command line; empty if there is none.
  std::string_view option;
  /// Stands for the value in help texts; empty if the option takes none, and sets `flag_word`.
  std::string_view value;
  Form form;
  std::string_view description;
  /// Takes one word; of a list, one for each element.
  Result<void> (*set)(Target& target, std::string_view word);
  std::string_view flag_word = {};
};

std::span<const Setting<PairDraft>> pair_settings();
std::span<const Setting<Draft>> program_settings();

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_SETTING_H
