// SPDX-License-Identifier: Apache-2.0
#include "qgs-mux/directory_watch.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "lib/log.h"

namespace vsockfwd::qgs {
namespace {

/// A VMM may have write access to its guest's folder, and put a link to another one there: it is
/// not followed.
constexpr std::uint32_t folder_mask = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                      IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW;
/// Above the folders of guests, links are the administrator's.
constexpr std::uint32_t base_mask = folder_mask & ~std::uint32_t{IN_DONT_FOLLOW};

/// Between looks at everything: when all is well, only a folder above the watched one that was
/// replaced as a whole is found in this way. Otherwise, what did not work is tried again.
constexpr std::chrono::seconds calm_interval{60};
constexpr std::chrono::seconds troubled_interval{5};
/// Before a socket that somebody removed is made again: who removes a folder with all that is in it
/// begins like that, and must not find it filled anew.
constexpr std::chrono::seconds grace{1};

bool is_folder(const std::string& path) {
  struct stat file {};
  return ::lstat(path.c_str(), &file) == 0 && S_ISDIR(file.st_mode);
}

std::set<std::string> list_folders(const std::string& path) {
  std::set<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator it(path, error), end; !error && it != end;
       it.increment(error)) {
    std::error_code ignored;
    if (it->symlink_status(ignored).type() == std::filesystem::file_type::directory) {
      names.insert(it->path().filename());
    }
  }
  return names;
}

}  // namespace

Result<Retiring<DirectoryWatch>> DirectoryWatch::start(Door::Host& host,
                                                       const WatchConfig& config) {
  UniqueFd inotify(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!inotify) {
    return Failure(
        Error{fmt::format("cannot watch {:?}: {}", config.path.text, std::strerror(errno)),
              "fs.inotify.max_user_instances limits how many there may be", errno});
  }
  Retiring<DirectoryWatch> watch(new DirectoryWatch(host, config, std::move(inotify)));
  watch->rescan();
  return watch;
}

DirectoryWatch::DirectoryWatch(Door::Host& host, WatchConfig config, UniqueFd inotify)
    : host_(host), config_(std::move(config)), inotify_(std::move(inotify)) {
  host_.loop().watch(inotify_.get(), EPOLLIN, *this);
}

void DirectoryWatch::close() {
  host_.loop().timers().disarm(*this);
  inotify_.reset();
  guests_.clear();
}

void DirectoryWatch::change_options(const ListenOptions& options) {
  config_.options = options;
  for (auto& [guest, place] : guests_) {
    if (!place.door) continue;
    const auto done = vsockfwd::change_options({place.door->socket()}, options);
    if (!done) note_trouble(place, guest, done.error());
  }
}

std::size_t DirectoryWatch::open_doors() const {
  return static_cast<std::size_t>(
      std::count_if(guests_.begin(), guests_.end(),
                    [](const auto& entry) { return entry.second.door != nullptr; }));
}

void DirectoryWatch::on_events(std::uint32_t /*events*/, unsigned /*tag*/) {
  if (!inotify_) return;
  alignas(inotify_event) std::array<char, 65536> buffer;
  const auto size = ::read(inotify_.get(), buffer.data(), buffer.size());
  // Many events mean the same: each guest is looked at once.
  std::set<std::string> touched;
  bool everything = false;
  for (ssize_t at = 0; at < size;) {
    const auto& event = *reinterpret_cast<const inotify_event*>(buffer.data() + at);
    at += static_cast<ssize_t>(sizeof(event) + event.len);
    if ((event.mask & IN_Q_OVERFLOW) != 0) {
      log(Priority::notice, "too much happens at once: looking at all folders again",
          {{"PATH", config_.path.text}});
      everything = true;
    } else if (event.wd == base_watch_) {
      const bool child = base_exists_ && event.len > 0;
      if (child) touched.insert(event.name);
      everything = everything || !child;
    } else if (const auto found = watched_.find(event.wd); found != watched_.end()) {
      touched.insert(found->second);
    }
  }
  if (everything) return rescan();
  for (const auto& guest : touched) refresh(guest);
}

void DirectoryWatch::rescan() {
  host_.loop().timers().disarm(*this);
  look_again_within(calm_interval);
  base_exists_ = watch_base();
  const auto names = base_exists_ ? list_folders(config_.path.base) : std::set<std::string>();
  std::vector<std::string> gone;
  for (const auto& [guest, place] : guests_) {
    if (!names.contains(guest)) gone.push_back(guest);
  }
  for (const auto& guest : gone) drop(guest);
  for (const auto& guest : names) refresh(guest);
}

void DirectoryWatch::look_again_within(std::chrono::milliseconds time) {
  const auto when = host_.loop().now() + time;
  if (armed() && next_look_ <= when) return;
  next_look_ = when;
  host_.loop().timers().arm(*this, when);
}

bool DirectoryWatch::watch_base() {
  for (;;) {
    std::filesystem::path path = config_.path.base;
    auto next = path;
    int watch = -1;
    while ((watch = ::inotify_add_watch(inotify_.get(), path.c_str(), base_mask)) < 0 &&
           (errno == ENOENT || errno == ENOTDIR) && path.has_relative_path()) {
      next = path;
      path = path.parent_path();
    }
    if (watch < 0) {
      auto trouble = fmt::format("cannot watch {:?}: {}", path.string(), std::strerror(errno));
      if (trouble != base_trouble_) log(Priority::warning, trouble);
      base_trouble_ = std::move(trouble);
      look_again_within(troubled_interval);
      return false;
    }
    base_trouble_.clear();
    watch_instead(base_watch_, watch);
    if (path == config_.path.base) return true;
    // It may have come before it was watched for.
    std::error_code ignored;
    if (!std::filesystem::is_directory(next, ignored)) return false;
  }
}

void DirectoryWatch::refresh(const std::string& guest) {
  if (!is_folder(config_.path.folder_path(guest, 0))) return drop(guest);
  auto& place = guests_[guest];
  if (watch_folders(guest, place)) {
    open_door(guest, place);
  } else {
    place.door.reset();
  }
  if (!place.trouble.empty()) look_again_within(troubled_interval);
}

bool DirectoryWatch::watch_folders(const std::string& guest, Place& place) {
  const auto innermost = config_.path.folders.size();
  // Folders may come and go meanwhile. Whoever changes them all the time is watched, and that will
  // tell when to look again.
  for (int round = 0; round < 10; ++round) {
    std::size_t depth = 0;
    while (depth < innermost && is_folder(config_.path.folder_path(guest, depth + 1))) ++depth;
    const auto path = config_.path.folder_path(guest, depth);
    const int watch = ::inotify_add_watch(inotify_.get(), path.c_str(), folder_mask);
    if (watch < 0) {
      if (errno == ENOENT || errno == ENOTDIR) continue;
      note_trouble(
          place, guest,
          {fmt::format("cannot watch {:?}: {}", path, std::strerror(errno)),
           errno == ENOSPC ? "fs.inotify.max_user_watches limits how many there may be" : "",
           errno});
      return depth == innermost;
    }
    if (watch != place.watch) {
      watched_.erase(place.watch);
      watch_instead(place.watch, watch);
      watched_[watch] = guest;
    }
    if (depth == innermost) return true;
    if (!is_folder(config_.path.folder_path(guest, depth + 1))) return false;
  }
  return false;
}

void DirectoryWatch::open_door(const std::string& guest, Place& place) {
  const auto now = host_.loop().now();
  if (place.door) {
    if (place.door->socket()->file->in_place()) return;
    place.door.reset();
    place.not_before = now + grace;
  }
  if (now < place.not_before) return look_again_within(place.not_before - now);
  const auto path = config_.path.socket_path(guest);
  auto socket = open_listen_socket(UnixAddress{path, false}, config_.options);
  if (!socket) return note_trouble(place, guest, socket.error());
  place.trouble.clear();
  place.door.reset(new Door(host_, std::move(*socket), guest));
  log(Priority::info, fmt::format("listening on {:?}", path), {{"GUEST", guest}});
}

void DirectoryWatch::drop(const std::string& guest) {
  const auto found = guests_.find(guest);
  if (found == guests_.end()) return;
  watched_.erase(found->second.watch);
  watch_instead(found->second.watch, -1);
  if (found->second.door) log(Priority::info, "gone", {{"GUEST", guest}});
  guests_.erase(found);
}

void DirectoryWatch::watch_instead(int& watch, int replacement) {
  const int former = std::exchange(watch, replacement);
  // Fails if its folder is gone: then so is the watch.
  if (former >= 0 && former != replacement) ::inotify_rm_watch(inotify_.get(), former);
}

void DirectoryWatch::note_trouble(Place& place, const std::string& guest, const Error& error) {
  if (place.trouble == error.message) return;
  place.trouble = error.message;
  log(Priority::warning, error, {{"GUEST", guest}});
}

}  // namespace vsockfwd::qgs
