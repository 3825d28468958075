#include "raster/taps.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "raster/filter_shape.hpp"

namespace locket::raster {
namespace {

/// The weights of one target pixel before they are made whole numbers.
struct Exact {
  std::int64_t first_px = 0;    ///< as if the picture had no edge
  std::vector<double> shapes;   ///< of the pixels from there on
  std::vector<double> balance;  ///< the share that weighs up to each pixel less the share behind it
};

/// The largest whole number that is not above a quotient.
std::int64_t floor_quotient(std::int64_t numerator, std::int64_t denominator) {
  const std::int64_t towards_zero = numerator / denominator;
  return towards_zero - (numerator % denominator < 0 ? 1 : 0);
}

/// The nearest whole number; a half is rounded away from zero. Without the C library's call.
std::int32_t nearest(double value) { return static_cast<std::int32_t>(value + (value < 0.0 ? -0.5 : 0.5)); }

/// Sums from both ends, so that rounding, too, gives the mirror image of what is mirrored.
void weigh_up(Exact& exact) {
  exact.balance.resize(exact.shapes.size());
  double behind = 0.0;
  for (std::size_t at = exact.shapes.size(); at-- > 0;) {
    exact.balance[at] = behind;
    behind += exact.shapes[at];
  }
  double ahead = 0.0;
  for (std::size_t at = 0; at < exact.shapes.size(); ++at) {
    ahead += exact.shapes[at];
    exact.balance[at] = ahead - exact.balance[at];
  }
  const double sum = (ahead + behind) / 2.0;
  for (double& balance : exact.balance) balance /= sum;
}

/// Distances are quotients of whole numbers: where a filter ends or jumps at a pixel, it does so at both of its sides.
void weigh(const Axis& axis, Filter filter, std::int64_t target_px, Exact& exact) {
  // In halves of parts the centres are whole numbers, and so is the reach.
  const std::int64_t pixel = 2 * axis.pixel_parts;
  const std::int64_t scale = 2 * std::max(axis.step_parts, axis.pixel_parts);
  const std::int64_t centre = 2 * axis.begin_parts + (2 * target_px + 1) * axis.step_parts - axis.pixel_parts;
  const auto reach = static_cast<std::int64_t>(reach_of(filter) * static_cast<double>(scale));
  exact.first_px = -floor_quotient(reach - centre, pixel);
  const std::int64_t last_px = floor_quotient(centre + reach, pixel);
  exact.shapes.resize(static_cast<std::size_t>(last_px - exact.first_px + 1));
  for (std::int64_t at = exact.first_px; at <= last_px; ++at) {
    exact.shapes[static_cast<std::size_t>(at - exact.first_px)] =
        static_cast<double>(at * pixel - centre) / static_cast<double>(scale);
  }
  shape(filter, exact.shapes);
  weigh_up(exact);
}

/// The weights of a picture's own pixels.
struct Whole {
  std::int64_t first_px = 0;
  std::vector<std::int32_t> weights;
};

/// Rounds the running sum and takes differences, so that the whole numbers sum to `one` exactly and an error of one
/// weight is made good by its neighbour. The pixels at the edges take what would fall beyond them.
void quantise(const Exact& exact, std::uint32_t source_px, std::int32_t one, Whole& whole) {
  const std::int64_t edge = std::int64_t{source_px} - 1;
  whole.first_px = std::clamp<std::int64_t>(exact.first_px, 0, edge);
  const std::int64_t end = exact.first_px + static_cast<std::int64_t>(exact.balance.size());
  const std::int64_t last_px = std::clamp<std::int64_t>(end - 1, 0, edge);
  const std::int32_t half = one / 2;
  whole.weights.clear();
  std::int32_t given = 0;
  for (std::int64_t at = whole.first_px; at < last_px; ++at) {
    const std::int32_t due = half + nearest(exact.balance[static_cast<std::size_t>(at - exact.first_px)] * half);
    whole.weights.push_back(due - given);
    given = due;
  }
  whole.weights.push_back(one - given);
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
  Whole whole;
  const std::uint32_t count = axis.target_px + 2 * margin_px;
  entries_.reserve(count);
  for (std::uint32_t at = 0; at < count; ++at) {
    weigh(axis, filter, std::int64_t{at} - margin_px, exact);
    std::uint32_t shift = 15;
    quantise(exact, axis.source_px, 1 << shift, whole);
    if (!fits(whole.weights)) quantise(exact, axis.source_px, 1 << --shift, whole);
    append(static_cast<std::uint32_t>(whole.first_px), shift, whole.weights);
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
