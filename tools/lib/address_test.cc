// SPDX-License-Identifier: Apache-2.0
#include "lib/address.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace vsockfwd {
namespace {

using ::testing::HasSubstr;

Address good(std::string_view word, AddressUse use) {
  auto address = parse_address(word, use);
  if (address) return *address;
  ADD_FAILURE() << address.error().message;
  return {};
}

Error bad(std::string_view word, AddressUse use) {
  const auto address = parse_address(word, use);
  if (!address) return address.error();
  ADD_FAILURE() << word << " became " << format_address(*address);
  return {};
}

constexpr auto listen_on = AddressUse::listen;
constexpr auto connect_to = AddressUse::connect;
constexpr std::array both = {listen_on, connect_to};

TEST(ParseAddress, ReadsTcp) {
  for (const auto use : both) {
    EXPECT_EQ(good("tcp:127.0.0.1:8443", use), Address(TcpAddress{"127.0.0.1", 8443}));
    EXPECT_EQ(good("tcp:[::1]:65535", use), Address(TcpAddress{"::1", 65535}));
    EXPECT_EQ(good("tcp:[fe80::1%eth0]:1", use), Address(TcpAddress{"fe80::1%eth0", 1}));
    EXPECT_EQ(good("tcp:kms.us-east-1.amazonaws.com:443", use),
              Address(TcpAddress{"kms.us-east-1.amazonaws.com", 443}));
    EXPECT_EQ(good("tcp:localhost:80", use), Address(TcpAddress{"localhost", 80}));
    EXPECT_EQ(good("tcp:a.b.:80", use), Address(TcpAddress{"a.b.", 80}));
  }
}

TEST(ParseAddress, ReadsVsock) {
  for (const auto use : both) {
    EXPECT_EQ(good("vsock:16:8888", use), Address(VsockAddress{16, 8888}));
    EXPECT_EQ(good("vsock:host:4294967294", use), Address(VsockAddress{2, 4294967294}));
    EXPECT_EQ(good("vsock:parent:9000", use), Address(VsockAddress{3, 9000}));
    EXPECT_EQ(good("vsock:local:1", use), Address(VsockAddress{1, 1}));
    EXPECT_EQ(good("vsock:0x10:1", use), Address(VsockAddress{16, 1}));
  }
  EXPECT_EQ(good("vsock:any:4050", listen_on), Address(VsockAddress{any_cid, 4050}));
}

TEST(ParseAddress, ReadsUnix) {
  const std::string longest(107, 'x');
  for (const auto use : both) {
    EXPECT_EQ(good("unix:/run/a:b", use), Address(UnixAddress{"/run/a:b", false}));
    EXPECT_EQ(good("unix:@name", use), Address(UnixAddress{"name", true}));
    EXPECT_EQ(good("unix:" + longest, use), Address(UnixAddress{longest, false}));
    EXPECT_EQ(good("unix:@" + longest.substr(1), use),
              Address(UnixAddress{longest.substr(1), true}));
  }
}

TEST(ParseAddress, ReadsHybridVsock) {
  EXPECT_EQ(good("hvsock:/run/vm:1.sock:52", connect_to),
            Address(HybridConnectAddress{"/run/vm:1.sock", 52}));
  EXPECT_EQ(good("hvsock-listen:/run/kata.hvsock:4050", listen_on),
            Address(HybridListenAddress{"/run/kata.hvsock", 4050}));
  // The socket's name is the path, an underscore and the port.
  EXPECT_TRUE(parse_address("hvsock-listen:" + std::string(102, 'x') + ":4050", listen_on));
  EXPECT_EQ(bad("hvsock-listen:" + std::string(103, 'x') + ":4050", listen_on).hint,
            "the kernel takes at most 107");
}

TEST(ParseAddress, ReadsInherited) {
  EXPECT_EQ(good("fd:vsock-relay.socket", listen_on),
            Address(InheritedAddress{"vsock-relay.socket"}));
}

TEST(ParseAddress, TakesPortZeroOnlyToListen) {
  EXPECT_EQ(good("tcp:127.0.0.1:0", listen_on), Address(TcpAddress{"127.0.0.1", 0}));
  EXPECT_EQ(good("vsock:any:0", listen_on), Address(VsockAddress{any_cid, 0}));
  for (const auto* const word : {"tcp:127.0.0.1:0", "vsock:host:0", "hvsock:/s:0"}) {
    EXPECT_THAT(bad(word, connect_to).message, HasSubstr("\"0\" is no port"));
    EXPECT_THAT(bad(word, connect_to).hint, HasSubstr("from 1 to"));
  }
  EXPECT_THAT(bad("hvsock-listen:/s:0", listen_on).message, HasSubstr("\"0\" is no port"));
}

TEST(ParseAddress, RefusesWhatIsOnlyForTheOtherUse) {
  EXPECT_EQ(bad("hvsock:/s:1", listen_on).message,
            "invalid address \"hvsock:/s:1\" to listen on: hvsock:PATH:PORT can only be connected "
            "to");
  EXPECT_EQ(bad("fd:x", connect_to).message,
            "invalid address \"fd:x\" to connect to: fd:NAME can only be listened on");
  EXPECT_EQ(bad("hvsock-listen:/s:1", connect_to).hint,
            "one of: tcp:HOST:PORT, vsock:CID:PORT, unix:PATH, hvsock:PATH:PORT");
  EXPECT_THAT(bad("vsock:any:1", connect_to).message, HasSubstr("nobody to connect to"));
}

TEST(ParseAddress, SaysWhatIsWrong) {
  struct Case {
    std::string word;
    std::string reason;
    std::string hint;
  };
  const std::vector<Case> cases = {
      {"", "\"\" is no kind of address", "one of: tcp:HOST:PORT"},
      {"8080", "\"8080\" is no kind of address", "one of: tcp:HOST:PORT"},
      {"TCP:localhost:80", "\"TCP\" is no kind of address", "one of: tcp:HOST:PORT"},
      {"tcp:", "\"\" is neither a host name nor an IP address", "tcp:HOST:PORT"},
      {"tcp::80", "\"\" is neither", "tcp:HOST:PORT"},
      {"tcp:localhost", "\"\" is no port", "from 0 to 65535"},
      {"tcp:localhost:", "\"\" is no port", "from 0 to 65535"},
      {"tcp:localhost:65536", "\"65536\" is no port", "from 0 to 65535"},
      {"tcp:localhost:-1", "\"-1\" is no port", "from 0 to 65535"},
      {"tcp:localhost:+1", "\"+1\" is no port", "from 0 to 65535"},
      {"tcp:localhost: 1", "\" 1\" is no port", "from 0 to 65535"},
      {"tcp:localhost:0x1", "\"0x1\" is no port", "from 0 to 65535"},
      {"tcp:localhost:1x", "\"1x\" is no port", "from 0 to 65535"},
      {"tcp:::1:80", "an IPv6 address needs brackets", "write tcp:[::1]:PORT"},
      {"tcp:[::1:80", "\"[::1\" is neither", "in brackets"},
      {"tcp:[127.0.0.1]:80", "\"127.0.0.1\" is no IPv6 address", "in brackets"},
      {"tcp:[fe80::1%]:80", "\"fe80::1%\" is no IPv6 address", "in brackets"},
      {"tcp:256.0.0.1:80", "\"256.0.0.1\" is neither", "tcp:HOST:PORT"},
      {"tcp:256.0.0.1.:80", "\"256.0.0.1.\" is neither", "tcp:HOST:PORT"},
      {"tcp:127.0.0.1.:80", "\"127.0.0.1.\" is neither", "tcp:HOST:PORT"},
      {"tcp:1:80", "\"1\" is neither", "tcp:HOST:PORT"},
      {"tcp:1.:80", "\"1.\" is neither", "tcp:HOST:PORT"},
      {"tcp:a..b:80", "\"a..b\" is neither", "tcp:HOST:PORT"},
      {"tcp:-a:80", "\"-a\" is neither", "tcp:HOST:PORT"},
      {"tcp:a b:80", "\"a b\" is neither", "tcp:HOST:PORT"},
      {"tcp:" + std::string(254, 'a') + ":80", "is neither", "tcp:HOST:PORT"},
      {"vsock:8888", "\"\" is no port", "from 0 to 4294967294"},
      {"vsock::8888", "\"\" is no CID", "one of: host, any, local, parent"},
      {"vsock:guest:8888", "\"guest\" is no CID", "vsock:CID:PORT"},
      {"vsock:4294967296:1", "\"4294967296\" is no CID", "vsock:CID:PORT"},
      {"vsock:16:4294967295", "\"4294967295\" is no port", "from 0 to 4294967294"},
      {"unix:", "the path is empty", "unix:PATH"},
      {"unix:@", "the path is empty", "unix:PATH"},
      {std::string("unix:/a\0b", 9), "a zero byte ends a path", "unix:PATH"},
      {"unix:" + std::string(108, 'x'), "has 108 bytes", "at most 107"},
      {"unix:@" + std::string(107, 'x'), "has 108 bytes", "at most 107"},
      {"hvsock-listen::1", "the path is empty", "hvsock-listen:PATH:PORT"},
      {"hvsock-listen:/run/x", "\"\" is no port", "from 1 to 4294967294"},
      {"fd:", "\"\" is no name of a socket", "FileDescriptorName="},
      {"fd:a b", "\"a b\" is no name of a socket", "FileDescriptorName="},
      {"fd:a:b", "\"a:b\" is no name of a socket", "FileDescriptorName="},
  };
  for (const auto& [word, reason, hint] : cases) {
    const auto error = bad(word, listen_on);
    EXPECT_THAT(error.message, HasSubstr(reason)) << word;
    EXPECT_THAT(error.hint, HasSubstr(hint)) << word;
  }
}

TEST(ParseAddress, QuotesWhatATerminalWouldAct) {
  EXPECT_THAT(bad("tcp:\x1b[2J:80", listen_on).message, HasSubstr("\"tcp:\\x1b[2J:80\""));
}

TEST(FormatAddress, WritesWhatParseAddressReads) {
  const std::vector<std::string> listening = {
      "tcp:127.0.0.1:0", "tcp:[::1]:8443",       "tcp:[fe80::1%eth0]:1",  "tcp:localhost:80",
      "vsock:any:4050",  "vsock:host:1024",      "vsock:16:4294967294",   "unix:/run/a:b",
      "unix:@name",      "hvsock-listen:/a:b:1", "fd:vsock-relay.socket",
  };
  for (const auto& word : listening) EXPECT_EQ(format_address(good(word, listen_on)), word);
  EXPECT_EQ(format_address(good("hvsock:/a:b:1", connect_to)), "hvsock:/a:b:1");
  EXPECT_EQ(format_address(good("vsock:parent:1", connect_to)), "vsock:3:1");
}

}  // namespace
}  // namespace vsockfwd
