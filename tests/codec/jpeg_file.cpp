#include "jpeg_file.hpp"

namespace locket::codec {
namespace {

constexpr std::uint8_t dht = 0xC4;
constexpr std::uint8_t soi = 0xD8;
constexpr std::uint8_t eoi = 0xD9;
constexpr std::uint8_t sos = 0xDA;
constexpr std::uint8_t dqt = 0xDB;

void append_u16(std::vector<std::uint8_t>& bytes, std::size_t value) {
  bytes.push_back(static_cast<std::uint8_t>(value >> 8));
  bytes.push_back(static_cast<std::uint8_t>(value));
}

}  // namespace

JpegFile::JpegFile() {
  bytes_ = {std::byte{0xFF}, std::byte{soi}};
  std::vector<std::uint8_t> table(65, 1);
  table.front() = 0;
  segment(dqt, table);
}

JpegFile& JpegFile::segment(std::uint8_t marker, std::span<const std::uint8_t> body) {
  std::vector<std::uint8_t> start{0xFF, marker};
  append_u16(start, body.size() + 2);
  for (const std::uint8_t byte : start) bytes_.push_back(std::byte{byte});
  for (const std::uint8_t byte : body) bytes_.push_back(std::byte{byte});
  return *this;
}

JpegFile& JpegFile::frame(std::uint8_t marker, PixelSize size, std::initializer_list<std::uint8_t> sampling) {
  std::vector<std::uint8_t> body{8};
  append_u16(body, size.height_px);
  append_u16(body, size.width_px);
  body.push_back(static_cast<std::uint8_t>(sampling.size()));
  std::uint8_t name = 1;
  for (const std::uint8_t factors : sampling) body.insert(body.end(), {name++, factors, 0});
  return segment(marker, body);
}

JpegFile& JpegFile::huffman_table(std::uint8_t kind, std::span<const std::uint8_t> symbols) {
  std::vector<std::uint8_t> body(17);
  body[0] = static_cast<std::uint8_t>(kind << 4);
  for (std::size_t i = 0; i < symbols.size(); ++i) body[1 + i] = 1;
  body.insert(body.end(), symbols.begin(), symbols.end());
  return segment(dht, body);
}

JpegFile& JpegFile::scan(const JpegScan& scan, std::span<const std::uint8_t> data) {
  std::vector<std::uint8_t> body{static_cast<std::uint8_t>(scan.components.size())};
  for (const std::uint8_t component : scan.components) body.insert(body.end(), {component, 0});
  body.insert(body.end(), {scan.first_coefficient, scan.last_coefficient,
                           static_cast<std::uint8_t>(scan.sent_bits << 4 | scan.missing_bits)});
  segment(sos, body);
  for (const std::uint8_t byte : data) bytes_.push_back(std::byte{byte});
  return *this;
}

JpegFile& JpegFile::end() {
  bytes_.insert(bytes_.end(), {std::byte{0xFF}, std::byte{eoi}});
  return *this;
}

}  // namespace locket::codec
