// SPDX-License-Identifier: GPL-2.0
#include "guest/vring.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace vsockfwd::guest {
namespace {

constexpr std::uint16_t ring_size = 8;

/// The device's side of the ring. It finds everything by the offsets that the virtio specification
/// gives, not by what the driver says, and so also tests where the driver puts it.
class SimulatedDevice {
 public:
  explicit SimulatedDevice(std::byte* memory) : memory_(memory) {}

  std::uint16_t available_flags() { return at<std::uint16_t>(available); }
  std::uint16_t available_index() { return at<std::uint16_t>(available + 2); }

  std::uint16_t next_head() {
    return at<std::uint16_t>(available + 4 + 2 * (std::size_t{seen_++} % ring_size));
  }

  Segment descriptor(std::size_t index) {
    return {at<std::uint64_t>(16 * index), at<std::uint32_t>(16 * index + 8),
            at<std::uint16_t>(16 * index + 12)};
  }
  std::uint16_t link(std::size_t index) { return at<std::uint16_t>(16 * index + 14); }

  void give_back(std::uint32_t head, std::uint32_t written) {
    const std::size_t element = used + 4 + 8 * (std::size_t{returned_++} % ring_size);
    at<std::uint32_t>(element) = head;
    at<std::uint32_t>(element + 4) = written;
    at<std::uint16_t>(used + 2) = returned_;
  }

  void suppress_kicks(bool suppress) { at<std::uint16_t>(used) = suppress ? 1 : 0; }

 private:
  static constexpr std::size_t available = 16 * ring_size;
  static constexpr std::size_t used = available + 6 + 2 * ring_size + 2;

  template <typename T>
  T& at(std::size_t offset) {
    return *reinterpret_cast<T*>(memory_ + offset);
  }

  std::byte* memory_;
  std::uint16_t seen_ = 0;
  std::uint16_t returned_ = 0;
};

class VringTest : public testing::Test {
 protected:
  alignas(16) std::array<std::byte, Vring::footprint(ring_size)> memory{};
  Vring ring{memory.data(), ring_size};
  SimulatedDevice device{memory.data()};

  /// Adds a chain of `length` segments; segment i has address 0x1000 + i and length 10 + i.
  bool add_chain(std::uint16_t length) {
    std::array<Segment, 2 * ring_size> segments{};
    for (std::uint16_t i = 0; i < length; ++i) {
      segments[i] = {.address = 0x1000U + i, .length = 10U + i};
    }
    return ring.add(std::span(segments).first(length));
  }
};

TEST_F(VringTest, TellsTheDeviceWhereItsPartsAre) {
  const auto* const start = reinterpret_cast<const std::byte*>(ring.descriptors());
  EXPECT_EQ(start, memory.data());
  EXPECT_EQ(reinterpret_cast<const std::byte*>(ring.available()) - start, 16 * ring_size);
  EXPECT_EQ(reinterpret_cast<const std::byte*>(ring.used()) - start, 16 * ring_size + 24);
}

TEST_F(VringTest, ShowsChainsOnlyWhenPublished) {
  EXPECT_FALSE(ring.publish());
  ASSERT_TRUE(add_chain(1));
  EXPECT_EQ(device.available_index(), 0);
  EXPECT_TRUE(ring.publish());
  EXPECT_EQ(device.available_index(), 1);
  EXPECT_FALSE(ring.publish());
}

TEST_F(VringTest, LinksTheDescriptorsOfAChain) {
  const std::uint16_t head = ring.next_head();
  ASSERT_TRUE(add_chain(3));
  ring.publish();
  EXPECT_EQ(device.next_head(), head);

  std::uint16_t index = head;
  for (std::uint16_t i = 0; i < 3; ++i) {
    const Segment segment = device.descriptor(index);
    EXPECT_EQ(segment.address, 0x1000U + i);
    EXPECT_EQ(segment.length, 10U + i);
    EXPECT_EQ(segment.flags, i < 2 ? VRING_DESC_F_NEXT : 0);
    index = device.link(index);
  }
}

TEST_F(VringTest, PassesFlagsOn) {
  const std::array chain{Segment{.address = 1, .length = 2, .flags = VRING_DESC_F_WRITE}};
  ASSERT_TRUE(ring.add(chain));
  EXPECT_EQ(device.descriptor(0).flags, VRING_DESC_F_WRITE);
}

TEST_F(VringTest, MakesALoopOfAChainWhoseLastSegmentHasNext) {
  const std::array chain{Segment{.address = 1, .length = 2},
                         Segment{.address = 3, .length = 4, .flags = VRING_DESC_F_NEXT}};
  const std::uint16_t head = ring.next_head();
  ASSERT_TRUE(ring.add(chain));
  EXPECT_EQ(device.link(device.link(head)), head);
}

TEST_F(VringTest, RefusesWhatDoesNotFit) {
  EXPECT_FALSE(add_chain(0));
  EXPECT_FALSE(add_chain(ring_size + 1));
  EXPECT_TRUE(add_chain(ring_size - 1));
  EXPECT_FALSE(add_chain(2));
  EXPECT_TRUE(add_chain(1));
  EXPECT_EQ(ring.free_descriptors(), 0);
  EXPECT_FALSE(add_chain(1));
}

TEST_F(VringTest, TakesBackChainsInTheDevicesOrder) {
  ASSERT_TRUE(add_chain(2));
  ASSERT_TRUE(add_chain(3));
  ring.publish();
  const std::uint16_t first = device.next_head();
  const std::uint16_t second = device.next_head();
  EXPECT_FALSE(ring.take_used());

  device.give_back(second, 7);
  device.give_back(first, 9);
  ASSERT_TRUE(ring.has_used());
  auto used = ring.take_used();
  ASSERT_TRUE(used);
  EXPECT_EQ(used->head, second);
  EXPECT_EQ(used->written, 7);

  used = ring.take_used();
  ASSERT_TRUE(used);
  EXPECT_EQ(used->head, first);
  EXPECT_EQ(used->written, 9);
  EXPECT_FALSE(ring.has_used());
}

TEST_F(VringTest, ReusesDescriptorsOnlyWhenReleased) {
  ASSERT_TRUE(add_chain(2));
  ASSERT_TRUE(add_chain(3));
  ring.publish();
  const std::uint16_t first = device.next_head();
  const std::uint16_t second = device.next_head();
  device.give_back(first, 0);
  device.give_back(second, 0);
  ASSERT_TRUE(ring.take_used());
  ASSERT_TRUE(ring.take_used());
  EXPECT_EQ(ring.free_descriptors(), ring_size - 5);

  ring.release(first);
  EXPECT_EQ(ring.free_descriptors(), ring_size - 3);
  EXPECT_EQ(ring.next_head(), first);
  ring.release(second);
  EXPECT_EQ(ring.free_descriptors(), ring_size);
  EXPECT_EQ(ring.next_head(), second);
}

TEST_F(VringTest, KeepsGoingWhenTheIndexesWrapAround) {
  for (int round = 0; round < 70000; ++round) {
    const auto length = static_cast<std::uint16_t>(1 + round % 3);
    ASSERT_TRUE(add_chain(length));
    ASSERT_TRUE(ring.publish());
    const std::uint16_t head = device.next_head();
    ASSERT_EQ(device.descriptor(head).address, 0x1000);
    device.give_back(head, static_cast<std::uint32_t>(round));
    const auto used = ring.take_used();
    ASSERT_TRUE(used);
    ASSERT_EQ(used->head, head);
    ASSERT_EQ(used->written, static_cast<std::uint32_t>(round));
    ring.release(head);
    ASSERT_EQ(ring.free_descriptors(), ring_size);
  }
}

TEST_F(VringTest, ReusesDescriptorsThatCameBackOutOfOrder) {
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(add_chain(2));
  ring.publish();
  std::array<std::uint16_t, 4> heads{};
  for (auto& head : heads) head = device.next_head();
  for (const int i : {2, 0}) device.give_back(heads.at(static_cast<std::size_t>(i)), 0);
  while (const auto used = ring.take_used()) ring.release(used->head);

  // A chain over descriptors of two former ones must not touch those still with the device.
  ASSERT_TRUE(add_chain(4));
  ring.publish();
  std::uint16_t index = device.next_head();
  for (int i = 0; i < 4; ++i) {
    for (const int busy : {1, 3}) {
      const std::uint16_t head = heads.at(static_cast<std::size_t>(busy));
      EXPECT_NE(index, head);
      EXPECT_NE(index, device.link(head));
    }
    index = device.link(index);
  }
}

TEST_F(VringTest, ThrowsWhenTheDeviceGivesBackWhatItDoesNotHave) {
  device.give_back(0, 0);
  EXPECT_THROW(ring.take_used(), std::runtime_error);
}

TEST_F(VringTest, ThrowsWhenTheDeviceGivesBackADescriptorBeyondTheRing) {
  device.give_back(ring_size, 0);
  EXPECT_THROW(ring.take_used(), std::runtime_error);
}

TEST_F(VringTest, KicksUnlessTheDeviceDeclines) {
  EXPECT_TRUE(ring.device_wants_kick());
  device.suppress_kicks(true);
  EXPECT_FALSE(ring.device_wants_kick());
}

TEST_F(VringTest, WantsNoSignalsUntilItAsks) {
  EXPECT_EQ(device.available_flags(), VRING_AVAIL_F_NO_INTERRUPT);
  ring.request_signals(true);
  EXPECT_EQ(device.available_flags(), 0);
  ring.request_signals(false);
  EXPECT_EQ(device.available_flags(), VRING_AVAIL_F_NO_INTERRUPT);
}

}  // namespace
}  // namespace vsockfwd::guest
