#include "rados/wire.hpp"

#include <charconv>

namespace locket::rados {
namespace {

constexpr std::string_view digits = "0123456789abcdef";

}  // namespace

Encoder& Encoder::add(std::uint64_t value) {
  for (unsigned i = 0; i < 8; ++i) text_ += static_cast<char>(value >> (8 * i) & 255U);
  return *this;
}

Encoder& Encoder::add(std::string_view text) {
  add(static_cast<std::uint64_t>(text.size()));
  text_ += text;
  return *this;
}

std::string_view Decoder::take(std::uint64_t bytes) noexcept {
  if (!sound_ || bytes > rest_.size()) {
    sound_ = false;
    rest_ = {};
    return {};
  }
  const std::string_view part = rest_.substr(0, bytes);
  rest_.remove_prefix(bytes);
  return part;
}

std::uint64_t Decoder::integer() noexcept {
  std::uint64_t value = 0;
  unsigned place = 0;
  for (const char c : take(8)) value |= std::uint64_t{static_cast<unsigned char>(c)} << (8 * place++);
  return value;
}

std::string_view Decoder::text() noexcept { return take(integer()); }

std::size_t Decoder::count() noexcept {
  const std::uint64_t entries = integer();
  if (entries > rest_.size()) sound_ = false;
  return sound_ ? entries : 0;
}

std::string hex_of(std::uint64_t number) {
  std::string text(16, '0');
  for (std::size_t i = 0; i < 16; ++i) text[15 - i] = digits[number >> (4 * i) & 15U];
  return text;
}

std::string hex_of(BytesView bytes) {
  std::string text;
  for (const std::byte byte : bytes) {
    text += digits[std::to_integer<unsigned>(byte) >> 4U];
    text += digits[std::to_integer<unsigned>(byte) & 15U];
  }
  return text;
}

bool read_hex(std::string_view text, std::uint64_t& number) noexcept {
  if (text.size() != 16) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace locket::rados
