// SPDX-License-Identifier: Apache-2.0
#include "lib/answer_server.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "lib/socket.h"
#include "lib/socket_address.h"

namespace vsockfwd {
namespace {

UniqueFd connect(const UnixAddress& address) {
  const auto name = SocketAddress::unix_socket(address).value();
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(::connect(socket.get(), name.get(), name.size()), 0);
  return socket;
}

void ask(const UniqueFd& client) {
  EXPECT_EQ(::send(client.get(), "?", 1, MSG_NOSIGNAL), 1);
}

/// What the client hears until the server closes.
std::string answer_to(const UniqueFd& client) {
  std::array<char, 64> buffer{};
  const auto count = ::recv(client.get(), buffer.data(), buffer.size(), 0);
  return count > 0 ? std::string(buffer.data(), static_cast<std::size_t>(count)) : std::string();
}

class AnswerServerTest : public ::testing::Test {
 protected:
  /// Lets the loop take one turn after another, with whatever has come meanwhile.
  void run_turns(int count) {
    for (; count > 0; --count) {
      loop_.post([this] { loop_.stop(); });
      loop_.run();
    }
  }

  UnixAddress address_{"vsockfwd-answer-" + std::to_string(::getpid()), /*abstract=*/true};
  EventLoop loop_;
};

TEST_F(AnswerServerTest, SaysWhereItCannotListen) {
  const auto start = [this](const std::string& path) {
    return AnswerServer::start(loop_, UnixAddress{path, false}, 0600, [](auto) { return ""; });
  };
  const auto no_folder = start("/nowhere/at/all");
  ASSERT_FALSE(no_folder);
  EXPECT_EQ(no_folder.error().message,
            "cannot listen on \"unix:/nowhere/at/all\": bind: No such file or directory");
  EXPECT_EQ(no_folder.error().hint, "make the folder of the socket first");
  const auto no_socket = start("/proc/self/status");
  ASSERT_FALSE(no_socket);
  EXPECT_EQ(no_socket.error().message,
            "cannot listen on \"unix:/proc/self/status\": bind: File exists");
  EXPECT_EQ(no_socket.error().hint, "the file is not a socket: remove it or choose another path");
}

TEST_F(AnswerServerTest, AnswersEachClient) {
  const auto server =
      AnswerServer::start(loop_, address_, 0600, [](auto) { return std::string("yes"); });
  ASSERT_TRUE(server) << server.error().message;
  const auto one = connect(address_);
  const auto other = connect(address_);
  run_turns(5);
  ask(one);
  ask(other);
  run_turns(5);
  EXPECT_EQ(answer_to(one), "yes");
  EXPECT_EQ(answer_to(other), "yes");
}

TEST_F(AnswerServerTest, MayGoWhileOthersWaitForTheirTurn) {
  int answered = 0;
  Retiring<AnswerServer> server;
  server = AnswerServer::start(loop_, address_, 0600, [&](auto) -> std::optional<std::string> {
             ++answered;
             server.reset();
             return "the last one";
           }).value();
  const auto one = connect(address_);
  const auto other = connect(address_);
  run_turns(5);
  ask(one);
  ask(other);
  run_turns(5);
  EXPECT_EQ(answered, 1);
  EXPECT_EQ(answer_to(one) + answer_to(other), "");
}

}  // namespace
}  // namespace vsockfwd
