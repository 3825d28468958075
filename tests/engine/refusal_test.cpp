#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "house.hpp"

namespace locket {
namespace {

class RefusalTest : public House {
 protected:
  /// Asks, and gives the reason of the only refusal that was told.
  FetchRefusal refusal_of(const std::string& imodel_id, const std::string& authorization, std::string_view query = "") {
    decisions_.refusals.clear();
    (void)get(imodel_id, authorization, query);
    EXPECT_EQ(decisions_.refusals.size(), 1u);
    return decisions_.refusals.empty() ? FetchRefusal{} : decisions_.refusals.front();
  }
};

TEST_F(RefusalTest, TellsWhatTheAnswerDoesNot) {
  const FetchRefusal strange = refusal_of(std::string(shown_id), "Bearer a.b.c");
  EXPECT_EQ(strange.error.code, Code::token_rejected);
  EXPECT_FALSE(strange.error.detail.empty());
  EXPECT_EQ(strange.error.detail.find("a.b.c"), std::string::npos);
  EXPECT_FALSE(strange.decision);

  const FetchRefusal hidden = refusal_of(std::string(hidden_id), bearer_of("alice"));
  EXPECT_EQ(hidden.error.code, Code::imodel_not_found);
  ASSERT_TRUE(hidden.decision);
  EXPECT_FALSE(hidden.decision->allowed);

  EXPECT_EQ(refusal_of(std::string(shown_id), bearer_of("alice"), "size=huge").error.code, Code::size_invalid);
}

TEST_F(RefusalTest, IsToldOnceOfEachHalfOfAnUpload) {
  decisions_.refusals.clear();
  Request head;
  head.method = Method::put;
  head.imodel_id = shown_id;
  EXPECT_FALSE(engine_->open_upload(head));
  ASSERT_EQ(decisions_.refusals.size(), 1u);
  EXPECT_EQ(decisions_.refusals[0].error.code, Code::authorization_missing);
  EXPECT_FALSE(engine_->admit_caller(head));
  EXPECT_EQ(decisions_.refusals.size(), 2u);

  const std::string bearer = bearer_of("max");
  const HeaderView headers[] = {{"Authorization", bearer}, {"Content-Type", "image/png"}};
  head.headers = headers;
  auto permit = engine_->open_upload(head);
  ASSERT_TRUE(permit);
  const Bytes whole = make_png(1, 2, 3);
  EXPECT_EQ(engine_->finish_upload(std::move(*permit), BytesView(whole).first(40)).status, 422);
  ASSERT_EQ(decisions_.refusals.size(), 3u);
  EXPECT_TRUE(code_name(decisions_.refusals[2].error.code).starts_with("picture_"));
}

TEST_F(RefusalTest, IsNotToldOfWhatIsAnswered) {
  EXPECT_EQ(get(shown_id, bearer_of("alice")).status, 200);
  EXPECT_TRUE(decisions_.refusals.empty());
}

/// A host's own access control, which denies everything by one rule.
class DenyingAccess final : public AccessControl {
 public:
  explicit DenyingAccess(AccessControl& tiers) : tiers_(tiers) {}
  std::shared_ptr<const Tier> tier_of(std::string_view client_id) override { return tiers_.tier_of(client_id); }
  Decision answer;

 protected:
  Decision decide(const AccessQuestion&) noexcept override { return answer; }

 private:
  AccessControl& tiers_;
};

TEST_F(RefusalTest, AHostsDenialIs404AndOneThatKnowsNothing503) {
  DenyingAccess access(*access_);
  engine_ = Engine::create(parts_over(*store_, access), with_default_pictures()).value();
  EXPECT_EQ(get(shown_id, bearer_of("alice")).status, 503);
  access.answer.rule = Rule::host_rule;
  EXPECT_EQ(get(shown_id, bearer_of("alice")).status, 404);
  engine_.reset();  // before what it works with
}

std::string value_of(const Response& response, std::string_view name) {
  for (const Header& header : response.headers) {
    if (header.name == name) return header.value;
  }
  return {};
}

TEST_F(RefusalTest, ARateRefusalNamesTheApiAndTheOperationOfTheHost) {
  EngineOptions options = with_default_pictures();
  options.api_name = "Models";
  options.get_operation_name = "get-picture";
  options.put_operation_name = "put-picture";
  engine_ = Engine::create(parts_over(*store_, *access_), std::move(options)).value();
  for (const auto& [method, operation] : {std::pair(Method::get, "get-picture"), {Method::put, "put-picture"}}) {
    const Response answer = engine_->problem(Code::rate_limit_exceeded, method);
    EXPECT_EQ(answer.status, 429);
    EXPECT_EQ(value_of(answer, "ITwinPlatform-RateLimited-API"), "Models");
    EXPECT_EQ(value_of(answer, "ITwinPlatform-RateLimited-Operation"), operation);
  }
}

}  // namespace
}  // namespace locket
