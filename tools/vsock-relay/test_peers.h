// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_TEST_PEERS_H
#define VSOCKFWD_VSOCK_RELAY_TEST_PEERS_H

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/address.h"
#include "lib/unique_fd.h"
#include "vsock-relay/config.h"
#include "vsock-relay/relay.h"

/// The ends between which tests put a relay. Calls block, but not for long: what does not happen in
/// time is a failure of the test, as is every error that is not asked for.
namespace vsockfwd::relay::test {

/// More than anything here takes, on a slow machine too.
inline constexpr std::chrono::seconds patience{20};

/// Waits until `condition` holds; false if it does not in time. For states that nobody tells.
bool eventually(const std::function<bool()>& condition);

/// A directory that goes with this object.
class ScratchDirectory {
 public:
  ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  ~ScratchDirectory();

  [[nodiscard]] std::string path(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// How a connection ended, from one end's point of view.
enum class Ending { orderly, reset };

/// One end of a connection.
class Stream {
 public:
  explicit Stream(UniqueFd fd);
  /// Connects to tcp: or unix:.
  static Stream connect(const Address& address);
  /// Connects to tcp: as another of this machine's addresses.
  static Stream connect_from(const std::string& host, const Address& address);

  void send(std::string_view bytes);
  /// As many bytes as the kernel takes at once.
  std::size_t send_some(std::string_view bytes);
  /// Exactly so many bytes.
  std::string receive(std::size_t count);
  /// Whether exactly these bytes come next. Takes little memory.
  bool next_is(std::string_view expected);
  /// All bytes until the end, which must be an orderly one.
  std::string receive_all();
  /// Reads until the end.
  Ending wait_for_end();
  /// Whether something, or the end, comes within `time`.
  [[nodiscard]] bool readable_within(std::chrono::milliseconds time) const;
  /// Whether there is room to send within `time`.
  [[nodiscard]] bool writable_within(std::chrono::milliseconds time) const;

  /// Whether the other end's kernel has taken everything.
  [[nodiscard]] bool all_is_delivered() const;

  void end_sending();
  void close() { fd_.reset(); }
  /// Closes, so that the other end sees a reset.
  void reset();

  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  static Stream connect_socket(UniqueFd fd, const Address& address);

  UniqueFd fd_;
};

/// A service: tcp: on a port that the kernel chooses, or unix:.
class Service {
 public:
  explicit Service(const Address& address = TcpAddress{"127.0.0.1", 0}, int backlog = 128);

  [[nodiscard]] const Address& address() const { return address_; }
  Stream accept();
  /// Whether a connection comes within `time`.
  [[nodiscard]] bool called_within(std::chrono::milliseconds time) const;
  void close() { fd_.reset(); }

 private:
  UniqueFd fd_;
  Address address_;
};

/// An address where nobody listens.
Address nobody();

/// A pair that listens on a TCP port that the kernel chooses.
Pair pair_to(const Address& target);
Pair make_pair(const End& from, const End& to);

/// A relay of one or more pairs, with one worker unless the configuration says more.
class RunningRelay {
 public:
  explicit RunningRelay(const Pair& pair) : RunningRelay(std::vector{pair}) {}
  explicit RunningRelay(const std::vector<Pair>& pairs, std::uint32_t workers = 1);
  explicit RunningRelay(const Config& config);

  Relay& operator*() { return *relay_; }
  Relay* operator->() { return relay_.get(); }
  void stop() { relay_.reset(); }

  /// Where one side of a pair listens.
  Address address(std::size_t pair = 0, unsigned side = 0);
  Stream connect(std::size_t pair = 0, unsigned side = 0) {
    return Stream::connect(address(pair, side));
  }
  PairStatus status(std::size_t pair = 0);
  Counters counters(std::size_t pair = 0) { return status(pair).counters; }

 private:
  std::unique_ptr<Relay> relay_;
};

/// `count` bytes that do not repeat soon.
std::string pattern(std::size_t count, unsigned seed = 0);

}  // namespace vsockfwd::relay::test

#endif  // VSOCKFWD_VSOCK_RELAY_TEST_PEERS_H
