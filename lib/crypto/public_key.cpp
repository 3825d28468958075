#include "crypto/public_key.hpp"

#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include <array>
#include <bit>
#include <cstring>

#include "crypto/openssl.hpp"
#include "crypto/sha256.hpp"

namespace locket::crypto {
namespace {

constexpr std::uint64_t rsa_exponent_min = 65'537;

const unsigned char* as_octets(BytesView bytes) noexcept {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

BignumPtr to_number(BytesView bytes) noexcept {
  return BignumPtr(BN_bin2bn(as_octets(bytes), static_cast<int>(bytes.size()), nullptr));
}

// How many bits a big-endian number without leading zero bytes has.
std::size_t bits_of(BytesView number) noexcept {
  if (number.empty()) return 0;
  return number.size() * 8 - static_cast<std::size_t>(std::countl_zero(std::to_integer<std::uint8_t>(number.front())));
}

bool is_minimal(BytesView number) noexcept { return !number.empty() && number.front() != std::byte{0}; }

bool is_odd(BytesView number) noexcept { return (number.back() & std::byte{1}) != std::byte{0}; }

bool is_sound_exponent(BytesView number) noexcept {
  if (!is_minimal(number) || number.size() > sizeof(std::uint64_t) || !is_odd(number)) return false;
  std::uint64_t exponent = 0;
  for (const std::byte byte : number) exponent = exponent << 8 | std::to_integer<std::uint64_t>(byte);
  return exponent >= rsa_exponent_min;
}

PkeyPtr build_key(const char* type, OSSL_PARAM_BLD* builder) noexcept {
  const ParamsPtr params(OSSL_PARAM_BLD_to_param(builder));
  const PkeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  return PkeyPtr(key);
}

// A context ready to verify, made once and copied for each signature: making one looks its parts up under a lock.
PkeyContextPtr prepare(EVP_PKEY* key, Algorithm algorithm) noexcept {
  PkeyContextPtr context(EVP_PKEY_CTX_new(key, nullptr));
  if (!context || EVP_PKEY_verify_init(context.get()) != 1) return nullptr;
  if (algorithm == Algorithm::es256) return context;
  const int padding = algorithm == Algorithm::rs256 ? RSA_PKCS1_PADDING : RSA_PKCS1_PSS_PADDING;
  if (EVP_PKEY_CTX_set_rsa_padding(context.get(), padding) != 1 ||
      EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) != 1) {
    return nullptr;
  }
  if (algorithm == Algorithm::rs256) return context;
  if (EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), RSA_PSS_SALTLEN_DIGEST) != 1 ||
      EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), EVP_sha256()) != 1) {
    return nullptr;
  }
  return context;
}

// DER: a sequence of two integers, each of at most 33 content bytes. Longest form: 2 + 2 * (2 + 33) bytes.
struct DerSignature {
  std::array<std::uint8_t, 72> bytes;
  std::size_t size = 2;

  void append(BytesView number) noexcept {
    while (number.size() > 1 && number.front() == std::byte{0}) number = number.subspan(1);
    const bool padded = (number.front() & std::byte{0x80}) != std::byte{0};  // a set top bit would make it negative
    bytes[size++] = 0x02;
    bytes[size++] = static_cast<std::uint8_t>(number.size() + (padded ? 1 : 0));
    if (padded) bytes[size++] = 0;
    std::memcpy(bytes.data() + size, number.data(), number.size());
    size += number.size();
  }
};

DerSignature to_der(BytesView signature) noexcept {
  DerSignature der;
  der.append(signature.first(p256_number_bytes));
  der.append(signature.last(p256_number_bytes));
  der.bytes[0] = 0x30;
  der.bytes[1] = static_cast<std::uint8_t>(der.size - 2);
  return der;
}

}  // namespace

struct PublicKey::State {
  Algorithm algorithm;
  std::size_t signature_bytes;
  PkeyContextPtr prepared;  // holds the key
};

PublicKey::PublicKey(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
PublicKey::PublicKey(PublicKey&&) noexcept = default;
PublicKey& PublicKey::operator=(PublicKey&&) noexcept = default;
PublicKey::~PublicKey() = default;

Algorithm PublicKey::algorithm() const noexcept { return state_->algorithm; }

Result<PublicKey> PublicKey::from_rsa(const RsaPublicNumbers& numbers, Algorithm algorithm) {
  if (algorithm == Algorithm::es256) return fail(Code::key_invalid, "an RSA key can not be for ES256");
  const std::size_t bits = bits_of(numbers.modulus);
  if (!is_minimal(numbers.modulus) || bits < rsa_modulus_bits_min || bits > rsa_modulus_bits_max) {
    return fail(Code::key_invalid, "the RSA modulus does not have 2048 to 8192 bits");
  }
  if (!is_odd(numbers.modulus)) return fail(Code::key_invalid, "the RSA modulus is even");
  if (!is_sound_exponent(numbers.exponent)) {
    return fail(Code::key_invalid, "the RSA exponent is even, below 65537 or over 64 bits");
  }
  const ErrorScope errors;
  const BignumPtr modulus = to_number(numbers.modulus);
  const BignumPtr exponent = to_number(numbers.exponent);
  const ParamBuilderPtr builder(OSSL_PARAM_BLD_new());
  if (!modulus || !exponent || !builder ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1) {
    return fail(Code::out_of_memory);
  }
  const PkeyPtr key = build_key("RSA", builder.get());
  PkeyContextPtr prepared = key ? prepare(key.get(), algorithm) : nullptr;
  if (!prepared) return fail(Code::key_invalid, "the RSA key can not be used");
  return PublicKey(std::make_unique<State>(State{algorithm, numbers.modulus.size(), std::move(prepared)}));
}

Result<PublicKey> PublicKey::from_p256(const P256Point& point) {
  if (point.x.size() != p256_number_bytes || point.y.size() != p256_number_bytes) {
    return fail(Code::key_invalid, "a coordinate of the P-256 key does not have 32 bytes");
  }
  std::array<unsigned char, 1 + 2 * p256_number_bytes> encoded;
  encoded[0] = 0x04;  // SEC 1 section 2.3.3: not compressed
  std::memcpy(encoded.data() + 1, point.x.data(), p256_number_bytes);
  std::memcpy(encoded.data() + 1 + p256_number_bytes, point.y.data(), p256_number_bytes);
  const ErrorScope errors;
  const ParamBuilderPtr builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, encoded.data(), encoded.size()) != 1) {
    return fail(Code::out_of_memory);
  }
  const PkeyPtr key = build_key("EC", builder.get());
  const PkeyContextPtr checker(key ? EVP_PKEY_CTX_new(key.get(), nullptr) : nullptr);
  if (!checker || EVP_PKEY_public_check(checker.get()) != 1) {
    return fail(Code::key_invalid, "the point does not lie on P-256");
  }
  PkeyContextPtr prepared = prepare(key.get(), Algorithm::es256);
  if (!prepared) return fail(Code::key_invalid, "the P-256 key can not be used");
  return PublicKey(std::make_unique<State>(State{Algorithm::es256, 2 * p256_number_bytes, std::move(prepared)}));
}

bool PublicKey::verifies(BytesView message, BytesView signature) const noexcept {
  if (signature.size() != state_->signature_bytes) return false;
  const ErrorScope errors;
  const PkeyContextPtr context(EVP_PKEY_CTX_dup(state_->prepared.get()));
  if (!context) return false;
  const auto digest = sha256(message);
  if (state_->algorithm == Algorithm::es256) {
    const DerSignature der = to_der(signature);
    return EVP_PKEY_verify(context.get(), der.bytes.data(), der.size, digest.data(), digest.size()) == 1;
  }
  return EVP_PKEY_verify(context.get(), as_octets(signature), signature.size(), digest.data(), digest.size()) == 1;
}

}  // namespace locket::crypto
