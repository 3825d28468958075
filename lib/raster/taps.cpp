#include "raster/taps.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "raster/filter_shape.hpp"

namespace locket::raster {
namespace {

/// The weights of one target pixel before they are made whole numbers.
struct Exact {
  std::int64_t first_px = 0;
  std::vector<double> weights;
  std::vector<double> shapes;  ///< as if the picture had no edge
};

/// The largest whole number that is not above; without the C library's call.
std::int32_t floor_of(double value) {
  const auto whole = static_cast<std::int32_t>(value);
  return whole - (value < whole ? 1 : 0);
}

void weigh(const Axis& axis, Filter filter, double target_px, Exact& exact) {
  const double scale = std::max(axis.step_px, 1.0);
  const double centre = axis.begin_px + (target_px + 0.5) * axis.step_px - 0.5;
  const double reach = reach_of(filter) * scale;
  const auto first = static_cast<std::int64_t>(std::ceil(centre - reach));
  const auto last = static_cast<std::int64_t>(std::floor(centre + reach));
  const std::int64_t edge = axis.source_px - 1;
  exact.first_px = std::clamp<std::int64_t>(first, 0, edge);
  const std::int64_t last_px = std::clamp<std::int64_t>(last, 0, edge);
  exact.shapes.resize(static_cast<std::size_t>(last - first + 1));
  for (std::int64_t at = first; at <= last; ++at) {
    exact.shapes[static_cast<std::size_t>(at - first)] = (static_cast<double>(at) - centre) / scale;
  }
  shape(filter, exact.shapes);
  exact.weights.assign(static_cast<std::size_t>(last_px - exact.first_px + 1), 0.0);
  double sum = 0.0;
  for (std::int64_t at = first; at <= last; ++at) {
    const double weight = exact.shapes[static_cast<std::size_t>(at - first)];
    exact.weights[static_cast<std::size_t>(std::clamp<std::int64_t>(at, 0, edge) - exact.first_px)] += weight;
    sum += weight;
  }
  for (double& weight : exact.weights) weight /= sum;
}

/// Rounds the running sum and takes differences, so that the whole numbers sum to `one` exactly and an error of one
/// weight is made good by its neighbour.
void quantise(std::span<const double> exact, std::int32_t one, std::vector<std::int32_t>& whole) {
  whole.clear();
  double running = 0.0;
  std::int32_t given = 0;
  for (const double weight : exact) {
    running += weight;
    const auto due = floor_of(running * one + 0.5);
    whole.push_back(due - given);
    given = due;
  }
  whole.back() += one - given;
}

bool fits(std::span<const std::int32_t> whole) {
  std::int64_t absolute = 0;
  for (const std::int32_t weight : whole) {
    if (weight > 32'767 || weight < -32'767) return false;
    absolute += std::abs(weight);
  }
  return absolute < 65'536;
}

std::int32_t pair_of(std::int32_t even, std::int32_t odd) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(odd) << 16 | (static_cast<std::uint32_t>(even) & 0xffff));
}

}  // namespace

TapTable::TapTable(const Axis& axis, Filter filter, std::uint32_t margin_px) {
  Exact exact;
  std::vector<std::int32_t> whole;
  const std::uint32_t count = axis.target_px + 2 * margin_px;
  entries_.reserve(count);
  for (std::uint32_t at = 0; at < count; ++at) {
    weigh(axis, filter, static_cast<double>(at) - margin_px, exact);
    std::uint32_t shift = 15;
    quantise(exact.weights, 1 << shift, whole);
    if (!fits(whole)) quantise(exact.weights, 1 << --shift, whole);
    append(static_cast<std::uint32_t>(exact.first_px), shift, whole);
  }
  measure();
}

TapTable TapTable::halving(std::uint32_t target_px) {
  constexpr std::array<std::int32_t, 14> weights{8,     109,  458,   -1083, -2125, 4451, 14566,
                                                 14566, 4451, -2125, -1083, 458,   109,  8};
  constexpr auto reach_px = static_cast<std::uint32_t>(weights.size() / 2);
  static_assert(reach_px <= halving_margin_px);
  TapTable table;
  for (std::uint32_t at = 0; at < target_px; ++at) {
    table.append(2 * at + 1 + halving_margin_px - reach_px, 15, weights);
  }
  table.measure();
  return table;
}

void TapTable::append(std::uint32_t first_px, std::uint32_t shift, std::span<const std::int32_t> weights) {
  const auto used = [](std::int32_t weight) { return weight != 0; };
  const auto lead = static_cast<std::uint32_t>(std::find_if(weights.begin(), weights.end(), used) - weights.begin());
  const auto end =
      static_cast<std::uint32_t>(std::find_if(weights.rbegin(), weights.rend(), used).base() - weights.begin());
  const auto weight_of = [&](std::uint32_t px) {
    return px >= first_px && px - first_px < weights.size() ? weights[px - first_px] : 0;
  };
  const std::uint32_t first_pair = (first_px + lead) / 2;
  const std::uint32_t end_pair = (first_px + end + 1) / 2;
  entries_.push_back({first_pair, end_pair - first_pair, shift, static_cast<std::uint32_t>(weights_.size())});
  for (std::uint32_t pair = first_pair; pair < end_pair; ++pair) {
    weights_.push_back(pair_of(weight_of(2 * pair), weight_of(2 * pair + 1)));
  }
}

void TapTable::measure() {
  // Zero weights are left out, so a pixel may begin a little before its predecessor: look both ways.
  std::vector<std::uint32_t> reached;
  for (const Entry& entry : entries_) {
    end_pair_ = std::max(end_pair_, entry.first_pair + entry.count);
    reached.push_back(end_pair_);
  }
  first_pair_ = end_pair_;
  for (std::size_t at = entries_.size(); at-- > 0;) {
    first_pair_ = std::min(first_pair_, entries_[at].first_pair);
    window_pairs_ = std::max(window_pairs_, reached[at] - first_pair_);
  }
}

void TapTable::count_from(std::uint32_t pair) noexcept {
  for (Entry& entry : entries_) entry.first_pair -= pair;
  first_pair_ -= pair;
  end_pair_ -= pair;
}

}  // namespace locket::raster
