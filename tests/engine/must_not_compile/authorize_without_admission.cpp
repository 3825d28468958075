// expect: cannot convert|no viable conversion
#include "locket/locket.hpp"

auto skip(locket::AccessControl& access, const locket::Identity& identity, const locket::ImodelFacts& facts) {
  return access.authorize_view(identity, facts);
}
