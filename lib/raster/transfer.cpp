#include "raster/transfer.hpp"

namespace locket::raster {
namespace {

/// x^2.4 for 0 < x <= 1 as x^2 times the square of the fifth root, which Newton's rule finds with sums, products and
/// quotients only: the compiler makes these tables, and every compiler makes the same.
constexpr double power_2_4(double x) {
  double root = 1.0;
  for (int step = 0; step < 64; ++step) {
    const double fourth = root * root * root * root;
    root -= (fourth * root - x) / (5.0 * fourth);
  }
  return x * x * root * root;
}

/// IEC 61966-2-1.
constexpr double linear(double srgb) { return srgb <= 0.04045 ? srgb / 12.92 : power_2_4((srgb + 0.055) / 1.055); }

constexpr std::array<std::int16_t, 256> make_linear_of_srgb() {
  std::array<std::int16_t, 256> table{};
  for (int sample = 0; sample < 256; ++sample) {
    table[static_cast<std::size_t>(sample)] = static_cast<std::int16_t>(linear(sample / 255.0) * linear_one + 0.5);
  }
  return table;
}

/// The border between two neighbouring samples lies half way between them in sRGB.
constexpr std::array<std::uint8_t, 32'768> make_srgb_of_linear() {
  std::array<std::uint8_t, 32'768> table{};
  std::size_t from = 0;
  for (int sample = 0; sample < 256; ++sample) {
    const double border = sample == 255 ? linear_one + 1.0 : linear((sample + 0.5) / 255.0) * linear_one;
    while (from < table.size() && static_cast<double>(from) < border) {
      table[from++] = static_cast<std::uint8_t>(sample);
    }
  }
  return table;
}

constexpr std::array<std::int16_t, 256> linear_of_srgb_table = make_linear_of_srgb();
constexpr std::array<std::uint8_t, 32'768> srgb_of_linear_table = make_srgb_of_linear();

constexpr bool inverts_exactly() {
  for (std::size_t sample = 0; sample < 256; ++sample) {
    if (srgb_of_linear_table[static_cast<std::size_t>(linear_of_srgb_table[sample])] != sample) return false;
    if (alpha_of_linear(linear_of_alpha(static_cast<std::uint8_t>(sample))) != sample) return false;
  }
  return true;
}
static_assert(inverts_exactly());

}  // namespace

const std::array<std::int16_t, 256>& linear_of_srgb() noexcept { return linear_of_srgb_table; }

const std::array<std::uint8_t, 32'768>& srgb_of_linear() noexcept { return srgb_of_linear_table; }

}  // namespace locket::raster
