#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "locket/locket.hpp"
#include "scratch_folder.hpp"

namespace locket::fuzz {

inline constexpr std::string_view shown_id = "11111111-1111-4111-8111-111111111111";  ///< has a picture
inline constexpr std::string_view empty_id = "33333333-3333-4333-8333-333333333333";  ///< has none

/// An engine of real parts, kept for the whole process: alice may view, max may manage, mallory may do nothing.
class GuardedHouse {
 public:
  /// The one of this process.
  static GuardedHouse& shared();

  Engine& engine() { return *engine_; }
  Store& store() { return *store_; }
  AccessControl& access() { return *access_; }
  TokenVerifier& tokens() { return *tokens_; }
  const SigningKey& key() const { return *key_; }

  /// What follows `Authorization: ` for somebody.
  [[nodiscard]] const std::string& bearer_of(std::string_view user) const;

 private:
  GuardedHouse();

  ScratchFolder folder_;
  std::unique_ptr<SigningKey> key_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<TokenVerifier> tokens_;
  std::unique_ptr<RateLimiter> rates_;
  std::unique_ptr<AccessControl> access_;
  std::unique_ptr<Engine> engine_;
  std::string alice_;
  std::string max_;
  std::string mallory_;
};

}  // namespace locket::fuzz
