// SPDX-License-Identifier: Apache-2.0
#include "qgs-mux/probe.h"

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <utility>
#include <variant>

#include "lib/event_loop.h"
#include "qgs-mux/call.h"
#include "qgs-mux/dispatcher.h"

namespace vsockfwd::qgs {
namespace {

constexpr std::chrono::seconds patience{30};

/// One call, in a loop of its own.
class BlockingCall final : public Call::Ender {
 public:
  CallResult make(const SocketAddress& service, const Request& request) {
    Call call(loop_, service, request, *this);
    call.start(patience);
    loop_.run();
    return std::move(result_);
  }

 private:
  void call_ended(Call& /*call*/, CallResult result) override {
    result_ = std::move(result);
    loop_.stop();
  }

  EventLoop loop_;
  CallResult result_;
};

std::string hint_for(const CallResult& result, bool vsock) {
  if (result.outcome == CallResult::Outcome::timed_out) {
    return "all its threads may be busy, or hang on the provisioning service (PCCS): "
           "journalctl -u qgsd tells";
  }
  if (result.outcome == CallResult::Outcome::broken) {
    return "the service cannot work: are /dev/sgx_enclave and /dev/sgx_provision there, and may it "
           "use them? journalctl -u qgsd tells";
  }
  switch (result.code) {
    case ENOENT:
      return "is the service installed and running, and configured for a unix socket? "
             "systemctl status qgsd";
    case ECONNREFUSED:
      return "the socket is there, but nobody listens: systemctl restart qgsd";
    case EACCES:
      return "join the group of the socket, mostly qgsd, or become root: ls -l tells the group";
    case ENODEV:
    case EAFNOSUPPORT:
      return "load the module vhost_vsock, or vsock_loopback for a service on this machine";
    default:
      break;
  }
  return vsock
             ? "does the service listen on vsock? /etc/qgs.conf has its port, and systemctl status "
               "qgsd whether it runs"
             : "systemctl status qgsd tells whether the service runs";
}

std::string to_hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

}  // namespace

Result<std::string> probe(const Address& service) {
  const auto name = format_address(service);
  const auto address = service_socket_address(service);
  if (!address) return Failure(address.error());
  const auto start = std::chrono::steady_clock::now();
  const auto result =
      BlockingCall().make(*address, {RequestKind::platform_info, platform_info_request()});
  const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - start);
  if (result.outcome != CallResult::Outcome::answered) {
    const bool vsock = std::holds_alternative<VsockAddress>(service);
    return Failure(
        Error{fmt::format("{:?}: {}", name, result.reason), hint_for(result, vsock), result.code});
  }
  return parse_platform_info(result.reply)
      .map([&](const PlatformInfo& info) {
        return fmt::format(
            "{:?} is fine, answered in {} ms: TDQE {}, PCE {}, platform {}, CPU {}\n", name,
            time.count(), info.tdqe_isvsvn, info.pce_isvsvn, to_hex(info.platform_id),
            to_hex(info.cpusvn));
      })
      .map_error([&name](const Error& error) {
        return Error{fmt::format("{:?}: {}", name, error.message),
                     error.hint.empty() ? "the service is there, but its platform is not ready: "
                                          "journalctl -u qgsd tells"
                                        : error.hint,
                     error.code};
      });
}

}  // namespace vsockfwd::qgs
