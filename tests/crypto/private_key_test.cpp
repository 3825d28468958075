#include "crypto/private_key.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

namespace locket::crypto {
namespace {

// Keys that protect nothing.
constexpr std::string_view ed25519_pem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIBFNcAainCKkuCwhzZyFv7++AdCwDQTWp0jlUNAwvdDT\n"
    "-----END PRIVATE KEY-----\n";
constexpr std::string_view p384_pem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDCpbV56rpAMgBt8M0ft\n"
    "1QhlkQEnDVVn7amojVvb7oGhmDeld/ApMasBumm0neoQhwqhZANiAAS94r33P6kw\n"
    "Rty2Or5I088QzwKdg1YeKidzIXOfKqL/Lz8bUF4CnFlFzNQbZbsyijV2cO2sVR9U\n"
    "fzZQDvGyW6iOfvoVv1BbvaeRrBW1OA9uwM6KYdTLIPOcEmtUtTZnvMg=\n"
    "-----END PRIVATE KEY-----\n";
constexpr std::string_view rsa_1024_pem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIICdwIBADANBgkqhkiG9w0BAQEFAASCAmEwggJdAgEAAoGBALsHS1pdP/QU9SPM\n"
    "HFQ5R0twdnN/p8wjJN6YE9cqCEeS3OInM5E4iMh7I1ccW3DxWKN7Jovz1GH4FNoR\n"
    "DZ5w8fiyEPyfrnXQkOVm+4DKy6i12cHGT8+9JWa+5N4pIgQQ+fTeSS3jl+ZROfxK\n"
    "e/1ZgWgluxBG9DbZ8IZGjdwqiIx/AgMBAAECgYBGBT0Y38CJyS7d8BTLE4a1n605\n"
    "IJnZu26aR6Vl8L6YzUsVAEg2HkxXgoKAooU5i6H70qdjzi29X/uuiKPopbBxHx49\n"
    "5zHL05tFmsnzWlIq7ug0FZrdyKQje2fpl2uYwdK17Xux0H0ueVVZstQTW7dHsfcq\n"
    "Rx2CcEPIgPU+9Cv0QQJBAOzVDLTAsW0ftLYOCzzOVcGhrNvcBJMG6N/XSqN7oxW/\n"
    "W6CrhW+EppNl3eLft0Qt7LLRUDXmnLfsoD31Wy/je8sCQQDKKlszzO6mpO2vg2Ol\n"
    "zdvVDWXSAb1FpNWEyZSH2XXKx9TAj+SXT0YvI8zafL3HwXWCc0Nhr8Q5fRZ6zheK\n"
    "7sOdAkEAgpxQgJLQhtz4fXqrSeKFOt9eBHaHc0pZPbFu8VArNcAt2SMe2MywTRPd\n"
    "1dQJLymgo1F6Se+fuHNgQCtDGdr8FwJAY22BfXCEzyC+ZVvRXnJoc9grA6YnWGFB\n"
    "QhWCH24sKJcvY6VhX6l1cynATpSbIetbx9S4hwrTDxMeQzepDINxYQJBAOfF7J3g\n"
    "DqwgmExN5vMQwPtdiMOXMKzHLo/yC7mW1tvR0wLduX5s470gOA7fC8xUikD7nkzG\n"
    "5grM2ykh/3CxWa4=\n"
    "-----END PRIVATE KEY-----\n";

Code code_of(std::string_view pem, std::optional<Algorithm> algorithm = {}) {
  const auto key = PrivateKey::from_pem(pem, algorithm);
  return key ? Code::internal_error : key.error().code;
}

TEST(PrivateKey, OfAnotherKindOrCurveOrTooShortIsRefused) {
  for (const std::string_view pem : {ed25519_pem, p384_pem, rsa_1024_pem}) {
    EXPECT_EQ(code_of(pem), Code::key_invalid);
    EXPECT_EQ(code_of(pem, Algorithm::es256), Code::key_invalid);
    EXPECT_EQ(code_of(pem, Algorithm::rs256), Code::key_invalid);
  }
}

TEST(PrivateKey, ThatIsEncryptedIsRefusedWithoutAskingForAPassphrase) {
  std::string pem = PrivateKey::generate(Algorithm::es256)->to_pem();
  ASSERT_NE(code_of(pem), Code::key_invalid);
  // What OpenSSL asks a terminal for, were it not told to ask nobody.
  pem.insert(pem.find('\n') + 1, "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n");
  EXPECT_EQ(code_of(pem), Code::key_invalid);
  EXPECT_EQ(code_of("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"), Code::key_invalid);
}

TEST(PrivateKey, ThatIsCutOrTooLongIsRefused) {
  const std::string pem = PrivateKey::generate(Algorithm::es256)->to_pem();
  EXPECT_EQ(code_of(std::string_view(pem).substr(0, pem.size() / 2)), Code::key_invalid);
  EXPECT_EQ(code_of(pem + std::string(65'536, '\n')), Code::key_invalid);
}

TEST(PrivateKey, IsForTheAlgorithmsOfItsKindOnly) {
  const std::string curve = PrivateKey::generate(Algorithm::es256)->to_pem();
  EXPECT_EQ(PrivateKey::from_pem(curve, {})->algorithm(), Algorithm::es256);
  EXPECT_EQ(code_of(curve, Algorithm::rs256), Code::key_invalid);
  EXPECT_EQ(code_of(curve, Algorithm::ps256), Code::key_invalid);
  const std::string rsa = PrivateKey::generate(Algorithm::rs256)->to_pem();
  EXPECT_EQ(PrivateKey::from_pem(rsa, {})->algorithm(), Algorithm::rs256);
  EXPECT_EQ(PrivateKey::from_pem(rsa, Algorithm::ps256)->algorithm(), Algorithm::ps256);
  EXPECT_EQ(code_of(rsa, Algorithm::es256), Code::key_invalid);
}

TEST(PrivateKey, CanBeReplacedByAnother) {
  PrivateKey key = PrivateKey::generate(Algorithm::es256).value();
  PrivateKey other = PrivateKey::generate(Algorithm::es256).value();
  const std::string wanted = other.to_pem();
  ASSERT_NE(key.to_pem(), wanted);
  key = std::move(other);
  EXPECT_EQ(key.to_pem(), wanted);
}

}  // namespace
}  // namespace locket::crypto
