#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "locket/locket.hpp"

namespace locket {

/// A clock that a test moves by hand.
class FakeClock final : public Clock {
 public:
  UnixTime now() const noexcept override { return {unix_seconds}; }
  MonotonicTime monotonic_now() const noexcept override { return {nanoseconds}; }

  /// Moves both times forward.
  void advance_s(std::int64_t seconds) {
    unix_seconds += seconds;
    nanoseconds += seconds * 1'000'000'000;
  }

  std::int64_t unix_seconds = 1'800'000'000;
  std::int64_t nanoseconds = 5'000'000'000;
};

/// Keeps what was logged.
class KeptLog final : public LogSink {
 public:
  void write(LogLevel, std::string_view event, std::string_view message) noexcept override {
    lines.push_back(std::string(event) + ": " + std::string(message));
  }
  std::vector<std::string> lines;
};

/// Keeps what was decided, and why requests were refused.
class KeptDecisions final : public DecisionSink {
 public:
  void decided(std::string_view user, std::string_view, const std::optional<Guid>&, Permission permission,
               const Decision& decision) noexcept override {
    users.emplace_back(user);
    permissions.push_back(permission);
    decisions.push_back(decision);
  }
  void refused(const FetchRefusal& why) noexcept override { refusals.push_back(why); }

  std::vector<FetchRefusal> refusals;
  std::vector<std::string> users;
  std::vector<Permission> permissions;
  std::vector<Decision> decisions;
};

inline constexpr std::string_view shown_id = "11111111-1111-4111-8111-111111111111";    ///< alice may see, bob may not
inline constexpr std::string_view hidden_id = "22222222-2222-4222-8222-222222222222";   ///< only bob may see
inline constexpr std::string_view empty_id = "33333333-3333-4333-8333-333333333333";    ///< alice may see; no picture
inline constexpr std::string_view unknown_id = "44444444-4444-4444-8444-444444444444";  ///< nobody knows it

/// Options with the pictures that an engine would draw: drawing them takes most of the time that making one does.
EngineOptions with_default_pictures();

/// An engine of real parts over a store in a folder of its own, with a small access document.
class House : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  /// The parts of an engine with the house's policy over these two, without a log.
  EngineParts parts_over(Store& store, AccessControl& access);

  /// A verifier of the house's tokens that knows none yet.
  std::unique_ptr<TokenVerifier> make_verifier() const;

  /// A signed token of a user; `expires_in_s` counts from the fake clock.
  std::string token_of(const std::string& user, const std::string& client = "client-1",
                       std::uint32_t expires_in_s = 3600) const;

  /// What follows `Authorization: `.
  std::string bearer_of(const std::string& user, const std::string& client = "client-1") const {
    return "Bearer " + token_of(user, client);
  }

  /// Answers a GET.
  Response get(std::string_view imodel_id, std::string_view authorization, std::string_view query = "",
               std::string_view if_none_match = "");

  /// Answers a PUT.
  Response put(std::string_view imodel_id, std::string_view authorization, std::string_view content_type,
               BytesView body, std::string_view if_match = "");

  /// Imports a picture for the operator.
  void import(std::string_view imodel_id, BytesView picture);

  /// Turns both pictures of an iModel into zeros, behind the store's back.
  void damage(std::string_view imodel_id);

  std::filesystem::path folder_;
  FakeClock clock_;
  KeptLog log_;
  KeptDecisions decisions_;
  std::unique_ptr<SigningKey> key_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<TokenVerifier> tokens_;
  std::unique_ptr<RateLimiter> rates_;
  std::unique_ptr<AccessControl> access_;
  std::unique_ptr<Engine> engine_;
};

/// A small PNG whose colour tells it from others.
Bytes make_png(std::uint8_t red, std::uint8_t green, std::uint8_t blue);

/// The whole body as text.
inline std::string body_of(const Response& response) { return std::string(as_text(response.body.view())); }

/// Width and height as a PNG's header tells them; 0x0 for anything else.
PixelSize png_size(BytesView png);

}  // namespace locket
