// SPDX-License-Identifier: Apache-2.0
#include "lib/service_manager.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <utility>

namespace vsockfwd {
namespace {

using std::chrono::milliseconds;

/// Sets variables as a service manager does; the test process is the daemon.
void give(std::initializer_list<std::pair<const char*, std::string>> variables) {
  for (const auto& [name, value] : variables) ::setenv(name, value.c_str(), 1);
}

std::string this_process() {
  return std::to_string(::getpid());
}

std::string other_process() {
  return std::to_string(::getppid());
}

TEST(ServiceManager, GivesNothingIfThereIsNone) {
  auto manager = ServiceManager::from_environment();
  EXPECT_FALSE(manager.watchdog_interval());
  EXPECT_TRUE(manager.take_sockets().empty());
  manager.notify("READY=1");
}

TEST(ServiceManager, TakesItsVariablesFromTheEnvironment) {
  give({{"NOTIFY_SOCKET", "/nowhere"},
        {"WATCHDOG_USEC", "20000"},
        {"WATCHDOG_PID", this_process()},
        {"LISTEN_PID", this_process()},
        {"LISTEN_FDS", "0"},
        {"LISTEN_FDNAMES", "x"}});
  EXPECT_EQ(ServiceManager::from_environment().watchdog_interval(), milliseconds(10));
  for (const auto* const name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_PID",
                                 "LISTEN_FDS", "LISTEN_FDNAMES"}) {
    EXPECT_EQ(std::getenv(name), nullptr) << name;
  }
}

TEST(ServiceManager, IgnoresAWatchdogThatIsNotForItOrNoTime) {
  give({{"WATCHDOG_USEC", "20000"}, {"WATCHDOG_PID", other_process()}});
  EXPECT_FALSE(ServiceManager::from_environment().watchdog_interval());
  for (const auto* const time : {"", "0", "x", "-1", "18446744073709551615"}) {
    give({{"WATCHDOG_USEC", time}});
    EXPECT_FALSE(ServiceManager::from_environment().watchdog_interval()) << time;
  }
  give({{"WATCHDOG_USEC", "1"}});
  EXPECT_EQ(ServiceManager::from_environment().watchdog_interval(), milliseconds(1));
}

/// In a process of its own, as sockets from a service manager have the numbers from 3 up: hands
/// over `count` of them, of which the first two are open, and says which names arrive.
void hand_over(const std::string& pid, const std::string& count, const std::string& names) {
  for (const int number : {3, 4}) ::dup2(STDIN_FILENO, number);
  ::close(5);
  give({{"LISTEN_PID", pid == "mine" ? this_process() : pid}, {"LISTEN_FDS", count}});
  if (!names.empty()) give({{"LISTEN_FDNAMES", names}});
  auto manager = ServiceManager::from_environment();
  std::string arrived;
  for (const auto& [name, socket] : manager.take_sockets()) {
    const bool private_to_us = (::fcntl(socket.get(), F_GETFD) & FD_CLOEXEC) != 0;
    arrived += fmt::format("{}={}{} ", name, socket.get(), private_to_us ? "" : " leaks");
  }
  fmt::print(stderr, "got {}.", arrived);
  std::exit(0);
}

TEST(ServiceManagerDeathTest, TakesSocketsByTheirNames) {
  const auto fine = ::testing::ExitedWithCode(0);
  EXPECT_EXIT(hand_over("mine", "2", "web:web"), fine, "got web=3 web=4 \\.");
  EXPECT_EXIT(hand_over("mine", "2", "b:a"), fine, "got a=4 b=3 \\.");
  EXPECT_EXIT(hand_over("mine", "1", "b:a"), fine, "got b=3 \\.");
  EXPECT_EXIT(hand_over("mine", "2", "web"), fine, "got unknown=4 web=3 \\.");
  EXPECT_EXIT(hand_over("mine", "2", ""), fine, "got unknown=3 unknown=4 \\.");
}

TEST(ServiceManagerDeathTest, LeavesOutWhatIsNoSocketForIt) {
  const auto fine = ::testing::ExitedWithCode(0);
  EXPECT_EXIT(hand_over("mine", "3", "a:b:closed"), fine, "got a=3 b=4 \\.");
  EXPECT_EXIT(hand_over(other_process(), "2", "a:b"), fine, "got \\.");
  EXPECT_EXIT(hand_over("", "2", "a:b"), fine, "got \\.");
  for (const auto* const count : {"", "-1", "x", "99999999999"}) {
    EXPECT_EXIT(hand_over("mine", count, "a:b"), fine, "got \\.");
  }
}

/// What arrives at a socket with this address when the daemon notifies its service manager.
std::string notify_and_receive(const sockaddr_un& address, std::size_t size, std::string name) {
  const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM, 0));
  EXPECT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address),
                   static_cast<socklen_t>(size)),
            0);
  give({{"NOTIFY_SOCKET", std::move(name)}});
  ServiceManager::from_environment().notify("READY=1\nSTATUS=relaying");
  std::array<char, 256> buffer{};
  const auto count = ::recv(socket.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
}

TEST(ServiceManager, NotifiesAtAPath) {
  const auto path = ::testing::TempDir() + "notify." + this_process();
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  EXPECT_EQ(notify_and_receive(address, sizeof(address), path), "READY=1\nSTATUS=relaying");
  ::unlink(path.c_str());
}

TEST(ServiceManager, NotifiesAtAnAbstractName) {
  const auto name = "notify." + this_process();
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  name.copy(address.sun_path + 1, sizeof(address.sun_path) - 1);
  const auto size = offsetof(sockaddr_un, sun_path) + 1 + name.size();
  EXPECT_EQ(notify_and_receive(address, size, "@" + name), "READY=1\nSTATUS=relaying");
}

TEST(ServiceManager, SurvivesAnAddressThatIsNone) {
  for (const auto& name : {std::string("/nowhere"), std::string(108, 'x')}) {
    give({{"NOTIFY_SOCKET", name}});
    ServiceManager::from_environment().notify("READY=1");
  }
}

}  // namespace
}  // namespace vsockfwd
