#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "locket/token.hpp"
#include "token_maker.hpp"

namespace locket::policy {
namespace {

// What a test and its source share.
struct Script {
  std::atomic<int> fetches{0};
  std::function<Result<std::string>()> answer;
};

class ScriptedSource final : public KeySource {
 public:
  explicit ScriptedSource(std::shared_ptr<Script> script) : script_(std::move(script)) {}

  Result<std::string> fetch_jwks() override {
    ++script_->fetches;
    return script_->answer();
  }

 private:
  std::shared_ptr<Script> script_;
};

class CollectingLog final : public LogSink {
 public:
  void write(LogLevel, std::string_view event, std::string_view message) noexcept override {
    text += std::string(event) + ": " + std::string(message) + "\n";
  }

  std::string text;
};

class KeyRotation : public testing::Test {
 protected:
  static std::string jwks_of(const crypto::PrivateKey& key, const std::string& kid) {
    return TokenMaker::jwks({TokenMaker::jwk(key, R"(,"kid":")" + kid + '"')});
  }

  static std::string token_of(const crypto::PrivateKey& key, const std::string& kid,
                              std::int64_t expires_s = 1'900'000'000) {
    return TokenMaker::sign(
        key, R"({"alg":"ES256","kid":")" + kid + "\"}",
        R"({"sub":"u","client_id":"c","scope":"itwin-platform","exp":)" + std::to_string(expires_s) + '}');
  }

  void SetUp() override {
    script_->answer = [this] { return document_; };
    auto made = make_jwks_token_verifier({.key_refresh_s = 300, .key_retry_s = 30, .key_trust_s = 3'600},
                                         std::make_unique<ScriptedSource>(script_), {}, clock_, log_);
    ASSERT_TRUE(made) << made.error().detail;
    verifier_ = std::move(*made);
    ASSERT_EQ(script_->fetches, 1);
  }

  bool accepts(const std::string& token) { return verifier_->verify(token, clock_.wall).has_value(); }

  Code code_of(const std::string& token) {
    const auto identity = verifier_->verify(token, clock_.wall);
    EXPECT_FALSE(identity);
    return identity ? Code::internal_error : identity.error().code;
  }

  void fail_from_now_on() {
    script_->answer = [] { return Result<std::string>(fail(Code::file_not_readable, "canary")); };
  }

  const crypto::PrivateKey& old_key_ = TokenMaker::shared().key(Algorithm::es256);
  const crypto::PrivateKey& new_key_ = TokenMaker::shared().stranger(Algorithm::es256);
  const std::string old_token_ = token_of(old_key_, "old");
  const std::string new_token_ = token_of(new_key_, "new");
  HandClock clock_;
  CollectingLog log_;
  Result<std::string> document_ = jwks_of(old_key_, "old");
  std::shared_ptr<Script> script_ = std::make_shared<Script>();
  std::unique_ptr<TokenVerifier> verifier_;
};

TEST_F(KeyRotation, AnUnknownKidHasTheKeysReadAtOnce) {
  clock_.advance(30);
  document_ = jwks_of(new_key_, "new");
  EXPECT_TRUE(accepts(new_token_));
  EXPECT_EQ(script_->fetches, 2);
  EXPECT_NE(log_.text.find("keys.changed"), std::string::npos);
}

TEST_F(KeyRotation, UnknownKidsHaveTheKeysReadAtMostOnceInTheInterval) {
  for (int second = 1; second < 30; ++second) {
    clock_.advance(1);
    EXPECT_FALSE(accepts(token_of(new_key_, "unknown-" + std::to_string(second))));
  }
  EXPECT_EQ(script_->fetches, 1);
  clock_.advance(1);
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(accepts(token_of(new_key_, "more-" + std::to_string(i))));
  EXPECT_EQ(script_->fetches, 2);
  clock_.advance(29);
  EXPECT_FALSE(accepts(new_token_));
  EXPECT_EQ(script_->fetches, 2);
  clock_.advance(1);
  EXPECT_FALSE(accepts(new_token_));
  EXPECT_EQ(script_->fetches, 3);
}

TEST_F(KeyRotation, TheOperatorHasTheKeysReadAtAnyTime) {
  ASSERT_TRUE(accepts(old_token_));
  EXPECT_FALSE(verifier_->reload_keys().value()) << "the same keys";
  document_ = jwks_of(new_key_, "new");
  EXPECT_TRUE(verifier_->reload_keys().value());
  EXPECT_EQ(script_->fetches, 3);
  EXPECT_FALSE(accepts(old_token_));
  EXPECT_TRUE(accepts(new_token_));
}

TEST_F(KeyRotation, AReloadThatFailsKeepsTheKeysAndTellsWhy) {
  fail_from_now_on();
  const auto outcome = verifier_->reload_keys();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Code::file_not_readable);
  EXPECT_TRUE(accepts(old_token_));
}

TEST_F(KeyRotation, AKnownKidOrAnAmbiguousTokenReadsNothing) {
  clock_.advance(100);
  EXPECT_TRUE(accepts(old_token_));
  EXPECT_FALSE(accepts(TokenMaker::sign(TokenMaker::shared().key(Algorithm::rs256), R"({"alg":"RS256","kid":"old"})",
                                        TokenMaker::good_claims())));
  EXPECT_FALSE(accepts(token_of(new_key_, "old")));
  EXPECT_EQ(script_->fetches, 1);
}

TEST_F(KeyRotation, OldKeysAreReadAnewAndAWithdrawnOneEndsItsKeptTokens) {
  ASSERT_TRUE(accepts(old_token_));
  document_ = jwks_of(new_key_, "new");
  clock_.advance(299);
  EXPECT_TRUE(accepts(old_token_));
  EXPECT_EQ(script_->fetches, 1);
  clock_.advance(1);
  EXPECT_FALSE(accepts(old_token_));
  EXPECT_TRUE(accepts(new_token_));
  EXPECT_EQ(script_->fetches, 2);
}

TEST_F(KeyRotation, AKidThatChangesHandsEndsTheTokensOfTheFormerKey) {
  ASSERT_TRUE(accepts(old_token_));
  document_ = jwks_of(new_key_, "old");
  clock_.advance(300);
  EXPECT_FALSE(accepts(old_token_));
  EXPECT_TRUE(accepts(token_of(new_key_, "old")));
}

TEST_F(KeyRotation, KeysThatCanNotBeReadAnewAreTrustedForABoundedTime) {
  ASSERT_TRUE(accepts(old_token_));
  fail_from_now_on();
  clock_.advance(3'599);
  EXPECT_TRUE(accepts(old_token_));
  EXPECT_TRUE(accepts(token_of(old_key_, "old", 1'900'000'001)));
  EXPECT_NE(log_.text.find("keys.refresh_failed: file_not_readable: canary"), std::string::npos);
  clock_.advance(1);
  EXPECT_EQ(code_of(old_token_), Code::access_unavailable);
  EXPECT_EQ(code_of(token_of(old_key_, "old", 1'900'000'002)), Code::access_unavailable);
  EXPECT_EQ(code_of("no token"), Code::access_unavailable);
  // And they are trusted again as soon as they can be read.
  script_->answer = [this] { return document_; };
  clock_.advance(30);
  EXPECT_TRUE(accepts(old_token_));
}

/// A clock that goes on with every look at it.
class SteppingClock final : public Clock {
 public:
  UnixTime now() const noexcept override { return HandClock().wall; }
  MonotonicTime monotonic_now() const noexcept override {
    const MonotonicTime seen = next;
    next.nanoseconds += step_ns;
    return seen;
  }

  mutable MonotonicTime next{0};
  std::int64_t step_ns = 0;
};

TEST_F(KeyRotation, KeysWhoseTrustEndsInTheMiddleOfAVerificationAreOfNoMoreUse) {
  constexpr std::int64_t second_ns = 1'000'000'000;
  SteppingClock clock;
  const auto verifier = make_jwks_token_verifier({.key_refresh_s = 300, .key_retry_s = 30, .key_trust_s = 3'600},
                                                 std::make_unique<ScriptedSource>(script_), {}, clock, log_)
                            .value();
  fail_from_now_on();
  clock.next.nanoseconds = 3'599 * second_ns;
  ASSERT_TRUE(verifier->verify(old_token_, clock.now()));
  // At the first look they are trusted still, and at the second no longer.
  clock.next.nanoseconds = 3'600 * second_ns - 1;
  clock.step_ns = 1;
  EXPECT_EQ(verifier->verify(token_of(old_key_, "old", 1'900'000'001), clock.now()).error().code,
            Code::access_unavailable);
}

TEST_F(KeyRotation, ADocumentWithoutAnyKeyTakesAllOfThemBack) {
  ASSERT_TRUE(accepts(old_token_));
  document_ = R"({"keys":[]})";
  EXPECT_TRUE(verifier_->reload_keys().value());
  EXPECT_EQ(code_of(old_token_), Code::token_rejected);
  const auto made = make_jwks_token_verifier({}, std::make_unique<ScriptedSource>(script_), {}, clock_, log_);
  EXPECT_EQ(made.error().code, Code::key_invalid);
}

TEST_F(KeyRotation, KeysThatAreOfNoUseAreTold) {
  document_ = std::string(*document_).replace(document_->find('['), 1, "[{},");
  EXPECT_TRUE(verifier_->reload_keys().value());
  EXPECT_NE(log_.text.find("keys.passed_over: 1 of "), std::string::npos) << log_.text;
}

TEST_F(KeyRotation, AFailedReadingIsTriedAgainOnlyAfterTheInterval) {
  fail_from_now_on();
  clock_.advance(300);
  for (int i = 0; i < 29; ++i) {
    EXPECT_TRUE(accepts(old_token_));
    clock_.advance(1);
  }
  EXPECT_EQ(script_->fetches, 2);
  clock_.advance(1);
  EXPECT_TRUE(accepts(old_token_));
  EXPECT_EQ(script_->fetches, 3);
}

TEST_F(KeyRotation, ABrokenDocumentOrAnExceptionLeavesTheKeysAsTheyWere) {
  ASSERT_TRUE(accepts(old_token_));
  for (const std::string& broken : {std::string(), std::string("{"), std::string(R"({"keys":[{}]})"),
                                    std::string(300'000, ' '), jwks_of(new_key_, "new") + 'x'}) {
    document_ = broken;
    clock_.advance(300);
    EXPECT_TRUE(accepts(old_token_)) << broken.substr(0, 20);
    document_ = jwks_of(old_key_, "old");
    clock_.advance(300);
    EXPECT_TRUE(accepts(old_token_));
  }
  script_->answer = []() -> Result<std::string> { throw std::runtime_error("canary"); };
  clock_.advance(300);
  EXPECT_TRUE(accepts(old_token_));
  script_->answer = []() -> Result<std::string> { throw 1; };
  clock_.advance(30);
  EXPECT_TRUE(accepts(old_token_));
  EXPECT_EQ(log_.text.find("canary"), std::string::npos) << log_.text;
}

TEST_F(KeyRotation, ASourceThatAsksTheVerifierItselfDoesNoHarm) {
  int depth = 0;
  bool inner = false;
  script_->answer = [&]() -> Result<std::string> {
    EXPECT_EQ(++depth, 1);
    inner = accepts(old_token_);
    EXPECT_FALSE(accepts(new_token_));  // still unknown, and not read for a second time from within
    --depth;
    return jwks_of(new_key_, "new");
  };
  clock_.advance(300);
  EXPECT_TRUE(accepts(new_token_));
  EXPECT_TRUE(inner);
  EXPECT_EQ(script_->fetches, 2);
}

// A clock that lets something happen just before its n-th answer.
class BusyClock final : public Clock {
 public:
  UnixTime now() const noexcept override { return HandClock().now(); }
  MonotonicTime monotonic_now() const noexcept override {
    if (--answers_until_it == 0) it();
    return {0};
  }

  mutable int answers_until_it = 0;
  std::function<void()> it;
};

TEST_F(KeyRotation, KeysThatCameInTheMiddleOfAVerificationCount) {
  for (int answer = 1; answer <= 3; ++answer) {
    document_ = jwks_of(old_key_, "old");
    BusyClock clock;
    const auto verifier =
        make_jwks_token_verifier({}, std::make_unique<ScriptedSource>(script_), {}, clock, log_).value();
    bool changed = false;
    clock.it = [&] {
      document_ = jwks_of(new_key_, "new");
      changed = verifier->reload_keys().value();
    };
    clock.answers_until_it = answer;
    EXPECT_TRUE(verifier->verify(new_token_, clock.now())) << answer;
    EXPECT_TRUE(changed) << answer;
  }
}

TEST_F(KeyRotation, WhileOneCallerReadsTheOthersGoOnWithTheKeysThereAre) {
  std::promise<void> reading;
  std::promise<void> go_on;
  script_->answer = [&]() -> Result<std::string> {
    reading.set_value();
    go_on.get_future().wait();
    return jwks_of(new_key_, "new");
  };
  clock_.advance(300);
  auto reader = std::async(std::launch::async, [&] { return accepts(new_token_); });
  reading.get_future().wait();
  EXPECT_TRUE(accepts(old_token_));
  EXPECT_FALSE(accepts(new_token_));
  go_on.set_value();
  EXPECT_TRUE(reader.get());
  EXPECT_FALSE(accepts(old_token_));
}

TEST_F(KeyRotation, ManyThreadsAgreeWhileKeysChange) {
  const std::string documents[]{
      jwks_of(old_key_, "old"), jwks_of(new_key_, "new"),
      TokenMaker::jwks({TokenMaker::jwk(old_key_, R"(,"kid":"old")"), TokenMaker::jwk(new_key_, R"(,"kid":"new")")})};
  std::atomic<std::size_t> turn{0};
  script_->answer = [&]() -> Result<std::string> { return documents[turn.fetch_add(1) % 3]; };
  auto made = make_jwks_token_verifier({.key_refresh_s = 1, .key_retry_s = 1, .key_trust_s = 10},
                                       std::make_unique<ScriptedSource>(script_));
  ASSERT_TRUE(made);
  const std::string forged = token_of(new_key_, "old");
  std::atomic<int> wrong{0};
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      while (!stop) {
        for (const std::string* token : {&old_token_, &new_token_}) {
          const auto identity = (*made)->verify(*token, clock_.wall);
          if (identity && (identity->user() != "u" || identity->client_id() != "c")) ++wrong;
        }
        if ((*made)->verify(forged, clock_.wall)) ++wrong;
      }
    });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(2'500));
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_GE(turn, 3U);
}

TEST(KeyReading, TheFirstErrorIsTheCallersToHandle) {
  const auto code_of = [](const std::function<Result<std::string>()>& answer) {
    auto script = std::make_shared<Script>();
    script->answer = answer;
    const auto made = make_jwks_token_verifier({}, std::make_unique<ScriptedSource>(script));
    return made ? Code::internal_error : made.error().code;
  };
  EXPECT_EQ(code_of([] { return Result<std::string>(fail(Code::file_not_readable)); }), Code::file_not_readable);
  EXPECT_EQ(code_of([] { return Result<std::string>("{"); }), Code::json_invalid);
  EXPECT_EQ(code_of([] { return Result<std::string>(std::string(262'145, ' ')); }), Code::json_invalid);
  EXPECT_EQ(code_of([] { return Result<std::string>(R"({"keys":[]})"); }), Code::key_invalid);
  EXPECT_EQ(code_of([]() -> Result<std::string> { throw std::bad_alloc(); }), Code::out_of_memory);
  EXPECT_EQ(code_of([]() -> Result<std::string> { throw 1; }), Code::internal_error);
}

}  // namespace
}  // namespace locket::policy
