// SPDX-License-Identifier: Apache-2.0
#include "lib/log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

#include "lib/unique_fd.h"

namespace vsockfwd {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Standard error, as a pipe that holds 64 KiB.
class LogTest : public ::testing::Test {
 protected:
  LogTest() {
    std::array<int, 2> ends;
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    reader_.reset(ends[0]);
    const UniqueFd writer(ends[1]);
    ::dup2(writer.get(), STDERR_FILENO);
    ::fcntl(reader_.get(), F_SETFL, O_NONBLOCK);
    log_setup("log-test");
  }
  ~LogTest() override {
    ::dup2(old_stderr_.get(), STDERR_FILENO);
    log_limit(Priority::info);
  }

  /// Everything that was written since.
  std::string written() {
    std::string text;
    std::array<char, 4096> buffer;
    for (ssize_t count = 0; (count = ::read(reader_.get(), buffer.data(), buffer.size())) > 0;) {
      text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return text;
  }

 private:
  UniqueFd old_stderr_{::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)};
  UniqueFd reader_;
};

TEST_F(LogTest, WritesOneLineWithFields) {
  log(Priority::info, "hello", {{"PAIR", "a b"}, {"PEER", "\x1b[2J\n"}});
  EXPECT_EQ(written(), "log-test: hello PAIR=\"a b\" PEER=\"\\x1b[2J\\n\"\n");
}

TEST_F(LogTest, LabelsWhatIsNotFine) {
  log(Priority::notice, "a");
  log(Priority::warning, "b");
  log(Priority::error, Error{"c", "try d"});
  EXPECT_EQ(written(), "log-test: a\nlog-test: warning: b\nlog-test: error: c (hint: try d)\n");
}

TEST_F(LogTest, LeavesOutWhatIsBeyondTheLimit) {
  log(Priority::debug, "unseen");
  EXPECT_FALSE(log_enabled(Priority::debug));
  log_limit(Priority::debug);
  log(Priority::debug, "seen");
  EXPECT_EQ(written(), "log-test: seen\n");
}

TEST_F(LogTest, CutsWhatIsTooLongForOnePiece) {
  log(Priority::info, std::string(100'000, 'x'));
  const auto text = written();
  EXPECT_EQ(text.size(), 4096U);
  EXPECT_THAT(text, EndsWith("x\n"));
}

TEST_F(LogTest, NeverWaitsAndOwnsUpToLosses) {
  const std::string long_message(1000, 'x');
  // Far more than a pipe holds, and nobody reads.
  for (int i = 0; i < 1000; ++i) log(Priority::info, long_message);
  const auto before = written();
  EXPECT_LT(before.size(), 100'000U);
  log(Priority::info, "again");
  const auto after = written();
  EXPECT_THAT(after, StartsWith("log-test: warning: the log was full, messages are lost"));
  const auto kept = before.size() / (long_message.size() + std::string("log-test: \n").size());
  EXPECT_THAT(after, HasSubstr("LOST_MESSAGES=\"" + std::to_string(1000 - kept) + "\"\n"));
  EXPECT_THAT(after, EndsWith("log-test: again\n"));
}

TEST(ParsePriority, KnowsTheNames) {
  EXPECT_EQ(parse_priority("error"), Priority::error);
  EXPECT_EQ(parse_priority("debug"), Priority::debug);
  const auto error = parse_priority("verbose").error();
  EXPECT_EQ(error.message, "\"verbose\" is no level of the log");
  EXPECT_EQ(error.hint, "one of: error, warning, notice, info, debug");
  EXPECT_EQ(parse_priority("inof").error().hint, "did you mean \"info\"?");
}

}  // namespace
}  // namespace vsockfwd
