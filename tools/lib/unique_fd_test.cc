// SPDX-License-Identifier: Apache-2.0
#include "lib/unique_fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <utility>

namespace vsockfwd {
namespace {

int open_something() {
  return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}

TEST(UniqueFd, ClosesAtTheEndOfItsLife) {
  const int fd = open_something();
  {
    const UniqueFd owner(fd);
    EXPECT_TRUE(owner);
    EXPECT_EQ(owner.get(), fd);
    EXPECT_TRUE(is_open(fd));
  }
  EXPECT_FALSE(is_open(fd));
}

TEST(UniqueFd, OwnsNothingByDefaultAndAfterAFailedCall) {
  EXPECT_FALSE(UniqueFd());
  EXPECT_FALSE(UniqueFd(-1));
}

TEST(UniqueFd, MovesOwnership) {
  UniqueFd first(open_something());
  const int fd = first.get();
  UniqueFd second(std::move(first));
  EXPECT_EQ(second.get(), fd);

  UniqueFd third(open_something());
  const int replaced = third.get();
  third = std::move(second);
  EXPECT_EQ(third.get(), fd);
  EXPECT_FALSE(is_open(replaced));
  EXPECT_TRUE(is_open(fd));
}

TEST(UniqueFd, KeepsItsDescriptorWhenMovedOntoItself) {
  UniqueFd owner(open_something());
  UniqueFd& alias = owner;
  owner = std::move(alias);
  EXPECT_TRUE(is_open(owner.get()));
}

TEST(UniqueFd, ReleaseLeavesTheDescriptorOpen) {
  UniqueFd owner(open_something());
  const UniqueFd released(owner.release());
  EXPECT_FALSE(owner);
  EXPECT_TRUE(is_open(released.get()));
}

TEST(UniqueFd, ResetClosesAndReplaces) {
  UniqueFd owner(open_something());
  const int old = owner.get();
  const int fresh = open_something();
  owner.reset(fresh);
  EXPECT_FALSE(is_open(old));
  EXPECT_EQ(owner.get(), fresh);
  owner.reset();
  EXPECT_FALSE(owner);
}

}  // namespace
}  // namespace vsockfwd
