// SPDX-License-Identifier: Apache-2.0
#include "lib/socket_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>

#include "lib/socket.h"
#include "lib/socket_address.h"

namespace vsockfwd {
namespace {

namespace fs = std::filesystem;

class SocketFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = fs::temp_directory_path() / "socket-file-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
    path_ = directory_ / "socket";
  }
  void TearDown() override { fs::remove_all(directory_); }

  static UniqueFd new_socket() { return std::move(*open_stream_socket(AF_UNIX)); }

  Result<SocketFile> listen(const UniqueFd& fd, const SocketFileAccess& access = {}) {
    return SocketFile::listen(fd.get(), path_, access, 8);
  }

  /// 0, or the errno.
  int connect() {
    const auto fd = new_socket();
    const auto address = *SocketAddress::unix_socket({path_, false});
    return ::connect(fd.get(), address.get(), address.size()) == 0 ? 0 : errno;
  }

  struct stat status() {
    struct stat result {};
    EXPECT_EQ(::lstat(path_.c_str(), &result), 0);
    return result;
  }

  fs::path directory_;
  fs::path path_;
};

TEST_F(SocketFileTest, ListensUntilItGoes) {
  {
    const auto fd = new_socket();
    const auto file = listen(fd);
    ASSERT_TRUE(file);
    EXPECT_EQ(connect(), 0);
  }
  EXPECT_FALSE(fs::exists(path_));
}

TEST_F(SocketFileTest, HasTheModeWhateverTheUmask) {
  const auto before = ::umask(0777);
  const auto fd = new_socket();
  const auto file = listen(fd, {.mode = 0660, .group = {}});
  ::umask(before);
  ASSERT_TRUE(file);
  EXPECT_EQ(status().st_mode & 07777, 0660U);
}

TEST_F(SocketFileTest, HasTheGroupByNumber) {
  const auto own = ::getegid();
  const auto fd = new_socket();
  ASSERT_TRUE(listen(fd, {.mode = 0660, .group = std::to_string(own)}));
}

TEST_F(SocketFileTest, RefusesAGroupThatThereIsNot) {
  const auto fd = new_socket();
  const auto file = listen(fd, {.mode = 0660, .group = "no such group"});
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().message, "there is no group \"no such group\"");
  EXPECT_FALSE(fs::exists(path_));
}

TEST_F(SocketFileTest, ReplacesTheSocketOfAKilledProcess) {
  {
    // Closed without being removed, as the kernel does it.
    const auto stale = new_socket();
    const auto address = *SocketAddress::unix_socket({path_, false});
    ASSERT_EQ(::bind(stale.get(), address.get(), address.size()), 0);
  }
  ASSERT_TRUE(fs::exists(path_));
  const auto fd = new_socket();
  const auto file = listen(fd);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(connect(), 0);
}

TEST_F(SocketFileTest, LeavesALiveSocketAlone) {
  const auto first = new_socket();
  const auto file = listen(first);
  ASSERT_TRUE(file);
  const auto inode = status().st_ino;

  const auto second = new_socket();
  const auto refused = listen(second);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, EADDRINUSE);
  EXPECT_EQ(status().st_ino, inode);
  EXPECT_EQ(connect(), 0);
}

TEST_F(SocketFileTest, LeavesALiveSocketOfAnotherTypeAlone) {
  const UniqueFd other(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto address = *SocketAddress::unix_socket({path_, false});
  ASSERT_EQ(::bind(other.get(), address.get(), address.size()), 0);
  const auto fd = new_socket();
  EXPECT_FALSE(listen(fd));
  EXPECT_TRUE(fs::exists(path_));
}

TEST_F(SocketFileTest, LeavesOtherFilesAlone) {
  const UniqueFd other(::open(path_.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  ASSERT_TRUE(other);
  const auto fd = new_socket();
  const auto file = listen(fd);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, EEXIST);
  EXPECT_TRUE(fs::exists(path_));
}

TEST_F(SocketFileTest, LeavesTheFileOfASuccessorAlone) {
  const auto first = new_socket();
  auto file = listen(first);
  ASSERT_TRUE(file);
  fs::remove(path_);
  const auto second = new_socket();
  const auto successor = listen(second);
  ASSERT_TRUE(successor);
  { const auto gone = std::move(*file); }
  EXPECT_TRUE(fs::exists(path_));
}

}  // namespace
}  // namespace vsockfwd
