// SPDX-License-Identifier: Apache-2.0
#include "eif/measurement.h"

#include <gmock/gmock.h>

#include "eif/test_image.h"

namespace vsockfwd::eif {
namespace {

// From Python: sha384(bytes(48) + sha384(content).digest()).hexdigest()

TEST(Measurements, AreThoseOfTheDefinition) {
  const auto measured = measure(test::small_image()).value();
  EXPECT_EQ(measured.image,  // KERNELquietonetwo
            "0c29378b62e66e44b4b5ea38ba16059c7e70a86adc53adc7"
            "de82ab328f22a8f5a4e16a559ebf679d6fb3a20868a8f1f5");
  EXPECT_EQ(measured.bootstrap,  // KERNELquietone
            "b37f5bb6b2c4ff9b770c640fb9f9fabb4b82794b4b197e0d"
            "65e042e95c4f50345b75601469fe78ba701ab89dfeeda792");
  EXPECT_EQ(measured.application,  // two
            "520a75a89f23576738754eecacb557b46a3e2d140c8d0937"
            "0a959613db76bd3ee3a97b59cb4acbafd90108e8a7b0186e");
  EXPECT_EQ(measured.certificate, std::nullopt);
}

TEST(Measurements, AreOfNothingWithoutFurtherRamdisks) {
  auto image = test::small_image();
  image.sections.pop_back();
  const auto measured = measure(image).value();
  EXPECT_EQ(measured.application,
            "21b9efbc184807662e966d34f390821309eeac6802309798"
            "826296bf3e8bec7c10edb30948c90ba67310f7b964fc500a");
  EXPECT_EQ(measured.image, measured.bootstrap);
}

TEST(Measurements, DoNotCountMetadata) {
  auto image = test::small_image();
  const auto before = measure(image).value();
  image.sections.insert(image.sections.begin() + 2, {SectionType::metadata, "{}"});
  EXPECT_EQ(measure(image).value().image, before.image);
}

TEST(Measurements, CountTheSigningCertificateAlone) {
  auto image = test::small_image();
  const auto unsigned_one = measure(image).value();
  const auto signature = test::signature_with(
      "-----BEGIN CERTIFICATE-----\nREVSIGJ5dGVz\n-----END CERTIFICATE-----\n");
  image.sections.push_back({SectionType::signature, signature});
  const auto measured = measure(image).value();
  EXPECT_EQ(measured.image, unsigned_one.image);
  EXPECT_EQ(measured.certificate,  // DER bytes
            "b26b2016d161ee7f76e2aa993403fa875ae206c1d7a8c2ca"
            "cc88899f68fb25ba0ba4cc54c79dd0f9634faeccc9633307");
  image.sections.back().data = "no CBOR";
  EXPECT_FALSE(measure(image));
}

}  // namespace
}  // namespace vsockfwd::eif
