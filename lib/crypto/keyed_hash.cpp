#include "crypto/keyed_hash.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "crypto/openssl.hpp"
#include "crypto/sha256.hpp"

namespace locket::crypto {
namespace {

using MacPtr = std::unique_ptr<EVP_MAC, Release<EVP_MAC_free>>;
using MacContextPtr = std::unique_ptr<EVP_MAC_CTX, Release<EVP_MAC_CTX_free>>;

MacContextPtr make_context() noexcept {
  const ErrorScope scope;
  const MacPtr poly1305(EVP_MAC_fetch(nullptr, "POLY1305", nullptr));
  return MacContextPtr(poly1305 ? EVP_MAC_CTX_new(poly1305.get()) : nullptr);
}

// One for each thread, for making one takes longer than a tag does. Each use begins with a key of its own.
EVP_MAC_CTX* context_of_thread() noexcept {
  thread_local MacContextPtr context;
  if (!context) context = make_context();
  return context.get();
}

const unsigned char* octets(BytesView bytes) noexcept { return reinterpret_cast<const unsigned char*>(bytes.data()); }

// Nothing where it can't be made.
std::optional<KeyedTag> poly1305(BytesView key, BytesView first, BytesView second) noexcept {
  EVP_MAC_CTX* const context = context_of_thread();
  if (context == nullptr) return std::nullopt;
  KeyedTag tag;
  std::size_t tag_bytes = 0;
  const bool made = EVP_MAC_init(context, octets(key), key.size(), nullptr) == 1 &&
                    EVP_MAC_update(context, octets(first), first.size()) == 1 &&
                    EVP_MAC_update(context, octets(second), second.size()) == 1 &&
                    EVP_MAC_final(context, tag.data(), &tag_bytes, tag.size()) == 1 && tag_bytes == tag.size();
  return made ? std::optional(tag) : std::nullopt;
}

KeyedTag half_of_sha256(BytesView key, BytesView first, BytesView second) noexcept {
  const auto digest = sha256({key, first, second});
  KeyedTag tag;
  std::copy_n(digest.begin(), tag.size(), tag.begin());
  return tag;
}

}  // namespace

KeyedHash::KeyedHash() noexcept {
  const ErrorScope scope;
  has_key_ = RAND_priv_bytes(reinterpret_cast<unsigned char*>(key_.data()), static_cast<int>(key_.size())) == 1;
}

KeyedHash::~KeyedHash() { OPENSSL_cleanse(key_.data(), key_.size()); }

KeyedTag KeyedHash::hash(BytesView first, BytesView second) const noexcept {
  const auto tag = has_key_ ? poly1305(key_, first, second) : std::nullopt;
  return tag ? *tag : half_of_sha256(key_, first, second);
}

}  // namespace locket::crypto
