// SPDX-License-Identifier: Apache-2.0
#include "eif/signature.h"

#include <gmock/gmock.h>

#include "eif/test_image.h"

namespace vsockfwd::eif {
namespace {

using test::signature_with;
using ::testing::HasSubstr;

TEST(Signature, HasTheCertificate) {
  EXPECT_EQ(signing_certificate(signature_with("-----BEGIN CERTIFICATE-----\nREVSIGJ5\ndGVz\n"
                                               "-----END CERTIFICATE-----\n")),
            "DER bytes");
}

TEST(Signature, IsRefusedIfMalformed) {
  const std::string whole = signature_with("-----BEGIN CERTIFICATE-----");
  const std::pair<std::string, std::string_view> cases[] = {
      {"", "does not begin with a map of two in an array"},
      {"\x80", "does not begin with a map"},
      {"\x81\xa1", "does not begin with a map"},
      {"\x81\xa2\x63key", "does not begin with \"signing_certificate\""},
      {whole.substr(0, 10), "does not begin with \"signing_certificate\""},
      {"\x81\xa2\x73signing_certificate\x60", "its certificate is no array"},
      // It says that it has 2^64 - 1 bytes, and has none.
      {"\x81\xa2\x73signing_certificate\x9b\xff\xff\xff\xff\xff\xff\xff\xff", "byte 0 of"},
      {"\x81\xa2\x73signing_certificate\x81\x19\x01\x01", "byte 0 of"},
      {whole.substr(0, 40), "of its certificate is none"},
      {whole, "is not between"},
      {signature_with("-----END CERTIFICATE----- -----BEGIN CERTIFICATE-----"), "is not between"},
      {signature_with("-----BEGIN CERTIFICATE-----!-----END CERTIFICATE-----"), "not in base64"},
      {signature_with("-----BEGIN CERTIFICATE----------END CERTIFICATE-----"), "not in base64"},
  };
  for (const auto& [section, message] : cases) {
    const auto certificate = signing_certificate(section);
    ASSERT_FALSE(certificate) << message;
    EXPECT_THAT(certificate.error().message, HasSubstr(message));
  }
}

}  // namespace
}  // namespace vsockfwd::eif
