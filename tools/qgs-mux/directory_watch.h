// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_QGS_MUX_DIRECTORY_WATCH_H
#define VSOCKFWD_QGS_MUX_DIRECTORY_WATCH_H

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "lib/event_loop.h"
#include "lib/result.h"
#include "lib/retiring.h"
#include "lib/unique_fd.h"
#include "qgs-mux/config.h"
#include "qgs-mux/door.h"

namespace vsockfwd::qgs {

/// Keeps a listening socket in the folder of each guest, as soon and as long as that is there.
///
/// What inotify tells is only taken as a hint of where to look: the file system has changed since,
/// and may have changed before the kernel began to watch.
class DirectoryWatch final : public EventHandler, Timer {
 public:
  /// The folder of guests need not exist yet. Fails if the kernel gives no inotify instance.
  static Result<Retiring<DirectoryWatch>> start(Door::Host& host, const WatchConfig& config);
  DirectoryWatch(const DirectoryWatch&) = delete;
  DirectoryWatch& operator=(const DirectoryWatch&) = delete;

  /// Closes all sockets, and looks no more.
  void close();

  [[nodiscard]] EventLoop& loop() const { return host_.loop(); }

  [[nodiscard]] const PathTemplate& path() const { return config_.path; }
  /// Gives the sockets that are there, and those to come, other options.
  void change_options(const ListenOptions& options);

  /// Guests that can connect.
  [[nodiscard]] std::size_t open_doors() const;
  /// Guests whose folder is there.
  [[nodiscard]] std::size_t guests() const { return guests_.size(); }

 private:
  /// Of one guest.
  struct Place {
    /// Of the innermost of its folders that exists; -1 for none.
    int watch = -1;
    Retiring<Door> door;
    /// When the socket may be made.
    TimePoint not_before;
    /// What was last logged, so that it is logged once.
    std::string trouble;
  };

  DirectoryWatch(Door::Host& host, WatchConfig config, UniqueFd inotify);

  void on_events(std::uint32_t events, unsigned tag) override;
  void on_timer() override { rescan(); }

  /// Makes everything as the file system has it now.
  void rescan();
  /// Watches the folder of guests, or while it is missing, the innermost one above that exists.
  /// Whether it exists.
  bool watch_base();
  void refresh(const std::string& guest);
  /// Watches the innermost folder of a guest. Whether that is where the socket belongs.
  bool watch_folders(const std::string& guest, Place& place);
  void open_door(const std::string& guest, Place& place);
  void drop(const std::string& guest);
  void look_again_within(std::chrono::milliseconds time);
  void watch_instead(int& watch, int replacement);
  void note_trouble(Place& place, const std::string& guest, const Error& error);

  Door::Host& host_;
  WatchConfig config_;
  UniqueFd inotify_;
  int base_watch_ = -1;
  std::string base_trouble_;
  TimePoint next_look_;
  bool base_exists_ = false;
  std::map<std::string, Place> guests_;
  /// Whose folder a watch is on.
  std::unordered_map<int, std::string> watched_;
};

}  // namespace vsockfwd::qgs

#endif  // VSOCKFWD_QGS_MUX_DIRECTORY_WATCH_H
