// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_QGS_MUX_REPLY_READER_H
#define VSOCKFWD_QGS_MUX_REPLY_READER_H

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "qgs-mux/message.h"

namespace vsockfwd::qgs {

/// No reply is larger, its length included. Collateral is the largest there is, some ten KiB.
inline constexpr std::size_t largest_reply = 1024 * 1024;
/// No bare quote is larger. Those that there are take five KiB.
inline constexpr std::size_t largest_raw_quote = 64 * 1024;

/// Puts the service's reply to a request together. A client gets all of a reply or nothing of it.
class ReplyReader {
 public:
  /// For the reply to a request of this kind.
  explicit ReplyReader(RequestKind kind);

  /// How many bytes may be given to take() at most. 0 if the reply is complete, or none.
  [[nodiscard]] std::size_t wanted() const { return failure_ ? 0 : target_ - bytes_.size(); }
  void take(std::string_view bytes);
  /// The service has closed. This is how a bare quote ends.
  void end();

  [[nodiscard]] bool begun() const { return !bytes_.empty(); }
  [[nodiscard]] bool complete() const { return complete_; }
  /// Why what came is no reply, for the log.
  [[nodiscard]] const std::optional<std::string>& failure() const { return failure_; }
  /// Of a complete reply.
  [[nodiscard]] ErrorCode error() const { return error_; }

  /// The complete reply, as it travels.
  std::string release() { return std::move(bytes_); }

 private:
  void inspect();
  void inspect_header();
  void inspect_body();

  RequestKind kind_;
  std::string bytes_;
  std::size_t target_;
  bool complete_ = false;
  ErrorCode error_ = ErrorCode::none;
  std::optional<std::string> failure_;
};

}  // namespace vsockfwd::qgs

#endif  // VSOCKFWD_QGS_MUX_REPLY_READER_H
