#pragma once

#include <vector>

#include "locket/rate_limit.hpp"

namespace locket::policy {

/// The subscription tiers that hold where an access document defines none, from the published rate limits of the
/// iTwin Platform: `community` (500 a minute and 5,000 an hour), then `basic`, `standard`, `premium` and `custom`
/// (5,000 a minute). The lowest is the first. Throws std::bad_alloc.
[[nodiscard]] std::vector<Tier> built_in_tiers();

}  // namespace locket::policy
