#include <string>

#include "described_json.hpp"
#include "fuzz_target.hpp"
#include "second_reader.hpp"

namespace locket::fuzz {

void feed_json(BytesView input) {
  constexpr int depth_max = 32;
  const auto ours =
      policy::parse_json(as_text(input), {.bytes_max = 100'000, .depth_max = depth_max, .values_max = 100'000});
  const auto judged = second::read_json(as_text(input), depth_max);
  demand(ours.has_value() == judged.has_value(), "both readers take the same texts");
  demand(!ours || policy::describe(ours->root()) == second::describe(*judged), "both readers see the same values");
}

}  // namespace locket::fuzz
