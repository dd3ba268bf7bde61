// SPDX-License-Identifier: Apache-2.0
#include "eif/signature.h"

#include <fmt/format.h>
#include <nettle/base64.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace vsockfwd::eif {
namespace {

constexpr std::string_view certificate_key = "signing_certificate";
constexpr std::string_view pem_begin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view pem_end = "-----END CERTIFICATE-----";

Failure refuse(std::string reason) {
  return Failure(Error{fmt::format("invalid signature: {}", reason),
                       R"(a signature is an array in CBOR, and begins with a map of )"
                       R"("signing_certificate", a certificate in PEM, and "signature")"});
}

/// What an item of CBOR is, in the upper three bits of its first byte.
enum class Major : unsigned { number = 0, text = 3, array = 4, map = 5 };

/// Takes the items of a signature from its front. It needs so few kinds of them that a count, which
/// may be a lie, never decides how much memory is taken.
class CborReader {
 public:
  explicit CborReader(std::string_view bytes) : rest_(bytes) {}

  /// The number, or the count of what follows; nothing if no such item is next.
  std::optional<std::uint64_t> take(Major major) {
    if (rest_.empty()) return std::nullopt;
    const auto first = static_cast<unsigned char>(rest_.front());
    if (first >> 5U != static_cast<unsigned>(major)) return std::nullopt;
    const auto form = first & 31U;
    rest_.remove_prefix(1);
    if (form < 24) return form;
    const auto size = std::size_t{1} << (form - 24);
    if (form > 27 || rest_.size() < size) return std::nullopt;
    std::uint64_t number = 0;
    for (const char byte : rest_.substr(0, size)) {
      number = number << 8U | static_cast<unsigned char>(byte);
    }
    rest_.remove_prefix(size);
    return number;
  }

  /// Whether this text was next.
  bool take_text(std::string_view text) {
    if (take(Major::text) != text.size() || !rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

 private:
  std::string_view rest_;
};

Result<std::string> bytes_of_certificate(std::string_view section) {
  CborReader reader(section);
  if (reader.take(Major::array).value_or(0) == 0 || reader.take(Major::map) != 2) {
    return refuse("it does not begin with a map of two in an array");
  }
  if (!reader.take_text(certificate_key)) {
    return refuse(fmt::format("its map does not begin with {:?}", certificate_key));
  }
  const auto count = reader.take(Major::array);
  if (!count) return refuse("its certificate is no array");
  std::string bytes;
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto byte = reader.take(Major::number);
    if (!byte || *byte > 0xff) {
      return refuse(fmt::format("byte {} of \"{}\" of its certificate is none", i, *count));
    }
    bytes += static_cast<char>(*byte);
  }
  return bytes;
}

Result<std::string> der_of(std::string_view pem) {
  const auto begin = pem.find(pem_begin);
  const auto end = pem.find(pem_end);
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) {
    return refuse("its certificate is not between \"BEGIN CERTIFICATE\" and \"END CERTIFICATE\"");
  }
  const auto text = pem.substr(begin + pem_begin.size(), end - begin - pem_begin.size());
  std::string der(BASE64_DECODE_LENGTH(text.size()), '\0');
  std::size_t size = 0;
  base64_decode_ctx context;
  ::base64_decode_init(&context);
  if (::base64_decode_update(&context, &size, reinterpret_cast<std::uint8_t*>(der.data()),
                             text.size(), text.data()) == 0 ||
      ::base64_decode_final(&context) == 0 || size == 0) {
    return refuse("its certificate is not in base64");
  }
  der.resize(size);
  return der;
}

}  // namespace

Result<std::string> signing_certificate(std::string_view section) {
  return bytes_of_certificate(section).and_then([](const std::string& pem) { return der_of(pem); });
}

}  // namespace vsockfwd::eif
