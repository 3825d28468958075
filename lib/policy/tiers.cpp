#include "policy/tiers.hpp"

namespace locket::policy {

std::vector<Tier> built_in_tiers() {
  const RateWindow usual{.calls = 5000, .seconds = 60};
  return {{"community", {{.calls = 500, .seconds = 60}, {.calls = 5000, .seconds = 3600}}},
          {"basic", {usual}},
          {"standard", {usual}},
          {"premium", {usual}},
          {"custom", {usual}}};
}

}  // namespace locket::policy
