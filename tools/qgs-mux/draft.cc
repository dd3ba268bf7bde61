// SPDX-License-Identifier: Apache-2.0
#include "qgs-mux/draft.h"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "lib/toml_file.h"
#include "qgs-mux/setting.h"

namespace vsockfwd::qgs {
namespace {

std::string title(const std::string& place) {
  return place.empty() ? "" : place + ": ";
}

Failure missing(const std::string& place, std::string_view what, std::string hint) {
  return Failure(Error{fmt::format("{}there is no {}", title(place), what), std::move(hint)});
}

Failure twice(const std::string& place, std::string_view what) {
  return Failure(Error{fmt::format("{}{:?} is there twice", title(place), what), "leave one out"});
}

}  // namespace

Draft expand(const FlagDraft& flags, Draft draft) {
  for (const auto& address : flags.services) {
    draft.services.push_back({address, flags.threads, {}});
  }
  if (draft.services.empty()) {
    draft.services.push_back({UnixAddress{std::string(default_service), false}, flags.threads, {}});
  }
  for (const auto& address : flags.listeners) {
    draft.listeners.push_back({address, flags.options, {}});
  }
  for (const auto& path : flags.watches) {
    draft.watches.push_back({path, flags.port, flags.options, {}});
  }
  if (draft.listeners.empty() && draft.watches.empty()) {
    draft.watches.push_back({fmt::format("{}/{{guest}}/{}", flags.guest_folder, flags.socket_name),
                             flags.port,
                             flags.options,
                             {}});
  }
  return draft;
}

Result<Config> finish(Draft draft) {
  auto config = std::move(draft.config);
  std::set<std::string> seen;
  for (const auto& service : draft.services) {
    if (!service.address) return missing(service.place, "address", "write address = \"unix:PATH\"");
    const auto name = format_address(*service.address);
    if (!seen.insert(name).second) return twice(service.place, name);
    config.services.push_back({*service.address, service.threads});
  }
  if (config.services.empty()) return missing("", "service", "write a [[service]]");
  seen.clear();
  for (const auto& listener : draft.listeners) {
    if (!listener.address) {
      return missing(listener.place, "address", "write address = \"vsock:any:4050\"");
    }
    const auto name = format_address(*listener.address);
    if (!seen.insert(name).second) return twice(listener.place, name);
    config.listeners.push_back({*listener.address, listener.options});
  }
  for (const auto& watch : draft.watches) {
    if (watch.path.empty())
      return missing(watch.place, "path", "write path = \"DIRECTORY/{guest}/NAME\"");
    auto path = parse_path_template(watch.path, watch.port);
    if (!path) {
      return Failure(Error{title(watch.place) + path.error().message, path.error().hint});
    }
    if (!seen.insert(path->text).second) return twice(watch.place, path->text);
    config.watches.push_back({std::move(*path), watch.options});
  }
  if (config.listeners.empty() && config.watches.empty()) {
    return missing("", "way for guests to come in", "write a [[listen]] or a [[watch]]");
  }
  return config;
}

Result<Draft> parse_toml(std::string_view text, std::string_view path) {
  Draft draft;
  const auto begin = [](auto& drafts, auto settings) {
    return [&drafts, settings](const std::string& place) {
      auto& begun = drafts.emplace_back();
      begun.place = place;
      return TomlTable{toml_values(settings, begun), {}};
    };
  };
  const TomlTable file{toml_values(program_settings(), draft),
                       {{"service", begin(draft.services, service_settings())},
                        {"listen", begin(draft.listeners, listener_settings())},
                        {"watch", begin(draft.watches, watch_settings())}}};
  return read_toml(text, path, file).map([&draft] { return std::move(draft); });
}

}  // namespace vsockfwd::qgs
