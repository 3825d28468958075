#include "raster/filter_shape.hpp"

#include <array>
#include <cmath>

namespace locket::raster {
namespace {

// sinc(x) sinc(x/3) is an even function with single zeros at 1 and 2 and a double one at 3. With those taken out, what
// is left is smooth, and this polynomial of x^2 follows it to 2e-8 over the whole reach (a Chebyshev fit). So the zeros
// are exact, and no sine of some C library, which may differ in its last bit, takes part.
constexpr std::array lanczos3_rest{1.0,
                                   -0.3554820867366283,
                                   0.0589359583957675,
                                   -0.006099263754028905,
                                   0.0004442067089541763,
                                   -2.4170004215427372e-05,
                                   9.927542882166137e-07,
                                   -2.8513179254034663e-08,
                                   4.286378086238857e-10};

double lanczos3(double x) {
  const double square = x * x;
  double rest = 0.0;
  for (auto factor = lanczos3_rest.rbegin(); factor != lanczos3_rest.rend(); ++factor) rest = rest * square + *factor;
  const double third = 1.0 - square / 9.0;
  return x < 3.0 ? (1.0 - square) * (1.0 - square / 4.0) * third * third * rest : 0.0;
}

// The family of Mitchell and Netravali ("Reconstruction filters in computer graphics", 1988).
double cubic(double x, double b, double c) {
  if (x >= 2.0) return 0.0;
  if (x < 1.0) {
    return ((12.0 - 9.0 * b - 6.0 * c) * x * x * x + (-18.0 + 12.0 * b + 6.0 * c) * x * x + (6.0 - 2.0 * b)) / 6.0;
  }
  return ((-b - 6.0 * c) * x * x * x + (6.0 * b + 30.0 * c) * x * x + (-12.0 * b - 48.0 * c) * x +
          (8.0 * b + 24.0 * c)) /
         6.0;
}

double box(double x) {
  if (x > 0.5) return 0.0;
  return x < 0.5 ? 1.0 : 0.5;
}

}  // namespace

double reach_of(Filter filter) noexcept {
  switch (filter) {
    case Filter::lanczos3: return 3.0;
    case Filter::mitchell:
    case Filter::catmull_rom: return 2.0;
    case Filter::triangle: return 1.0;
    case Filter::box: return 0.5;
  }
  return 3.0;
}

void shape(Filter filter, std::span<double> distances) noexcept {
  // The choice stands outside of the loops, so that vectors can do them.
  const auto replace = [distances](auto value_of) {
    for (double& x : distances) x = value_of(std::fabs(x));
  };
  switch (filter) {
    case Filter::lanczos3: return replace([](double x) { return lanczos3(x); });
    case Filter::mitchell: return replace([](double x) { return cubic(x, 1.0 / 3.0, 1.0 / 3.0); });
    case Filter::catmull_rom: return replace([](double x) { return cubic(x, 0.0, 0.5); });
    case Filter::triangle: return replace([](double x) { return x < 1.0 ? 1.0 - x : 0.0; });
    case Filter::box: return replace([](double x) { return box(x); });
  }
}

}  // namespace locket::raster
