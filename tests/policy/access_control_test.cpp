#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "locket/access.hpp"
#include "trusting_verifier.hpp"

namespace locket {
namespace {

using policy::TrustingVerifier;

// A host's own access control: answers as it is told and keeps what it was asked.
class ToldAccessControl final : public AccessControl {
 public:
  struct Asked {
    std::string user;
    Permission permission;
    std::optional<ImodelFacts> imodel;

    bool operator==(const Asked&) const = default;
  };

  std::shared_ptr<const Tier> tier_of(std::string_view) override { return nullptr; }

  Decision answer;
  std::vector<Asked> asked;

 protected:
  Decision decide(const AccessQuestion& question) noexcept override {
    asked.push_back({std::string(question.user), question.permission, question.imodel});
    return answer;
  }
};

constexpr Decision allowed{.allowed = true, .rule = Rule::itwin_owner, .level = Level::itwin, .revision = 9};
constexpr Decision denied{.allowed = false, .rule = Rule::itwin_permission, .level = Level::itwin, .revision = 9};

const ImodelFacts first{{{1}}, {{2}}};
const ImodelFacts second{{{3}}, {{2}}};

TEST(AccessControl, GrantsWhatTheDecisionAllows) {
  ToldAccessControl control;
  control.answer = allowed;
  const Admission admission = TrustingVerifier::admission("ulf");
  const auto grant = control.authorize_view(admission, first);
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->imodel_id(), first.imodel_id);
  EXPECT_EQ(grant->decision().rule, Rule::itwin_owner);
  EXPECT_EQ(grant->decision().revision, 9U);
  const auto manage = control.authorize_manage(admission, *grant, first);
  ASSERT_TRUE(manage);
  EXPECT_EQ(manage->imodel_id(), first.imodel_id);
  EXPECT_EQ(manage->decision().level, Level::itwin);
  EXPECT_EQ(control.asked, (std::vector<ToldAccessControl::Asked>{{"ulf", Permission::webview, first},
                                                                  {"ulf", Permission::manage, first}}));
}

TEST(AccessControl, GivesTheDecisionThatDenies) {
  ToldAccessControl control;
  control.answer = allowed;
  const Admission admission = TrustingVerifier::admission("ulf");
  const Grant grant = control.authorize_view(admission, first).value();
  control.answer = denied;
  const auto view = control.authorize_view(admission, first);
  ASSERT_FALSE(view);
  EXPECT_EQ(view.error().rule, Rule::itwin_permission);
  EXPECT_EQ(view.error().revision, 9U);
  const auto manage = control.authorize_manage(admission, grant, first);
  ASSERT_FALSE(manage);
  EXPECT_EQ(manage.error().rule, Rule::itwin_permission);
}

TEST(AccessControl, AsksForAnUnknownImodelTooButNeverGrantsIt) {
  ToldAccessControl control;
  control.answer = allowed;
  const auto view = control.authorize_view(TrustingVerifier::admission("ulf"), std::nullopt);
  ASSERT_FALSE(view);
  EXPECT_FALSE(view.error().allowed);
  EXPECT_EQ(view.error().rule, Rule::imodel_unknown);
  EXPECT_EQ(view.error().revision, 9U);
  EXPECT_EQ(control.asked, (std::vector<ToldAccessControl::Asked>{{"ulf", Permission::webview, std::nullopt}}));
}

TEST(AccessControl, TellsWhenTheFactsAboutAnUnknownImodelCouldNotBeHad) {
  ToldAccessControl control;
  control.answer = {};
  const auto view = control.authorize_view(TrustingVerifier::admission("ulf"), std::nullopt);
  ASSERT_FALSE(view);
  EXPECT_EQ(view.error().rule, Rule::facts_unavailable);
}

TEST(AccessControl, AGrantForOneImodelIsNoneForAnother) {
  ToldAccessControl control;
  control.answer = allowed;
  const Admission admission = TrustingVerifier::admission("ulf");
  const Grant grant = control.authorize_view(admission, first).value();
  const auto manage = control.authorize_manage(admission, grant, second);
  ASSERT_FALSE(manage);
  EXPECT_FALSE(manage.error().allowed);
  EXPECT_EQ(manage.error().rule, Rule::imodel_unknown);
}

TEST(AccessControl, WhatCouldNotBeDecidedIsDenied) {
  ToldAccessControl control;
  EXPECT_FALSE(control.answer.allowed);
  EXPECT_EQ(control.answer.rule, Rule::facts_unavailable);
  EXPECT_FALSE(control.authorize_view(TrustingVerifier::admission("ulf"), first));
}

// Nobody but the stages themselves makes what lets somebody go on.
static_assert(!std::is_default_constructible_v<Grant> && !std::is_default_constructible_v<ManageGrant> &&
              !std::is_default_constructible_v<Admission>);
static_assert(!std::is_constructible_v<Grant, Guid, Decision> && !std::is_constructible_v<ManageGrant, Guid, Decision>);
static_assert(!std::is_constructible_v<Admission, Identity>);
static_assert(!std::is_constructible_v<ManageGrant, Grant> && !std::is_convertible_v<Grant, ManageGrant>);

}  // namespace
}  // namespace locket
