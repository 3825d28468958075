// The whole pipeline, stage by stage: this must compile, or the other files would prove nothing.
#include "locket/locket.hpp"

locket::Result<std::optional<locket::SharedBytes>> serve(locket::TokenVerifier& tokens, locket::RateLimiter& rates,
                                                         locket::AccessControl& access, locket::Store& store,
                                                         const locket::Tier& tier, const locket::ImodelFacts& facts) {
  auto identity = tokens.verify("token", {});
  auto admission = rates.admit(*identity, tier, {});
  auto grant = access.authorize_view(*admission, facts);
  auto location = store.locate(*grant, locket::Size::small);
  return store.read(*grant, **location);
}

void identify(locket::Record& record, const locket::SharedBytes& bytes) { record.small = locket::HashedBytes(bytes); }
