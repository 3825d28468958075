// expect: private|within this context
#include "locket/locket.hpp"

// Even a host's own verifier gives claims only; the base class makes the identity.
class Forger final : public locket::TokenVerifier {
 public:
  locket::Identity forge() { return locket::Identity(std::make_shared<locket::Claims>()); }

 protected:
  locket::Result<std::shared_ptr<const locket::Claims>> check(std::string_view, locket::UnixTime) override {
    return std::make_shared<locket::Claims>();
  }
};
