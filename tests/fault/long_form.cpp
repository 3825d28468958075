#include "fault/long_form.hpp"

#include <cstdlib>

namespace locket::fault {

std::uint64_t rounds(std::uint64_t in_the_test_run, std::uint64_t in_the_long_form) {
  return std::getenv("LOCKET_LONG_TESTS") == nullptr ? in_the_test_run : in_the_long_form;
}

std::uint64_t seed() {
  const char* given = std::getenv("LOCKET_SEED");
  return given == nullptr ? 1 : std::strtoull(given, nullptr, 10);
}

}  // namespace locket::fault
