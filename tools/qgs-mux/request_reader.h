// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_QGS_MUX_REQUEST_READER_H
#define VSOCKFWD_QGS_MUX_REQUEST_READER_H

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "qgs-mux/message.h"

namespace vsockfwd::qgs {

/// No request is larger, its length included: far more than a report with a list of IDs.
inline constexpr std::size_t largest_request = 16 * 1024;

/// A request as it travels, and what it is.
struct Request {
  RequestKind kind = RequestKind::quote;
  std::string bytes;
};

/// Why what came is no request.
struct Malformed {
  /// What it may have been, if that much can be told: the client knows a reply to that.
  std::optional<RequestKind> kind;
  ErrorCode code = ErrorCode::none;
  /// For the log; quotes the numbers.
  std::string reason;
};

/// Puts a request together from what comes, however it is split. It never asks for a byte beyond
/// the request, so that the next one stays where it is, and takes memory only for a size that has
/// been checked.
class RequestReader {
 public:
  /// How many bytes may be given to take() at most. 0 if the request is complete, or none.
  [[nodiscard]] std::size_t wanted() const { return malformed_ ? 0 : target_ - bytes_.size(); }
  void take(std::string_view bytes);

  /// Whether the first byte has come.
  [[nodiscard]] bool begun() const { return !bytes_.empty(); }
  [[nodiscard]] bool complete() const { return kind_ && !malformed_ && wanted() == 0; }
  /// Set as soon as it can be told; the reader is of no use then.
  [[nodiscard]] const std::optional<Malformed>& malformed() const { return malformed_; }
  /// As soon as it can be told.
  [[nodiscard]] std::optional<RequestKind> kind() const { return kind_; }

  /// The complete request. The reader is ready for the next one.
  Request release();

 private:
  void inspect();
  void inspect_length();
  void inspect_header();
  void inspect_body();
  void refuse(ErrorCode code, std::string reason) { malformed_ = {kind_, code, std::move(reason)}; }

  std::string bytes_;
  /// To be inspected when so many bytes are there.
  std::size_t target_ = length_size;
  std::optional<RequestKind> kind_;
  std::optional<Malformed> malformed_;
};

}  // namespace vsockfwd::qgs

#endif  // VSOCKFWD_QGS_MUX_REQUEST_READER_H
