#include "codec/progressive_blocks.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include "codec/block_place.hpp"

namespace locket::codec {
namespace {

/// Makes the table of a component in a scan. Result: whether it is a code, and no coefficient could leave its 16 bits.
bool make_band(const ProgressiveScan& scan, BytesView code, ProgressiveBand& band) noexcept {
  band.places = block_places;
  band.first_place = scan.first_place;
  band.last_place = scan.last_place;
  band.low_bit = scan.low_bit;
  band.refines = scan.refines;
  band.last_dc = 0;
  band.empty_blocks = 0;
  if (code.empty()) return true;
  const bool is_dc = scan.first_place == 0;
  if (!make_jpeg_huffman_table(code, is_dc ? JpegCodeKind::dc : JpegCodeKind::progressive_ac, band.code)) return false;
  constexpr unsigned coefficient_bits = 15;
  const BytesView symbols = code.subspan(JpegHuffmanTable::code_bits_max);
  return is_dc || std::none_of(symbols.begin(), symbols.end(), [&](std::byte symbol) {
           return (std::to_integer<unsigned>(symbol) & 15) + scan.low_bit > coefficient_bits;
         });
}

/// Adds up four blocks' marks: the last place that has a coefficient.
std::uint8_t last_place_of(const CoefficientFour& four) noexcept {
  std::uint64_t any = 0;
  for (const std::uint64_t present : four.present) any |= present;
  return any == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(63 - std::countr_zero(any));
}

}  // namespace

/// One scan on its way. Each step gives whether all was usual.
class ProgressiveBlocks::Scan {
 public:
  Scan(ProgressiveBlocks& blocks, const ProgressiveScan& scan, std::span<ProgressiveBand> bands, Kernel kernel) noexcept
      : blocks_(blocks),
        scan_(scan),
        bands_(bands),
        kernel_(progressive_kernel(kernel)),
        restart_units_(scan.restart_units == 0 ? std::numeric_limits<std::uint32_t>::max() : scan.restart_units),
        units_to_restart_(restart_units_) {
    bits_.next = reinterpret_cast<const std::uint8_t*>(scan.data.data());
    bits_.end = bits_.next + scan.data.size();
  }

  [[nodiscard]] bool run(BlockCounts counts) noexcept {
    const std::uint32_t down = scan_.components == 1 ? counts.down : blocks_.units_.down;
    for (std::uint32_t y = 0; y < down; ++y) {
      const bool usual = scan_.components == 1 ? run_block_row(y, counts.across) : run_unit_row(y);
      if (!usual || ran_out()) return false;
    }
    return ended();
  }

 private:
  bool run_block_row(std::uint32_t y, std::uint32_t across) noexcept {
    const std::span<CoefficientFour> row = blocks_.row(scan_.first_component, y);
    for (std::uint32_t x = 0; x < across;) {
      if (units_to_restart_ == 0 && !restart()) return false;
      const std::uint32_t together = std::min(across - x, units_to_restart_);
      if (!kernel_(bits_, bands_[0], row, x, together)) return false;
      units_to_restart_ -= together;
      x += together;
    }
    return true;
  }

  bool run_unit_row(std::uint32_t y) noexcept {
    for (std::uint32_t x = 0; x < blocks_.units_.across; ++x) {
      if (units_to_restart_ == 0 && !restart()) return false;
      for (std::size_t i = 0; i < blocks_.components_; ++i) {
        const auto [across, down] = std::pair(blocks_.planes_[i].across, blocks_.planes_[i].down);
        for (std::uint32_t block_y = y * down; block_y < (y + 1) * down; ++block_y) {
          if (!kernel_(bits_, bands_[i], blocks_.row(i, block_y), x * across, across)) return false;
        }
      }
      --units_to_restart_;
    }
    return true;
  }

  bool restart() noexcept {
    if (!ended()) return false;
    bits_ = {.next = bits_.next + 2, .end = bits_.end};
    for (ProgressiveBand& band : bands_) band.last_dc = 0;
    units_to_restart_ = restart_units_;
    return true;
  }

  [[nodiscard]] bool ran_out() const noexcept { return bits_.invented > bits_.count; }

  /// Whether the data ends in the byte of the last bit, and no run goes on behind it.
  [[nodiscard]] bool ended() const noexcept {
    constexpr std::uint32_t byte_bits = 8;
    return !ran_out() && bits_.count - bits_.invented < byte_bits && bits_.next[0] == 0xFF && bits_.next[1] != 0 &&
           std::all_of(bands_.begin(), bands_.end(), [](const auto& band) { return band.empty_blocks == 0; });
  }

  ProgressiveBlocks& blocks_;
  const ProgressiveScan& scan_;
  std::span<ProgressiveBand> bands_;
  ProgressiveKernel kernel_;
  JpegBits bits_;
  std::uint32_t restart_units_;
  std::uint32_t units_to_restart_;
};

std::unique_ptr<ProgressiveBlocks> ProgressiveBlocks::make(const ProgressiveFrame& frame, std::uint64_t bytes_max,
                                                           Kernel kernel) {
  const UnitCounts units = unit_counts(frame.size, frame.sampling);
  const std::size_t components = frame.sampling == ChromaSampling::grey ? 1 : 3;
  const std::size_t groups = (units.across - 1) / UnitBlocks::units_max + 1;
  Planes planes;
  std::size_t fours = 0;
  for (std::size_t i = 0; i < components; ++i) {
    Plane& plane = planes[i];
    if (i == 0) plane.across = unit_width_px(frame.sampling) / 8;
    if (i == 0) plane.down = unit_height_px(frame.sampling) / 8;
    plane.first = fours;
    plane.fours_across = groups * UnitBlocks::units_max / BlockFour::blocks * plane.across;
    fours += plane.fours_across * units.down * plane.down;
    for (std::size_t place = 0; place < block_places.size(); ++place) {
      for (std::size_t block = 0; block < BlockFour::blocks; ++block) {
        plane.steps[block_places[place] + block * BlockFour::side] = frame.quantisation[i][place];
      }
    }
  }
  if (CoefficientMemory::bytes_of(fours) > bytes_max) return nullptr;
  std::unique_ptr<ProgressiveBlocks> blocks(new ProgressiveBlocks(units, components, planes, fours));
  const auto bands = std::make_unique<std::array<ProgressiveBand, 3>>();
  for (const ProgressiveScan& scan : frame.scans) {
    const std::span used = std::span(*bands).first(scan.components);
    for (std::size_t i = 0; i < used.size(); ++i) {
      if (!make_band(scan, scan.codes[i], used[i])) return nullptr;
    }
    if (!Scan(*blocks, scan, used, kernel).run(block_counts(frame.size, frame.sampling, scan.first_component))) {
      return nullptr;
    }
  }
  return blocks;
}

Result<void> ProgressiveBlocks::decode(std::uint32_t units, UnitBlocks& blocks) {
  for (std::size_t i = 0; i < components_; ++i) {
    const Plane& plane = planes_[i];
    const std::size_t first = std::size_t{next_x_} * plane.across / BlockFour::blocks;
    for (std::uint32_t y = 0; y < plane.down; ++y) {
      const CoefficientFour* from = &row(i, std::size_t{next_y_} * plane.down + y)[first];
      for (BlockFour& four : blocks.row(i, y)) {
        four.last = last_place_of(*from);
        for (std::size_t at = 0; at < plane.steps.size(); ++at) {
          four.coefficients[at] = static_cast<std::int16_t>(from->coefficients[at] * plane.steps[at]);
        }
        ++from;
      }
    }
  }
  next_x_ += units;
  if (next_x_ == units_.across) {
    next_x_ = 0;
    ++next_y_;
  }
  return {};
}

}  // namespace locket::codec
