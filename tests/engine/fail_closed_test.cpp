#include <algorithm>
#include <array>
#include <new>
#include <stdexcept>

#include "house.hpp"
#include "throwing_access.hpp"
#include "watched_store.hpp"

namespace locket {
namespace {

using Fault = WatchedStore::Fault;

struct Way {
  bool from_then_on;
  Fault fault;
  Code code;
};

constexpr std::array ways{
    Way{false, Fault::error, Code::store_io_failed}, Way{true, Fault::error, Code::store_busy},
    Way{true, Fault::error, Code::store_corrupt},    Way{false, Fault::error, Code::out_of_memory},
    Way{true, Fault::exception, Code::store_failed}, Way{false, Fault::foreign_exception, Code::store_failed}};

// An engine over a store whose n-th call fails: every look-up of every question fails once, and for good.
class FailClosed : public House {
 protected:
  void SetUp() override {
    House::SetUp();
    import(shown_id, make_png(1, 2, 3));
    import(hidden_id, make_png(3, 2, 1));
    watched_ = std::make_unique<WatchedStore>(*store_);
    watched_access_ = make_stored_access_control(*watched_).value();
    EngineParts parts = parts_over(*watched_, *watched_access_);
    parts.log = &log_;
    engine_ = Engine::create(parts, with_default_pictures()).value();
    etag_ = get(shown_id, bearer_of("alice")).header("etag").value();
  }

  void TearDown() override {
    engine_.reset();
    watched_access_.reset();
    House::TearDown();
  }

  // Has the facts read anew at the next question.
  void change_facts() { ASSERT_TRUE(store_->replace_access(store_->load_access(AccessScope::whole).value().document)); }

  Response ask(std::string_view action, const std::string& bearer, std::string_view imodel) {
    if (action == "put") return put(imodel, bearer, "image/png", picture_);
    if (action == "put-if-match") return put(imodel, bearer, "image/png", picture_, etag_);
    if (action == "get-if-none-match") return get(imodel, bearer, "", etag_);
    return get(imodel, bearer, "size=large");
  }

  // Lets each call of one question fail in turn. Result: how many calls it has.
  std::size_t fail_each_call(std::string_view action, const std::string& bearer, std::string_view imodel, bool anew,
                             const Way& way) {
    for (std::size_t number = 1;; ++number) {
      if (anew) change_facts();
      watched_->fail_at(number, way.from_then_on, way.fault, way.code);
      const Response response = ask(action, bearer, imodel);
      const std::size_t made = watched_->calls.size();
      const std::string_view failed = made < number ? std::string_view() : watched_->calls[number - 1];
      watched_->heal();
      if (made < number) return number - 1;
      // What could not be looked up is denied with 503; a picture that can't be read is another matter.
      const bool decides = failed != "locate" && failed != "read" && failed != "put";
      if (decides) {
        EXPECT_EQ(response.status, 503) << action << ' ' << imodel << ", call " << number << ", " << failed;
      } else {
        EXPECT_GE(response.status, 500) << action << ' ' << imodel << ", call " << number << ", " << failed;
      }
      EXPECT_FALSE(sniff_media_type(response.body.view())) << "no picture";
      EXPECT_EQ(body_of(response).find("secret-path"), std::string::npos);
    }
  }

  Bytes picture_ = make_png(90, 90, 90);
  std::string etag_;
  std::unique_ptr<WatchedStore> watched_;
  std::unique_ptr<AccessControl> watched_access_;
};

TEST_F(FailClosed, NothingIsAnsweredWhenAnyLookUpOfAnyQuestionFails) {
  std::size_t faults = 0;
  for (const std::string user : {"alice", "max", "bob", "admin", "owner", "stranger"}) {
    const std::string bearer = bearer_of(user);
    for (const std::string_view imodel : {shown_id, hidden_id, empty_id, unknown_id, std::string_view("nonsense")}) {
      for (const std::string_view action : {"get", "get-if-none-match"}) {
        for (const Way& way : ways) {
          faults += fail_each_call(action, bearer, imodel, false, way);
          if (user == "alice" || user == "bob") faults += fail_each_call(action, bearer, imodel, true, way);
        }
      }
    }
  }
  EXPECT_GT(faults, 900U);
}

// A host's own store may give any code: what would be a caller's fault is none of this caller's.
TEST_F(FailClosed, NoWordOfAStoreIsTheCallersFault) {
  for (const Code code : {Code::size_invalid, Code::content_type_unsupported, Code::rate_limit_exceeded,
                          Code::token_rejected, Code::imodel_not_found, Code::body_too_large}) {
    const Way way{true, Fault::error, code};
    EXPECT_GT(fail_each_call("get", bearer_of("alice"), shown_id, false, way), 2U);
    watched_->fail_at(2, true, Fault::error, code);
    const Response response = ask("put", bearer_of("max"), shown_id);
    watched_->heal();
    EXPECT_GE(response.status, 500) << code_name(code);
    EXPECT_EQ(body_of(response).find("secret-path"), std::string::npos);
  }
}

// The iModel is looked at again, and is there.
TEST_F(FailClosed, AnUploadThatTheStoreCallsWrongIsNoFaultOfTheCaller) {
  bool put_failed = false;
  for (std::size_t number = 1; !put_failed; ++number) {
    watched_->fail_at(number, false, Fault::error, Code::argument_invalid);
    const Response response = ask("put", bearer_of("max"), shown_id);
    ASSERT_GE(watched_->calls.size(), number);
    put_failed = watched_->calls[number - 1] == "put";
    EXPECT_GE(response.status, 500);
    if (!put_failed) continue;
    ASSERT_GT(watched_->calls.size(), number);
    EXPECT_EQ(watched_->calls[number], "find_imodel");
  }
  watched_->heal();
}

// Whoever set no condition is not told that it does not hold.
TEST_F(FailClosed, AnUploadWithoutAConditionIsNeverAnsweredByOne) {
  bool put_failed = false;
  for (std::size_t number = 1; !put_failed; ++number) {
    watched_->fail_at(number, true, Fault::error, Code::precondition_failed);
    EXPECT_GE(ask("put", bearer_of("max"), shown_id).status, 500) << number;
    ASSERT_GE(watched_->calls.size(), number);
    put_failed = watched_->calls[number - 1] == "put";
  }
  watched_->heal();
}

TEST_F(FailClosed, NothingIsChangedWhenAnyLookUpOfAnUploadFails) {
  const Response before = get(shown_id, bearer_of("alice"));
  std::size_t faults = 0;
  for (const std::string user : {"max", "alice", "bob"}) {
    for (const std::string_view imodel : {shown_id, unknown_id}) {
      for (const std::string_view action : {"put", "put-if-match"}) {
        const std::string bearer = bearer_of(user);
        for (const Way& way : ways) {
          watched_->heal();
          const bool allowed = user == "max" && imodel == shown_id;
          if (!allowed) faults += fail_each_call(action, bearer, imodel, false, way);
          // With no call that fails the picture would be another, so the last one is the store's `put`.
          bool stored = !allowed;
          for (std::size_t number = 1; !stored; ++number, ++faults) {
            watched_->fail_at(number, way.from_then_on, way.fault, way.code);
            const Response response = ask(action, bearer, imodel);
            ASSERT_GE(response.status, 500) << action << " call " << number;
            ASSERT_GE(watched_->calls.size(), number);
            stored = watched_->calls[number - 1] == "put";
          }
        }
      }
    }
  }
  watched_->heal();
  EXPECT_GT(faults, 150U);
  EXPECT_EQ(get(shown_id, bearer_of("alice")).headers, before.headers);
  ASSERT_EQ(ask("put-if-match", bearer_of("max"), shown_id).status, 201);
  EXPECT_EQ(watched_->calls.back(), "put");
}

// The store finds the thumbnail changed, and then nobody can say whether the condition still holds.
TEST_F(FailClosed, AnUploadWhoseConditionCanNotBeLookedAtAgainIsRefused) {
  bool refused = false;
  for (std::size_t number = 1; !refused; ++number) {
    watched_->fail_at(number, true, Fault::error, Code::precondition_failed);
    const Response response = ask("put-if-match", bearer_of("max"), shown_id);
    ASSERT_GE(watched_->calls.size(), number);
    refused = watched_->calls[number - 1] == "put";
    if (!refused) continue;
    EXPECT_GE(response.status, 500);
    EXPECT_EQ(watched_->calls.size(), number + 1);
    EXPECT_EQ(watched_->calls.back(), "locate");
  }
  watched_->heal();
  EXPECT_EQ(get(shown_id, bearer_of("alice")).header("etag"), etag_);
}

TEST_F(FailClosed, ATypedFetchAndAnImportFailWithAnErrorOnly) {
  const std::string token = token_of("alice");
  const FetchQuestion question{
      .token = token, .imodel_id = parse_guid(shown_id).value(), .size = Size::small, .known_etag = {}};
  for (const Way& way : ways) {
    for (std::size_t number = 1;; ++number) {
      watched_->fail_at(number, way.from_then_on, way.fault, way.code);
      const auto fetched = engine_->fetch(question);
      if (watched_->calls.size() < number) break;
      EXPECT_FALSE(fetched) << number;
    }
    for (std::size_t number = 1; number <= 2; ++number) {
      watched_->fail_at(number, way.from_then_on, way.fault, way.code);
      EXPECT_FALSE(engine_->import_picture(
          {.imodel_id = question.imodel_id, .itwin_id = {}, .bytes = picture_, .source_path = {}}));
    }
  }
}

TEST_F(FailClosed, WhatAPartOfAHostThrowsIsAnAnswerAndALineOfTheLog) {
  ThrowingAccess access;
  EngineParts parts = parts_over(*watched_, access);
  parts.log = &log_;
  engine_ = Engine::create(parts, with_default_pictures()).value();
  const std::string bearer = bearer_of("max");
  const std::array headers{HeaderView{"Authorization", bearer}, HeaderView{"Content-Type", "image/png"}};
  Request head;
  head.method = Method::put;
  head.imodel_id = shown_id;
  head.headers = headers;
  head.body_bytes = picture_.size();
  const auto permit = engine_->open_upload(head);
  const auto admission = engine_->admit_caller(head);
  ASSERT_TRUE(!permit && !admission);
  for (const Response& refused : {permit.error(), admission.error(), engine_->handle(head)}) {
    EXPECT_EQ(refused.status, 503);
    EXPECT_NE(body_of(refused).find("\"error\""), std::string::npos);
  }
  EXPECT_EQ(std::ranges::count_if(log_.lines, [](auto& line) { return line.starts_with("access_unavailable: "); }), 3);
  const std::string token = token_of("max");
  const auto fetched = engine_->fetch(
      {.token = token, .imodel_id = parse_guid(shown_id).value(), .size = Size::small, .known_etag = {}});
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().error.code, Code::access_unavailable);
  EXPECT_EQ(fetched.error().error.detail, "a part of the host threw an exception");
  EXPECT_EQ(fetched.error().client_id, "client-1");
}

/// A host's own part that asked for too much memory at once; for what is small there is some.
class GreedyAccess final : public AccessControl {
 public:
  std::shared_ptr<const Tier> tier_of(std::string_view) override { throw std::bad_alloc(); }

 protected:
  Decision decide(const AccessQuestion&) noexcept override { return {}; }
};

TEST_F(FailClosed, ALackOfMemoryIsAWholeAnswer) {
  GreedyAccess access;
  engine_ = Engine::create(parts_over(*watched_, access), with_default_pictures()).value();
  const Response refused = get(shown_id, bearer_of("alice"));
  const Response whole = engine_->problem(Code::access_unavailable, Method::get);
  EXPECT_EQ(refused.status, whole.status);
  EXPECT_EQ(body_of(refused), body_of(whole));
  EXPECT_EQ(refused.header("Content-Type"), "application/json");
  EXPECT_EQ(refused.header("Content-Length"), std::to_string(refused.body.size()));
}

class UndecidedLimiter final : public RateLimiter {
  Result<RateDecision> charge(std::string_view, const Tier&, MonotonicTime) override {
    return fail(Code::rate_limiter_unavailable, "its server at secret-path is away");
  }
};

TEST_F(FailClosed, ALimiterThatCanNotDecideLetsNobodyIn) {
  UndecidedLimiter limiter;
  EngineParts parts = parts_over(*watched_, *watched_access_);
  parts.rates = &limiter;
  parts.log = &log_;
  engine_ = Engine::create(parts, with_default_pictures()).value();
  const Response refused = get(shown_id, bearer_of("alice"));
  EXPECT_EQ(refused.status, 503);
  EXPECT_FALSE(sniff_media_type(refused.body.view()));
  EXPECT_EQ(body_of(refused).find("secret-path"), std::string::npos);
  EXPECT_EQ(log_.lines, std::vector<std::string>{"rate_limiter_unavailable: its server at secret-path is away"});
}

TEST_F(FailClosed, ADamagedPictureIsRefusedWithOrWithoutALog) {
  const std::string bearer = bearer_of("bob");
  damage(hidden_id);
  const Response logged = get(hidden_id, bearer);
  engine_ = Engine::create(parts_over(*watched_, *watched_access_), with_default_pictures()).value();
  const Response silent = get(hidden_id, bearer);
  EXPECT_EQ(logged.status, 500);
  EXPECT_EQ(silent.status, 500);
  EXPECT_EQ(body_of(silent), body_of(logged));
  EXPECT_TRUE(std::ranges::any_of(log_.lines, [](auto& line) { return line.starts_with("store.damaged: "); }));
}

TEST_F(FailClosed, AnImportWithoutMemoryForTheStoreIsTold) {
  watched_->fail_at(2, false, Fault::no_memory, Code::store_failed);
  const auto imported = engine_->import_picture(
      {.imodel_id = parse_guid(shown_id).value(), .itwin_id = {}, .bytes = picture_, .source_path = {}});
  EXPECT_EQ(watched_->calls.back(), "put");
  ASSERT_FALSE(imported);
  EXPECT_EQ(imported.error().code, Code::out_of_memory);
}

TEST_F(FailClosed, EveryPermissionOfEveryUserIsDeniedWithoutFacts) {
  const auto limiter = make_memory_rate_limiter();
  const Tier unlimited{"unlimited", {}};
  for (const std::string user : {"alice", "max", "bob", "admin", "owner", "stranger"}) {
    const Identity identity = tokens_->verify(token_of(user), clock_.now()).value();
    const Admission admission = limiter->admit(identity, unlimited, clock_.monotonic_now()).value();
    for (const std::string_view id : {shown_id, hidden_id, empty_id, unknown_id}) {
      const auto facts = store_->find_imodel(parse_guid(id).value()).value();
      const std::optional<ImodelFacts> known = facts ? std::optional(facts->facts) : std::nullopt;
      watched_->heal();
      const auto whole = watched_access_->authorize_view(admission, known);
      watched_->fail_at(1, true, Fault::error, Code::store_io_failed);
      const auto view = watched_access_->authorize_view(admission, known);
      ASSERT_FALSE(view);
      EXPECT_EQ(view.error().rule, Rule::facts_unavailable);
      if (whole) {
        EXPECT_EQ(watched_access_->authorize_manage(admission, *whole, *known).error().rule, Rule::facts_unavailable);
      }
      EXPECT_EQ(watched_access_->tier_of("client-1"), nullptr);
    }
  }
}

}  // namespace
}  // namespace locket
