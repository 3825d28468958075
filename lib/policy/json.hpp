#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "locket/error.hpp"

namespace locket::policy {

/// What one JSON text may cost.
struct JsonLimits {
  std::uint64_t bytes_max = 0;   ///< of the text; at most 4,294,967,295 count
  std::uint32_t depth_max = 0;   ///< arrays and objects within one another; a plain value has depth 0
  std::uint32_t values_max = 0;  ///< nulls, booleans, numbers, strings, arrays and objects together
};

/// The kinds of JSON values; a number without fraction and exponent is an integer, and `absent` is no value at all.
enum class JsonKind : std::uint8_t { absent, null, boolean, integer, decimal, string, array, object };

class JsonDocument;

/// One value of a `JsonDocument`, or the absence of one: a handle that costs nothing to copy. Valid as long as the
/// document stays where it is; any thread may read. Asking an absent value for anything gives nothing.
class JsonValue {
 public:
  /// Walks the elements of an array or the members of an object in the order of the text.
  class Iterator;

  /// The kind. Never fails.
  [[nodiscard]] JsonKind kind() const noexcept;

  /// The value of a boolean; nothing for any other kind.
  [[nodiscard]] std::optional<bool> boolean() const noexcept;

  /// The value of an integer; nothing for any other kind, a decimal included.
  [[nodiscard]] std::optional<std::int64_t> integer() const noexcept;

  /// The value of an integer or a decimal, always finite; nothing for any other kind.
  [[nodiscard]] std::optional<double> number() const noexcept;

  /// The value of a string, decoded, valid UTF-8, maybe with NUL inside; nothing for any other kind. Lives as long as
  /// the document.
  [[nodiscard]] std::optional<std::string_view> string() const noexcept;

  /// The key under which this value stands in its object, decoded; empty for the root and for elements of an array.
  [[nodiscard]] std::string_view key() const noexcept;

  /// The count of elements or members; 0 for any other kind.
  [[nodiscard]] std::size_t size() const noexcept;

  /// Whether there is a value.
  [[nodiscard]] explicit operator bool() const noexcept { return document_ != nullptr; }

  /// The member with this key; an absent value when there is none or when this is no object. Cost: linear in the
  /// members.
  [[nodiscard]] JsonValue find(std::string_view key) const noexcept;

  /// The first element or member; equal to `end()` for any other kind.
  [[nodiscard]] Iterator begin() const noexcept;

  /// One past the last.
  [[nodiscard]] Iterator end() const noexcept;

 private:
  friend class JsonDocument;
  JsonValue() = default;
  JsonValue(const JsonDocument& document, std::uint32_t index) noexcept : document_(&document), index_(index) {}

  const JsonDocument* document_ = nullptr;
  std::uint32_t index_ = 0;
};

class JsonValue::Iterator {
 public:
  using iterator_category = std::input_iterator_tag;  // it gives values, not references
  using value_type = JsonValue;
  using difference_type = std::ptrdiff_t;
  using pointer = const JsonValue*;
  using reference = JsonValue;

  /// The value here; not at `end()`.
  JsonValue operator*() const noexcept { return value_; }

  /// On to the next element or member.
  Iterator& operator++() noexcept;

  bool operator==(const Iterator& other) const noexcept { return value_.index_ == other.value_.index_; }

 private:
  friend class JsonValue;
  explicit Iterator(JsonValue value) noexcept : value_(value) {}

  JsonValue value_;
};

/// A parsed JSON text: 24 bytes a value and one block for all strings. Moving it ends the validity of its values.
class JsonDocument {
 public:
  /// The outermost value.
  [[nodiscard]] JsonValue root() const noexcept { return {*this, 0}; }

 private:
  friend class JsonValue;
  friend class JsonBuilder;
  friend Result<JsonDocument> parse_json(std::string_view text, const JsonLimits& limits);
  JsonDocument() = default;

  // A place in `text_`.
  struct Span {
    std::uint32_t start;
    std::uint32_t bytes;
  };

  // Values stand in the order of the text, so the members of one value follow it directly.
  struct Node {
    union {
      bool boolean;
      std::int64_t integer;
      double decimal;
      Span string;
      std::uint32_t count;
    };
    Span key;
    std::uint32_t after : 29;  // the index that follows this value and all within it
    std::uint32_t kind : 3;
  };

  std::vector<Node> nodes_;
  std::string text_;
};

/// Reads one strict JSON text (RFC 8259).
/// Inputs: the text, which may be any bytes and need live only during the call; its limits.
/// Result: the document; or `json_invalid` for anything that RFC 8259 does not allow and beyond it for a byte order
/// mark, a key that stands twice in one object (compared decoded), an integer outside of 64 bits with sign, a decimal
/// that is not finite, ill-formed UTF-8, a lone surrogate, bytes after the value, or a limit passed. The detail gives
/// the reason and the byte, never the text. `out_of_memory`. Never throws. Any thread. Cost: linear, without recursion;
/// n log n in the keys of one object.
[[nodiscard]] Result<JsonDocument> parse_json(std::string_view text, const JsonLimits& limits);

/// A text as a JSON string, quotes included; what is not UTF-8 becomes replacement characters. Throws std::bad_alloc.
[[nodiscard]] std::string write_json_string(std::string_view text);

}  // namespace locket::policy
