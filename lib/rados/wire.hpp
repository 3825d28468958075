#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "locket/bytes.hpp"
#include "locket/guid.hpp"

namespace locket::rados {

/// Writes values one after the other: integers in eight bytes, little-endian; text with its length before it.
class Encoder {
 public:
  /// Adds an integer.
  Encoder& add(std::uint64_t value);
  /// Adds text of any bytes.
  Encoder& add(std::string_view text);
  /// Adds a GUID.
  Encoder& add(const Guid& id) { return add_raw(id.bytes); }
  /// Adds bytes of a fixed count, without a length.
  template <std::size_t count>
  Encoder& add_raw(const std::array<std::uint8_t, count>& bytes) {
    text_.append(reinterpret_cast<const char*>(bytes.data()), count);
    return *this;
  }

  /// What was written so far.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

/// Reads what an `Encoder` wrote. After the first value that is not there, everything reads as empty and `sound` tells.
class Decoder {
 public:
  /// Reads from `text`, which must stay valid.
  explicit Decoder(std::string_view text) noexcept : rest_(text) {}

  /// The next integer.
  std::uint64_t integer() noexcept;
  /// The next text. A view into what is read.
  std::string_view text() noexcept;
  /// The next GUID.
  Guid guid() noexcept {
    Guid id;
    raw(id.bytes);
    return id;
  }
  /// The next bytes of a fixed count.
  template <std::size_t count>
  void raw(std::array<std::uint8_t, count>& bytes) noexcept {
    const std::string_view part = take(count);
    for (std::size_t i = 0; i < part.size(); ++i) bytes[i] = static_cast<std::uint8_t>(part[i]);
  }
  /// The next integer as a count of entries that follow, each at least one byte long; so a damaged one asks for no more
  /// memory than there are bytes.
  std::size_t count() noexcept;

  /// Whether everything that was read was there.
  [[nodiscard]] bool sound() const noexcept { return sound_; }
  /// Whether, in addition, nothing is left.
  [[nodiscard]] bool finished() const noexcept { return sound_ && rest_.empty(); }

 private:
  std::string_view take(std::uint64_t bytes) noexcept;

  std::string_view rest_;
  bool sound_ = true;
};

/// Sixteen hexadecimal digits of a number, which compare as text as the numbers do.
[[nodiscard]] std::string hex_of(std::uint64_t number);

/// Bytes in hexadecimal.
[[nodiscard]] std::string hex_of(BytesView bytes);

/// The number of sixteen hexadecimal digits; nothing for another text.
[[nodiscard]] bool read_hex(std::string_view text, std::uint64_t& number) noexcept;

}  // namespace locket::rados
