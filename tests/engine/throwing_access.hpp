#pragma once

#include <memory>
#include <string_view>

#include "locket/access.hpp"

namespace locket {

/// A host's own part that throws, as no part of locket does; and what no standard library throws.
class ThrowingAccess final : public AccessControl {
 public:
  std::shared_ptr<const Tier> tier_of(std::string_view) override { throw 7; }

 protected:
  Decision decide(const AccessQuestion&) noexcept override { return {}; }
};

}  // namespace locket
