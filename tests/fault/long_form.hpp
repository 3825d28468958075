#pragma once

#include <cstdint>

namespace locket::fault {

/// Whether the long form was asked for (`LOCKET_LONG_TESTS`), and so which of two counts holds.
[[nodiscard]] std::uint64_t rounds(std::uint64_t in_the_test_run, std::uint64_t in_the_long_form);

/// The seed of everything random: 1, or what `LOCKET_SEED` says.
[[nodiscard]] std::uint64_t seed();

}  // namespace locket::fault
