// SPDX-License-Identifier: Apache-2.0
// Clients of unix sockets that leave while their target is dialled.
#include "vsock-relay/joining.h"

#include <gtest/gtest.h>

#include "vsock-relay/test_peers.h"

namespace vsockfwd::relay::test {
namespace {

using std::chrono::milliseconds;

class JoiningFromUnix : public testing::Test {
 protected:
  Pair pair() {
    auto result = pair_to(target_);
    std::get<Listener>(result.from).address = UnixAddress{directory_.path("from"), false};
    auto& dialer = std::get<Dialer>(result.to);
    dialer.attempts = 0;
    dialer.backoff = milliseconds(20);
    return result;
  }

  ScratchDirectory directory_;
  Address target_ = nobody();
};

TEST_F(JoiningFromUnix, WhatAClientSaidBeforeItClosedIsForTheTarget) {
  RunningRelay relay(pair());
  auto client = relay.connect();
  client.send("all there is to say");
  client.close();
  EXPECT_TRUE(eventually([&] { return relay.counters().accepted == 1; }));
  Service service(target_);
  EXPECT_EQ(service.accept().receive_all(), "all there is to say");
  EXPECT_TRUE(eventually([&] { return relay.counters().closed == 1; }));
}

TEST_F(JoiningFromUnix, WhatAClientSaidBeforeItEndedAndClosedIsForTheTarget) {
  RunningRelay relay(pair());
  auto client = relay.connect();
  client.send("all there is to say");
  client.end_sending();
  EXPECT_TRUE(eventually([&] { return relay.counters().accepted == 1; }));
  client.close();
  Service service(target_);
  EXPECT_EQ(service.accept().receive_all(), "all there is to say");
}

TEST_F(JoiningFromUnix, NobodyIsDialledForAClientThatSaidNothing) {
  RunningRelay relay(pair());
  relay.connect().close();
  EXPECT_TRUE(eventually([&] { return relay.counters().abandoned == 1; }));
}

}  // namespace
}  // namespace vsockfwd::relay::test
