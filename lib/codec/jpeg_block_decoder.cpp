#include "codec/jpeg_block_decoder.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "codec/block_place.hpp"
#include "codec/jpeg_marker.hpp"

namespace locket::codec {
namespace {

constexpr std::size_t stray_bytes_max = 16;

}  // namespace

JpegBlockDecoder::JpegBlockDecoder(const BaselineScan& scan, Kernel kernel) noexcept
    : kernel_(jpeg_block_kernel(kernel)),
      restart_units_(scan.restart_units == 0 ? std::numeric_limits<std::uint32_t>::max() : scan.restart_units),
      units_to_restart_(restart_units_),
      components_(scan.sampling == ChromaSampling::grey ? 1 : 3) {
  bits_.next = reinterpret_cast<const std::uint8_t*>(scan.data.data());
  bits_.end = bits_.next + scan.data.size();
}

std::unique_ptr<JpegBlockDecoder> JpegBlockDecoder::make(const BaselineScan& scan, Kernel kernel) {
  std::unique_ptr<JpegBlockDecoder> decoder(new JpegBlockDecoder(scan, kernel));
  for (std::size_t i = 0; i < decoder->components_; ++i) {
    const BaselineComponent& from = scan.components[i];
    JpegComponentCode& code = decoder->codes_[i];
    if (!make_jpeg_huffman_table(from.dc_code, JpegCodeKind::dc, code.dc)) return nullptr;
    if (!make_jpeg_huffman_table(from.ac_code, JpegCodeKind::ac, code.ac)) return nullptr;
    for (std::size_t place = 0; place < code.places.size(); ++place) {
      const std::size_t meant = std::min(place, block_places.size() - 1);
      code.places[place] = block_places[meant] | std::uint32_t{from.quantisation[meant]} << 16;
    }
  }
  return decoder;
}

Result<void> JpegBlockDecoder::decode(std::uint32_t units, UnitBlocks& blocks) {
  for (std::uint32_t first = 0; first < units;) {
    if (units_to_restart_ == 0) {
      if (Result<void> restarted = restart(); !restarted) return restarted;
    }
    const std::uint32_t together = std::min(units - first, units_to_restart_);
    const bool known = kernel_(bits_, components(), blocks, first, together);
    if (bits_.invented > bits_.count) return fail(Code::picture_truncated, "the data of a scan ends too early");
    if (!known) return fail(Code::picture_data_invalid, "bits that are no Huffman code");
    units_to_restart_ -= together;
    first += together;
  }
  return {};
}

/// Some cameras leave a few bytes before a marker.
Result<const std::uint8_t*> JpegBlockDecoder::next_marker(std::size_t stray_bytes_most) const {
  std::size_t stray_bytes = (bits_.count - bits_.invented) / 8;
  const std::uint8_t* at = bits_.next;
  while (at[0] != 0xFF || at[1] == 0) {
    const std::size_t bytes = at[0] == 0xFF ? 2 : 1;
    stray_bytes += bytes;
    at += bytes;
  }
  if (stray_bytes <= stray_bytes_most) return at;
  return fail(Code::picture_data_invalid, std::to_string(stray_bytes) + " stray bytes before a marker");
}

/// The markers were counted and stand in their order, but one may stand too early and another be missing.
Result<void> JpegBlockDecoder::restart() {
  const Result<const std::uint8_t*> marker = next_marker(stray_bytes_max);
  if (!marker) return std::unexpected(marker.error());
  if ((*marker)[1] == eoi) return fail(Code::picture_truncated, "the data of a scan ends too early");
  bits_ = {.next = *marker + 2, .end = bits_.end};
  for (JpegComponentCode& code : codes_) code.last_dc = 0;
  units_to_restart_ = restart_units_;
  return {};
}

Result<void> JpegBlockDecoder::finish() const {
  // Here libjpeg does not count those that it has read ahead.
  const Result<const std::uint8_t*> marker = next_marker(stray_bytes_max + sizeof bits_.bits);
  if (!marker) return std::unexpected(marker.error());
  if ((*marker)[1] == eoi) return {};
  return fail(Code::picture_data_invalid, "a restart marker behind the last unit");
}

}  // namespace locket::codec
