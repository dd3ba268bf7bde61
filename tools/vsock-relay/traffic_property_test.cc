// SPDX-License-Identifier: Apache-2.0
// Whatever two ends do to each other through a relay, each gets what the other sent, and its end.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "vsock-relay/test_peers.h"

namespace vsockfwd::relay::test {
namespace {

/// What one end does, step by step.
struct Script {
  /// Sizes of writes.
  std::vector<std::size_t> writes;
  /// Sizes of reads between them: nothing, or as much as there is up to that.
  bool reads_slowly;
};

std::ostream& operator<<(std::ostream& out, const Script& script) {
  out << (script.reads_slowly ? "slow:" : "fast:");
  for (const auto size : script.writes) out << ' ' << size;
  return out;
}

rc::Gen<Script> scripts() {
  const auto sizes = rc::gen::weightedOneOf<std::size_t>(
      {{4, rc::gen::inRange<std::size_t>(0, 100)},
       {3, rc::gen::inRange<std::size_t>(100, 70'000)},
       {1, rc::gen::inRange<std::size_t>(70'000, 2'000'000)},
       {2, rc::gen::element<std::size_t>(65'535, 65'536, 65'537, 131'072)}});
  return rc::gen::build<Script>(
      rc::gen::set(&Script::writes,
                   rc::gen::resize(12, rc::gen::container<std::vector<std::size_t>>(sizes))),
      rc::gen::set(&Script::reads_slowly, rc::gen::arbitrary<bool>()));
}

std::string whole(const Script& script, unsigned seed) {
  std::size_t total = 0;
  for (const auto size : script.writes) total += size;
  return pattern(total, seed);
}

/// Writes by script, ends its half, and meanwhile reads all that comes.
std::string play(Stream& stream, const Script& script, unsigned seed) {
  std::string received;
  std::thread reader([&] {
    if (script.reads_slowly) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    received = stream.receive_all();
  });
  const auto bytes = whole(script, seed);
  std::size_t begin = 0;
  for (const auto size : script.writes) {
    stream.send(std::string_view(bytes).substr(begin, size));
    begin += size;
  }
  stream.end_sending();
  reader.join();
  return received;
}

class TrafficProperty : public testing::Test {
 protected:
  void check(const Address& listen, const Address& target) {
    Service service(target);
    auto pair = pair_to(service.address());
    std::get<Listener>(pair.from).address = listen;
    RunningRelay relay(std::vector{pair}, 2);
    std::uint64_t closed = 0;

    const bool held = rc::check([&] {
      const auto ours = *scripts();
      const auto theirs = *scripts();
      auto client = relay.connect();
      auto server = service.accept();
      std::string at_server;
      std::thread other([&] { at_server = play(server, theirs, 2); });
      const auto at_client = play(client, ours, 1);
      other.join();
      RC_ASSERT(at_server == whole(ours, 1));
      RC_ASSERT(at_client == whole(theirs, 2));
      ++closed;
      RC_ASSERT(eventually([&] { return relay.counters().closed == closed; }));
    });
    EXPECT_TRUE(held);
    EXPECT_EQ(relay.counters().reset, 0U);
  }

  ScratchDirectory directory_;
};

TEST_F(TrafficProperty, TcpToTcp) {
  check(TcpAddress{"127.0.0.1", 0}, TcpAddress{"127.0.0.1", 0});
}

TEST_F(TrafficProperty, TcpToUnix) {
  check(TcpAddress{"127.0.0.1", 0}, UnixAddress{directory_.path("to"), false});
}

TEST_F(TrafficProperty, UnixToUnix) {
  check(UnixAddress{directory_.path("from"), false}, UnixAddress{directory_.path("to"), false});
}

}  // namespace
}  // namespace vsockfwd::relay::test
