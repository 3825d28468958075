#include "raster/taps.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "raster/filter_shape.hpp"

namespace locket::raster {
namespace {

/// The weights of one target pixel before they are made whole numbers.
struct Exact {
  std::int64_t first_px = 0;
  std::vector<double> weights;
};

void weigh(const Axis& axis, Filter filter, std::uint32_t target_px, Exact& exact) {
  const double scale = std::max(axis.step_px, 1.0);
  const double centre = axis.begin_px + (target_px + 0.5) * axis.step_px - 0.5;
  const double reach = reach_of(filter) * scale;
  const auto first = static_cast<std::int64_t>(std::ceil(centre - reach));
  const auto last = static_cast<std::int64_t>(std::floor(centre + reach));
  const std::int64_t edge = axis.source_px - 1;
  exact.first_px = std::clamp<std::int64_t>(first, 0, edge);
  const std::int64_t last_px = std::clamp<std::int64_t>(last, 0, edge);
  exact.weights.assign(static_cast<std::size_t>(last_px - exact.first_px + 1), 0.0);
  double sum = 0.0;
  for (std::int64_t at = first; at <= last; ++at) {
    const double weight = shape_at(filter, (static_cast<double>(at) - centre) / scale);
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
    const auto due = static_cast<std::int32_t>(std::floor(running * one + 0.5));
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

}  // namespace

TapTable::TapTable(const Axis& axis, Filter filter) {
  Exact exact;
  std::vector<std::int32_t> whole;
  entries_.reserve(axis.target_px);
  for (std::uint32_t target_px = 0; target_px < axis.target_px; ++target_px) {
    weigh(axis, filter, target_px, exact);
    std::uint32_t shift = 15;
    quantise(exact.weights, 1 << shift, whole);
    if (!fits(whole)) quantise(exact.weights, 1 << --shift, whole);
    const auto used = [](std::int32_t weight) { return weight != 0; };
    const auto begin = std::find_if(whole.begin(), whole.end(), used);
    const auto end = std::find_if(whole.rbegin(), whole.rend(), used).base();
    const auto count = static_cast<std::uint32_t>(end - begin);
    entries_.push_back(
        {static_cast<std::uint32_t>(exact.first_px + (begin - whole.begin())), count, shift, weights_.size()});
    for (auto weight = begin; weight != end; ++weight) weights_.push_back(static_cast<std::int16_t>(*weight));
  }
  measure();
}

void TapTable::measure() {
  // Zero weights are left out, so a pixel may begin a little before its predecessor: look both ways.
  std::vector<std::uint32_t> reached_px;
  for (const Entry& entry : entries_) {
    end_px_ = std::max(end_px_, entry.first_px + entry.count);
    reached_px.push_back(end_px_);
  }
  first_px_ = end_px_;
  for (std::size_t at = entries_.size(); at-- > 0;) {
    first_px_ = std::min(first_px_, entries_[at].first_px);
    window_px_ = std::max(window_px_, reached_px[at] - first_px_);
  }
}

Taps TapTable::at(std::uint32_t target_px) const noexcept {
  const Entry& entry = entries_[target_px];
  return {entry.first_px, entry.shift, std::span(weights_).subspan(entry.offset, entry.count)};
}

}  // namespace locket::raster
