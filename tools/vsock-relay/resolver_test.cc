// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/resolver.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <optional>
#include <thread>
#include <vector>

#include "lib/unique_fd.h"

namespace vsockfwd::relay {
namespace {

using std::chrono::milliseconds;

/// Answers every question for an IPv4 address, while it is asked to answer at all.
class DnsServer {
 public:
  DnsServer() : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    const auto any = *SocketAddress::ip("127.0.0.1", 0);
    EXPECT_EQ(::bind(fd_.get(), any.get(), any.size()), 0);
    thread_ = std::thread([this] { serve(); });
  }
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;
  ~DnsServer() {
    stop_ = true;
    thread_.join();
  }

  [[nodiscard]] std::string address() const {
    const auto own = std::get<TcpAddress>(local_address(fd_.get()).to_address());
    return own.host + ":" + std::to_string(own.port);
  }

  static constexpr std::uint8_t server_failure = 2;
  static constexpr std::uint8_t no_such_name = 3;

  std::atomic<bool> answers = true;
  std::atomic<std::uint32_t> ttl = 60;
  /// If it is not 0, the name is an alias that lives so long.
  std::atomic<std::uint32_t> alias_ttl = 0;
  /// Last byte of the addresses 192.0.2.x, one or two of them.
  std::atomic<std::uint8_t> first = 1;
  std::atomic<std::uint8_t> second = 0;
  /// Of every answer, as RFC 1035 numbers them; with one that is not 0, no address comes.
  std::atomic<std::uint8_t> code = 0;
  /// Questions for IPv4 addresses so far.
  std::atomic<int> questions = 0;

 private:
  static constexpr std::size_t header_size = 12;
  static constexpr std::size_t record_header_size = 12;
  static constexpr std::uint8_t type_a = 1;
  static constexpr std::uint8_t type_cname = 5;

  void serve() {
    while (!stop_) {
      pollfd poll{.fd = fd_.get(), .events = POLLIN, .revents = 0};
      if (::poll(&poll, 1, 20) != 1) continue;
      std::array<std::uint8_t, 512> question{};
      sockaddr_storage peer{};
      socklen_t size = sizeof(peer);
      const auto length = ::recvfrom(fd_.get(), question.data(), question.size(), 0,
                                     reinterpret_cast<sockaddr*>(&peer), &size);
      if (length <= static_cast<ssize_t>(header_size)) continue;
      const auto reply = answer({question.begin(), question.begin() + length});
      if (!answers) continue;
      ::sendto(fd_.get(), reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&peer), size);
    }
  }

  std::vector<std::uint8_t> answer(const std::vector<std::uint8_t>& question) {
    const auto name_end = std::ranges::find(question.begin() + header_size, question.end(), 0);
    const bool wants_a = *(name_end + 2) == type_a;
    // The question without what may follow it (EDNS).
    std::vector<std::uint8_t> reply(question.begin(), name_end + 5);
    reply[2] = 0x81;         // an answer, recursion desired
    reply[3] = 0x80 | code;  // recursion available
    std::fill(reply.begin() + 6, reply.begin() + header_size, std::uint8_t{0});
    if (!wants_a) return reply;
    ++questions;
    if (code != 0) return reply;
    std::uint8_t owner = header_size;
    if (alias_ttl != 0) {
      const auto offset = static_cast<std::uint8_t>(reply.size());
      add_record(reply, {owner, type_cname}, alias_ttl, {4, 'r', 'e', 'a', 'l', 0});
      owner = offset + record_header_size;
    }
    for (const std::uint8_t last : {first.load(), second.load()}) {
      if (last != 0) add_record(reply, {owner, type_a}, ttl, {192, 0, 2, last});
    }
    return reply;
  }

  struct Subject {
    /// Where its name stands in the answer.
    std::uint8_t offset;
    std::uint8_t type;
  };

  static void add_record(std::vector<std::uint8_t>& reply, Subject subject, std::uint32_t life,
                         const std::vector<std::uint8_t>& data) {
    const std::array<std::uint8_t, record_header_size> header{
        0xc0,
        subject.offset,
        0,
        subject.type,
        0,
        1,
        static_cast<std::uint8_t>(life >> 24),
        static_cast<std::uint8_t>(life >> 16),
        static_cast<std::uint8_t>(life >> 8),
        static_cast<std::uint8_t>(life),
        0,
        static_cast<std::uint8_t>(data.size())};
    reply.insert(reply.end(), header.begin(), header.end());
    reply.insert(reply.end(), data.begin(), data.end());
    ++reply[7];
  }

  UniqueFd fd_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

/// Asks, and remembers the answer.
class Client final : public Resolver::Client {
 public:
  void resolved(const Result<std::vector<SocketAddress>>& addresses) override {
    hosts_.emplace();
    if (!addresses) {
      error_ = addresses.error().message;
      return;
    }
    for (const auto& address : *addresses) {
      hosts_->push_back(std::get<TcpAddress>(address.to_address()).host);
    }
  }

  [[nodiscard]] bool done() const { return hosts_.has_value(); }
  [[nodiscard]] const std::vector<std::string>& hosts() const { return *hosts_; }
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  std::optional<std::vector<std::string>> hosts_;
  std::string error_;
};

/// Stops a loop after some time.
class StopTimer final : public Timer {
 public:
  explicit StopTimer(EventLoop& loop) : loop_(loop) {}
  void on_timer() override { loop_.stop(); }

 private:
  EventLoop& loop_;
};

class ResolverTest : public testing::Test {
 protected:
  void run_for(milliseconds time) {
    StopTimer stop(loop_);
    loop_.timers().arm(stop, std::chrono::time_point_cast<milliseconds>(Clock::now()) + time);
    loop_.run();
  }

  void wait_for(const Client& client) {
    for (int i = 0; i < 1000 && !client.done(); ++i) run_for(milliseconds(10));
    ASSERT_TRUE(client.done());
  }

  Client ask(const std::string& name = "example.test") {
    Client client;
    resolver_.resolve(name, client);
    wait_for(client);
    return client;
  }

  using Hosts = std::vector<std::string>;

  DnsServer server_;
  EventLoop loop_;
  Resolver resolver_{loop_, server_.address()};
};

TEST_F(ResolverTest, FindsAllAddresses) {
  server_.second = 2;
  const auto client = ask();
  EXPECT_EQ(client.hosts().size(), 2U);
  EXPECT_NE(std::ranges::find(client.hosts(), "192.0.2.1"), client.hosts().end());
  EXPECT_NE(std::ranges::find(client.hosts(), "192.0.2.2"), client.hosts().end());
}

TEST_F(ResolverTest, SharesAQueryAmongThoseWhoAskTheSame) {
  Client first;
  Client second;
  resolver_.resolve("example.test", first);
  resolver_.resolve("example.test", second);
  wait_for(first);
  EXPECT_TRUE(second.done());
  EXPECT_EQ(server_.questions, 1);
}

TEST_F(ResolverTest, KeepsAnAnswerForItsLifeAndThenAsksAgain) {
  server_.ttl = 1;
  ask();
  server_.first = 7;

  Client at_once;
  resolver_.resolve("example.test", at_once);
  ASSERT_TRUE(at_once.done());
  EXPECT_EQ(at_once.hosts(), Hosts{"192.0.2.1"});
  EXPECT_EQ(server_.questions, 1);

  run_for(milliseconds(1100));
  Client later;
  resolver_.resolve("example.test", later);
  EXPECT_FALSE(later.done());
  wait_for(later);
  EXPECT_EQ(later.hosts(), Hosts{"192.0.2.7"});
}

TEST_F(ResolverTest, AnAnswerWithoutALifeIsKeptForASecond) {
  server_.ttl = 0;
  ask();
  Client second;
  resolver_.resolve("example.test", second);
  EXPECT_TRUE(second.done());
}

TEST_F(ResolverTest, AnAliasIsKeptForItsLifeOnly) {
  server_.alias_ttl = 1;
  const auto first = ask();
  ASSERT_EQ(first.hosts(), Hosts{"192.0.2.1"});
  server_.first = 7;

  run_for(milliseconds(1100));
  const auto later = ask();
  EXPECT_EQ(later.hosts(), Hosts{"192.0.2.7"});
}

TEST_F(ResolverTest, UsesOldAddressesWhileDnsIsGone) {
  server_.ttl = 1;
  ask();
  server_.answers = false;
  run_for(milliseconds(1100));

  const auto second = ask();
  EXPECT_EQ(second.hosts(), Hosts{"192.0.2.1"});
  // And does not make the next one wait for a server that is gone.
  Client third;
  resolver_.resolve("example.test", third);
  EXPECT_TRUE(third.done());
}

TEST_F(ResolverTest, UsesOldAddressesWhileDnsIsInTrouble) {
  server_.ttl = 1;
  ask();
  server_.code = DnsServer::server_failure;
  run_for(milliseconds(1100));

  const auto second = ask();
  EXPECT_EQ(second.hosts(), Hosts{"192.0.2.1"});
}

TEST_F(ResolverTest, ForgetsANameThatIsGone) {
  server_.ttl = 1;
  ask();
  server_.code = DnsServer::no_such_name;
  run_for(milliseconds(1100));

  const auto second = ask();
  EXPECT_EQ(second.error(), "cannot resolve \"example.test\": Domain name not found");

  // Not even while DNS is gone, too.
  server_.code = DnsServer::server_failure;
  const auto third = ask();
  EXPECT_EQ(third.error(), "cannot resolve \"example.test\": Could not contact DNS servers");
}

TEST_F(ResolverTest, ForgetsTheAddressesOfANameThatHasNoneAnyMore) {
  for (const std::uint32_t alias_ttl : {0U, 1U}) {
    const auto name = "example" + std::to_string(alias_ttl) + ".test";
    server_.ttl = 1;
    server_.first = 1;
    server_.alias_ttl = alias_ttl;
    ask(name);
    server_.first = 0;
    run_for(milliseconds(1100));

    const auto second = ask(name);
    EXPECT_EQ(second.error(),
              "cannot resolve \"" + name + "\": DNS server returned answer with no data");
  }
}

TEST_F(ResolverTest, FailsWithoutDnsAndWithoutAnOldAddress) {
  server_.answers = false;
  const auto client = ask();
  EXPECT_EQ(client.error(),
            "cannot resolve \"example.test\": Timeout while contacting DNS servers");
}

TEST_F(ResolverTest, ReadsEtcHosts) {
  const auto client = ask("localhost");
  EXPECT_TRUE(client.error().empty()) << client.error();
  EXPECT_EQ(server_.questions, 0);
}

TEST_F(ResolverTest, ToleratesClientsThatLeave) {
  {
    Client client;
    resolver_.resolve("example.test", client);
    resolver_.cancel(client);
  }
  const auto other = ask();
  EXPECT_EQ(other.hosts(), Hosts{"192.0.2.1"});
  EXPECT_EQ(server_.questions, 1);
}

TEST_F(ResolverTest, ReloadingLosesNoQuery) {
  Client client;
  resolver_.resolve("example.test", client);
  resolver_.reload();
  EXPECT_FALSE(client.done());
  wait_for(client);
  EXPECT_EQ(client.hosts(), Hosts{"192.0.2.1"});
}

TEST_F(ResolverTest, MayGoWhileAQueryIsUnderWay) {
  server_.answers = false;
  Client client;
  {
    Resolver resolver(loop_, server_.address());
    resolver.resolve("example.test", client);
  }
  EXPECT_TRUE(client.done());
}

}  // namespace
}  // namespace vsockfwd::relay
