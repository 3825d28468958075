#include "codec/baseline_scan.hpp"

#include "codec/jpeg_marker.hpp"
#include "codec/jpeg_tables.hpp"

namespace locket::codec {
namespace {

/// Whether the scan holds all components of the frame in their order, and all of their coefficients at once.
bool take_scan(const JpegTables& tables, std::size_t components, JpegTables::Body body, BaselineScan& scan) noexcept {
  if (body.size() != 4 + 2 * components || body[0] != components || !tables.has_usual_colours()) return false;
  for (std::size_t i = 0; i < components; ++i) {
    if (tables.component_named(body[1 + 2 * i]) != i) return false;
    const std::optional<JpegTables::Quantisation> quantisation = tables.quantisation(i);
    BaselineComponent& component = scan.components[i];
    component.dc_code = tables.dc_code(body[2 + 2 * i] >> 4);
    component.ac_code = tables.ac_code(body[2 + 2 * i] & 15U);
    if (!quantisation || component.dc_code.empty() || component.ac_code.empty()) return false;
    component.quantisation = *quantisation;
  }
  const JpegTables::Body spectrum = body.last(3);
  return spectrum[0] == 0 && spectrum[1] == 63 && spectrum[2] == 0;
}

}  // namespace

std::optional<BaselineScan> read_baseline_scan(const JpegLayout& layout) noexcept {
  if (layout.progressive || layout.several_scans || layout.components == 4) return std::nullopt;
  const JpegTables::Body picture(reinterpret_cast<const std::uint8_t*>(layout.picture.data()), layout.picture.size());
  JpegTables tables(layout);
  for (std::size_t at = 2;;) {
    const std::optional<JpegSegment> segment = jpeg_segment_at(picture, at);
    if (!segment) return std::nullopt;
    at = segment->end;
    if (segment->marker == sos) {
      BaselineScan scan;
      if (!take_scan(tables, layout.components, segment->body, scan)) return std::nullopt;
      scan.size = layout.size;
      scan.sampling = tables.sampling();
      scan.restart_units = tables.restart_units();
      scan.data = layout.picture.subspan(at);
      const UnitCounts units = unit_counts(scan.size, scan.sampling);
      const std::uint64_t restarts = restarts_between(std::uint64_t{units.across} * units.down, scan.restart_units);
      const std::optional<std::size_t> end = usual_data_end(picture.subspan(at), restarts);
      if (!end || picture[at + *end + 1] != eoi) return std::nullopt;
      return scan;
    }
    if (!tables.take(segment->marker, segment->body)) return std::nullopt;
  }
}

}  // namespace locket::codec
