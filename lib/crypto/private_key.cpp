#include "crypto/private_key.hpp"

#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <utility>

#include "crypto/openssl.hpp"

namespace locket::crypto {
namespace {

constexpr std::size_t pem_bytes_max = 65'536;

// Stands in for the prompt that OpenSSL would otherwise show on a terminal.
int refuse_passphrase(char*, int, int, void*) { return -1; }

unsigned char* as_octets(Bytes& bytes) noexcept { return reinterpret_cast<unsigned char*>(bytes.data()); }

Bytes number_of(const EVP_PKEY* key, const char* name, std::size_t width_bytes) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &raw) != 1) return {};
  const BignumPtr number(raw);
  Bytes bytes(width_bytes != 0 ? width_bytes : static_cast<std::size_t>(BN_num_bytes(number.get())));
  if (BN_bn2binpad(number.get(), as_octets(bytes), static_cast<int>(bytes.size())) < 0) return {};
  return bytes;
}

// From DER, which EVP makes, to both numbers in 32 bytes each, which RFC 7518 section 3.4 asks for.
Result<Bytes> to_fixed_width(const Bytes& der) {
  const unsigned char* at = reinterpret_cast<const unsigned char*>(der.data());
  const EcdsaSignaturePtr signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  Bytes fixed(2 * p256_number_bytes);
  constexpr int width = static_cast<int>(p256_number_bytes);
  if (!signature || BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), as_octets(fixed), width) != width ||
      BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), as_octets(fixed) + p256_number_bytes, width) != width) {
    return fail(Code::key_invalid, "the signature could not be made");
  }
  return fixed;
}

bool is_known(Algorithm algorithm) {
  return algorithm == Algorithm::rs256 || algorithm == Algorithm::es256 || algorithm == Algorithm::ps256;
}

}  // namespace

struct PrivateKey::State {
  Algorithm algorithm;
  PkeyPtr key;
};

PrivateKey::PrivateKey(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

Algorithm PrivateKey::algorithm() const noexcept { return state_->algorithm; }

Result<PrivateKey> PrivateKey::generate(Algorithm algorithm) {
  if (!is_known(algorithm)) return fail(Code::key_invalid, "no such algorithm");
  const ErrorScope errors;
  PkeyPtr key(algorithm == Algorithm::es256 ? EVP_EC_gen("P-256")
                                            : EVP_RSA_gen(static_cast<unsigned>(rsa_modulus_bits_min)));
  if (!key) return fail(Code::key_invalid, "the key could not be made");
  return PrivateKey(std::make_unique<State>(State{algorithm, std::move(key)}));
}

Result<PrivateKey> PrivateKey::from_pem(std::string_view pem, std::optional<Algorithm> algorithm) {
  if (pem.size() > pem_bytes_max) return fail(Code::key_invalid, "the PEM text is too large");
  if (pem.find("-----BEGIN PRIVATE KEY-----") == std::string_view::npos) {
    return fail(Code::key_invalid, "not an unencrypted PKCS#8 private key in PEM form");
  }
  const ErrorScope errors;
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!bio) return fail(Code::out_of_memory);
  PkeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, refuse_passphrase, nullptr));
  if (!key) return fail(Code::key_invalid, "the private key can not be read");
  const bool rsa = is_rsa_in_bounds(key.get());
  if (!rsa && !is_p256(key.get())) {
    return fail(Code::key_invalid, "the private key is neither RSA of 2048 to 8192 bits nor P-256");
  }
  const Algorithm chosen = algorithm.value_or(rsa ? Algorithm::rs256 : Algorithm::es256);
  if (!is_known(chosen) || rsa == (chosen == Algorithm::es256)) {
    return fail(Code::key_invalid, "the private key can not be used with this algorithm");
  }
  return PrivateKey(std::make_unique<State>(State{chosen, std::move(key)}));
}

std::string PrivateKey::to_pem() const {
  const ErrorScope errors;
  const BioPtr bio(BIO_new(BIO_s_secmem()));  // wiped when it is freed
  if (!bio || PEM_write_bio_PKCS8PrivateKey(bio.get(), state_->key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return {};
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  if (text == nullptr || size <= 0) return {};
  return std::string(text, static_cast<std::size_t>(size));
}

PrivateKey::PublicNumbers PrivateKey::public_numbers() const {
  const ErrorScope errors;
  const EVP_PKEY* key = state_->key.get();
  PublicNumbers numbers =
      state_->algorithm == Algorithm::es256
          ? PublicNumbers{number_of(key, OSSL_PKEY_PARAM_EC_PUB_X, p256_number_bytes),
                          number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y, p256_number_bytes)}
          : PublicNumbers{number_of(key, OSSL_PKEY_PARAM_RSA_N, 0), number_of(key, OSSL_PKEY_PARAM_RSA_E, 0)};
  if (numbers.first.empty() || numbers.second.empty()) return {};
  return numbers;
}

Result<Bytes> PrivateKey::sign(BytesView message) const {
  const ErrorScope errors;
  const DigestContextPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;  // owned by `context`
  if (!context || EVP_DigestSignInit(context.get(), &parameters, EVP_sha256(), nullptr, state_->key.get()) != 1 ||
      (state_->algorithm == Algorithm::ps256 &&
       (EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) != 1 ||
        EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) != 1))) {
    return fail(Code::key_invalid, "the signature could not be begun");
  }
  const auto* octets = reinterpret_cast<const unsigned char*>(message.data());
  std::size_t size = 0;
  if (EVP_DigestSign(context.get(), nullptr, &size, octets, message.size()) != 1) {
    return fail(Code::key_invalid, "the signature could not be made");
  }
  Bytes signature(size);
  if (EVP_DigestSign(context.get(), as_octets(signature), &size, octets, message.size()) != 1) {
    return fail(Code::key_invalid, "the signature could not be made");
  }
  signature.resize(size);
  if (state_->algorithm == Algorithm::es256) return to_fixed_width(signature);
  return signature;
}

}  // namespace locket::crypto
