// SPDX-License-Identifier: GPL-2.0
#include "guest/connection.h"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <utility>
#include <vector>

namespace vsockfwd::guest {
namespace {

constexpr std::uint32_t buffer_size = 64;
constexpr std::size_t packet_payload = 10;

/// Keeps what a connection sends until the test delivers it.
class FakeWire : public PacketSink {
 public:
  struct Packet {
    PacketHeader header;
    std::vector<std::byte> payload;
  };

  [[nodiscard]] std::size_t payload_capacity() const override { return packet_payload; }

  [[nodiscard]] bool try_send(const PacketHeader& header,
                              std::span<const std::byte> payload) override {
    if (packets.size() >= room) return false;
    packets.push_back({header, {payload.begin(), payload.end()}});
    return true;
  }

  void send_soon(const PacketHeader& header) override { packets.push_back({header, {}}); }

  void flush() override {}

  void deliver_to(Connection& connection) {
    auto delivered = std::exchange(packets, {});
    for (const auto& [header, payload] : delivered) connection.handle(header, payload);
  }

  std::vector<Packet> packets;
  std::size_t room = 1000;
};

/// Two connections, each other's peer.
class ConnectionTest : public testing::TestWithParam<SocketType> {
 protected:
  ConnectionTest() {
    client.request();
    server.respond(from_client.packets.at(0).header);
    from_client.packets.clear();
    from_server.deliver_to(client);
  }

  void deliver() {
    from_client.deliver_to(server);
    from_server.deliver_to(client);
  }

  static std::vector<std::byte> make_data(std::size_t size) {
    std::vector<std::byte> data(size);
    for (std::size_t i = 0; i < size; ++i) data[i] = std::byte(i);
    return data;
  }

  static constexpr Address client_address{.cid = 16, .port = 1000};
  static constexpr Address server_address{.cid = 3, .port = 9000};

  FakeWire from_client;
  FakeWire from_server;
  Connection client{from_client, {GetParam(), client_address, server_address}, buffer_size};
  Connection server{from_server, {GetParam(), server_address, client_address}, buffer_size};
};

class StreamTest : public ConnectionTest {};
class SeqpacketTest : public ConnectionTest {};

constexpr auto type_name = [](const testing::TestParamInfo<SocketType>& info) {
  return info.param == SocketType::stream ? "stream" : "seqpacket";
};
INSTANTIATE_TEST_SUITE_P(Types, ConnectionTest,
                         testing::Values(SocketType::stream, SocketType::seqpacket), type_name);
INSTANTIATE_TEST_SUITE_P(Types, StreamTest, testing::Values(SocketType::stream), type_name);
INSTANTIATE_TEST_SUITE_P(Types, SeqpacketTest, testing::Values(SocketType::seqpacket), type_name);

TEST_P(ConnectionTest, IsEstablishedByRequestAndResponse) {
  EXPECT_EQ(client.state(), Connection::State::established);
  EXPECT_EQ(server.state(), Connection::State::established);
}

TEST_P(ConnectionTest, PutsItsAddressesAndCreditIntoEveryPacket) {
  ASSERT_EQ(client.send(make_data(25)), 25U);
  ASSERT_EQ(from_client.packets.size(), 3U);
  for (const auto& [header, payload] : from_client.packets) {
    EXPECT_EQ(header.src, client_address);
    EXPECT_EQ(header.dst, server_address);
    EXPECT_EQ(header.type, static_cast<std::uint16_t>(GetParam()));
    EXPECT_EQ(header.length, payload.size());
    EXPECT_EQ(header.buf_alloc, buffer_size);
    EXPECT_EQ(header.fwd_cnt, 0U);
  }
}

TEST_P(ConnectionTest, SendsNoMoreThanThePeerHasRoomFor) {
  const auto data = make_data(buffer_size);
  ASSERT_EQ(client.send(std::span(data).first(40)), 40U);
  EXPECT_EQ(client.send(std::span(data).first(30)), 24U);
  EXPECT_EQ(client.send(std::span(data).first(1)), 0U);
}

TEST_P(ConnectionTest, MayContinueOnceThePeerHasTakenHalf) {
  const auto data = make_data(buffer_size);
  ASSERT_EQ(client.send(std::span(data).first(32)), 32U);
  ASSERT_EQ(client.send(std::span(data).subspan(32)), 32U);
  deliver();
  EXPECT_EQ(client.send(data), 0U);

  std::array<std::byte, 32> out{};
  ASSERT_TRUE(server.receive(out)->has_value());
  deliver();
  EXPECT_EQ(client.send(std::span(data).first(32)), 32U);
}

TEST_P(ConnectionTest, SendsOnlyWhatTheRingHasRoomFor) {
  from_client.room = 2;
  EXPECT_EQ(client.send(make_data(25)), 20U);
}

TEST_P(ConnectionTest, ResetsAPeerThatIgnoresCredit) {
  const PacketHeader header{.src = server_address,
                            .dst = client_address,
                            .length = buffer_size + 1,
                            .type = static_cast<std::uint16_t>(GetParam()),
                            .op = VIRTIO_VSOCK_OP_RW};
  client.handle(header, make_data(buffer_size + 1));
  EXPECT_EQ(client.state(), Connection::State::closed);
  ASSERT_EQ(from_client.packets.size(), 1U);
  EXPECT_EQ(from_client.packets[0].header.op, VIRTIO_VSOCK_OP_RST);
  std::array<std::byte, 1> out{};
  EXPECT_EQ(client.receive(out).error().code, EPROTO);
}

TEST_P(ConnectionTest, AnswersARequestForCredit) {
  const PacketHeader header{
      .src = server_address, .dst = client_address, .op = VIRTIO_VSOCK_OP_CREDIT_REQUEST};
  client.handle(header, {});
  ASSERT_EQ(from_client.packets.size(), 1U);
  EXPECT_EQ(from_client.packets[0].header.op, VIRTIO_VSOCK_OP_CREDIT_UPDATE);
}

TEST_P(ConnectionTest, EndsInGoodOrder) {
  ASSERT_EQ(client.send(make_data(5)), 5U);
  client.shut_down(VIRTIO_VSOCK_SHUTDOWN_SEND);
  deliver();

  std::array<std::byte, 10> out{};
  EXPECT_EQ((*server.receive(out))->length, 5U);
  EXPECT_EQ((*server.receive(out))->length, 0U);
  ASSERT_EQ(server.send(make_data(3)), 3U);
  server.shut_down(VIRTIO_VSOCK_SHUTDOWN_SEND | VIRTIO_VSOCK_SHUTDOWN_RCV);
  deliver();

  EXPECT_EQ(client.state(), Connection::State::established) << "there is data to take";
  EXPECT_EQ((*client.receive(out))->length, 3U);
  EXPECT_EQ(client.state(), Connection::State::closed);
  EXPECT_EQ((*client.receive(out))->length, 0U);
  deliver();
  EXPECT_EQ(server.state(), Connection::State::closed);
  EXPECT_EQ((*server.receive(out))->length, 0U);
}

TEST_P(ConnectionTest, TellsAResetFromAnEnd) {
  ASSERT_EQ(server.send(make_data(5)), 5U);
  from_server.deliver_to(client);
  client.handle({.src = server_address, .dst = client_address, .op = VIRTIO_VSOCK_OP_RST}, {});

  std::array<std::byte, 10> out{};
  EXPECT_EQ((*client.receive(out))->length, 5U) << "what came before the reset is kept";
  EXPECT_EQ(client.receive(out).error().code, ECONNRESET);
  EXPECT_EQ(client.send(make_data(1)).error().code, ECONNRESET);
}

TEST_P(ConnectionTest, DoesNotSendToAPeerThatDoesNotReceive) {
  server.shut_down(VIRTIO_VSOCK_SHUTDOWN_RCV);
  deliver();
  EXPECT_EQ(client.send(make_data(1)).error().code, EPIPE);
}

TEST_P(ConnectionTest, ResetsItsPeerWhenItIsDestroyed) {
  FakeWire wire;
  { const Connection abandoned(wire, {GetParam(), client_address, server_address}, buffer_size); }
  ASSERT_EQ(wire.packets.size(), 1U);
  EXPECT_EQ(wire.packets[0].header.op, VIRTIO_VSOCK_OP_RST);
}

TEST_P(StreamTest, KeepsNoBoundaries) {
  ASSERT_EQ(client.send(make_data(15)), 15U);
  ASSERT_EQ(client.send(make_data(15)), 15U);
  deliver();
  std::array<std::byte, 100> out{};
  EXPECT_EQ((*server.receive(out))->length, 30U);
  EXPECT_EQ(out[14], std::byte{14});
  EXPECT_EQ(out[15], std::byte{0});
}

TEST_P(StreamTest, CarriesEveryByteWhenTheBufferWrapsAround) {
  std::uint8_t sent = 0;
  std::uint8_t expected = 0;
  for (int round = 0; round < 100; ++round) {
    std::array<std::byte, 24> data{};
    for (auto& byte : data) byte = std::byte{sent++};
    ASSERT_EQ(client.send(data), data.size());
    deliver();
    std::array<std::byte, 24> out{};
    ASSERT_EQ((*server.receive(out))->length, out.size());
    for (const auto byte : out) ASSERT_EQ(byte, std::byte{expected++});
    deliver();
  }
}

TEST_P(SeqpacketTest, KeepsBoundariesAndRecords) {
  ASSERT_EQ(client.send(make_data(15), true), 15U);
  ASSERT_EQ(client.send(make_data(3), false), 3U);
  deliver();
  std::array<std::byte, 100> out{};
  auto received = *server.receive(out);
  EXPECT_EQ(received->length, 15U);
  EXPECT_TRUE(received->end_of_record);
  received = *server.receive(out);
  EXPECT_EQ(received->length, 3U);
  EXPECT_FALSE(received->end_of_record);
}

TEST_P(SeqpacketTest, MarksOnlyTheLastPacketOfAMessage) {
  ASSERT_EQ(client.send(make_data(15), true), 15U);
  ASSERT_EQ(from_client.packets.size(), 2U);
  EXPECT_EQ(from_client.packets[0].header.flags, 0U);
  EXPECT_EQ(from_client.packets[1].header.flags,
            std::uint32_t{VIRTIO_VSOCK_SEQ_EOM | VIRTIO_VSOCK_SEQ_EOR});
}

TEST_P(SeqpacketTest, GivesNoPartOfAMessage) {
  const auto data = make_data(15);
  from_client.room = 1;
  ASSERT_EQ(client.send(data), 10U);
  deliver();
  std::array<std::byte, 100> out{};
  EXPECT_FALSE(server.receive(out)->has_value());
  ASSERT_EQ(client.send(std::span(data).subspan(10)), 5U);
  deliver();
  EXPECT_EQ((*server.receive(out))->length, 15U);
}

TEST_P(SeqpacketTest, TellsTheLengthOfAMessageThatDoesNotFit) {
  ASSERT_EQ(client.send(make_data(15)), 15U);
  ASSERT_EQ(client.send(make_data(2)), 2U);
  deliver();
  std::array<std::byte, 4> out{};
  EXPECT_EQ((*server.receive(out))->length, 15U);
  EXPECT_EQ((*server.receive(out))->length, 2U);
}

TEST_P(SeqpacketTest, RefusesAMessageThatWillNeverFit) {
  EXPECT_EQ(client.send(make_data(buffer_size + 1)).error().code, EMSGSIZE);
}

}  // namespace
}  // namespace vsockfwd::guest
