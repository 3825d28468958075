#include "policy/json.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <new>
#include <nlohmann/json.hpp>
#include <utility>

namespace locket::policy {
namespace {

// Walks the text for the parser and tells, through `seen`, how far it has come.
class CountingIterator {
 public:
  using iterator_category = std::forward_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, const char** seen) noexcept : at_(at), seen_(seen) {}

  reference operator*() const noexcept { return *at_; }

  CountingIterator& operator++() noexcept {
    *seen_ = ++at_;
    return *this;
  }

  CountingIterator operator++(int) noexcept {
    CountingIterator before = *this;
    ++*this;
    return before;
  }

  bool operator==(const CountingIterator& other) const noexcept { return at_ == other.at_; }

 private:
  const char* at_;
  const char** seen_;
};

constexpr std::uint32_t node_index_max = (std::uint32_t{1} << 29) - 1;
constexpr std::size_t few_keys = 12;  // up to here comparing all pairs is cheaper than sorting

}  // namespace

// Takes the parser's events and lays the values down in order. A callback returns false to stop.
class JsonBuilder {
 public:
  using Node = JsonDocument::Node;

  JsonBuilder(JsonDocument& document, const JsonLimits& limits) : document_(document), limits_(limits) {}

  const std::string& reason() const noexcept { return reason_; }

  bool null() { return add(JsonKind::null) != nullptr; }

  bool boolean(bool value) {
    Node* node = add(JsonKind::boolean);
    if (node == nullptr) return false;
    node->boolean = value;
    return true;
  }

  bool number_integer(std::int64_t value) {
    Node* node = add(JsonKind::integer);
    if (node == nullptr) return false;
    node->integer = value;
    return true;
  }

  bool number_unsigned(std::uint64_t value) {
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return refuse("an integer outside of 64 bits with sign");
    }
    return number_integer(static_cast<std::int64_t>(value));
  }

  bool number_float(double value, const std::string& written) {
    // The parser falls back to a decimal for an integer that does not fit.
    if (written.find_first_of(".eE") == std::string::npos) return refuse("an integer outside of 64 bits with sign");
    Node* node = add(JsonKind::decimal);
    if (node == nullptr) return false;
    node->decimal = value;
    return true;
  }

  bool string(std::string& value) {
    Node* node = add(JsonKind::string);
    if (node == nullptr) return false;
    node->string = keep(value);
    return true;
  }

  bool binary(std::vector<std::uint8_t>& /*value*/) { return refuse("not a JSON text"); }

  bool key(std::string& value) {
    key_ = keep(value);
    return true;
  }

  bool start_object(std::size_t /*unknown*/) { return open(JsonKind::object); }

  bool end_object() {
    if (has_duplicate_key(open_.back())) return refuse("a key that stands twice in one object");
    return close();
  }

  bool start_array(std::size_t /*unknown*/) { return open(JsonKind::array); }

  bool end_array() { return close(); }

  bool parse_error(std::size_t /*position*/, const std::string& /*token*/, const nlohmann::json::exception& error) {
    constexpr int out_of_range = 406;  // the library's number for a decimal that is not finite
    return refuse(error.id == out_of_range ? "a number that is too large" : "not well-formed");
  }

 private:
  bool refuse(std::string_view reason) {
    reason_ = reason;
    return false;
  }

  // The parser has checked that all text together fits into 32 bits.
  JsonDocument::Span keep(const std::string& value) {
    const JsonDocument::Span span{static_cast<std::uint32_t>(document_.text_.size()),
                                  static_cast<std::uint32_t>(value.size())};
    document_.text_ += value;
    return span;
  }

  Node* add(JsonKind kind) {
    const std::size_t index = document_.nodes_.size();
    if (index >= limits_.values_max || index >= node_index_max) {
      refuse("too many values");
      return nullptr;
    }
    if (!open_.empty()) ++document_.nodes_[open_.back()].count;
    Node& node = document_.nodes_.emplace_back();
    node.integer = 0;
    node.key = std::exchange(key_, {});
    node.after = static_cast<std::uint32_t>(index + 1) & node_index_max;
    node.kind = static_cast<std::uint32_t>(kind) & 7U;
    return &node;
  }

  bool open(JsonKind kind) {
    if (open_.size() >= limits_.depth_max) return refuse("nested too deeply");
    Node* node = add(kind);
    if (node == nullptr) return false;
    node->count = 0;
    open_.push_back(static_cast<std::uint32_t>(document_.nodes_.size() - 1));
    return true;
  }

  bool close() {
    document_.nodes_[open_.back()].after = static_cast<std::uint32_t>(document_.nodes_.size()) & node_index_max;
    open_.pop_back();
    return true;
  }

  std::string_view key_of(const Node& node) const {
    return std::string_view(document_.text_).substr(node.key.start, node.key.bytes);
  }

  bool has_duplicate_key(std::uint32_t object) {
    std::vector<std::string_view>& keys = keys_;
    keys.clear();
    for (std::size_t i = object + 1; i < document_.nodes_.size(); i = document_.nodes_[i].after) {
      keys.push_back(key_of(document_.nodes_[i]));
    }
    if (keys.size() <= few_keys) {
      for (std::size_t i = 1; i < keys.size(); ++i) {
        if (std::find(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(i), keys[i]) !=
            keys.begin() + static_cast<std::ptrdiff_t>(i)) {
          return true;
        }
      }
      return false;
    }
    std::sort(keys.begin(), keys.end());
    return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
  }

  JsonDocument& document_;
  const JsonLimits& limits_;
  std::string reason_;
  JsonDocument::Span key_{};
  std::vector<std::uint32_t> open_;
  std::vector<std::string_view> keys_;
};

Result<JsonDocument> parse_json(std::string_view text, const JsonLimits& limits) try {
  if (text.size() > limits.bytes_max || text.size() > std::numeric_limits<std::uint32_t>::max()) {
    return fail(Code::json_invalid, "too large");
  }
  // The parser would take a NUL for the end of the text and skip a byte order mark.
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return fail(Code::json_invalid, "a NUL at byte " + std::to_string(nul));
  }
  if (text.starts_with("\xEF\xBB\xBF")) return fail(Code::json_invalid, "a byte order mark");
  JsonDocument document;
  JsonBuilder builder(document, limits);
  const char* seen = text.data();
  if (!nlohmann::json::sax_parse(CountingIterator(text.data(), &seen),
                                 CountingIterator(text.data() + text.size(), &seen), &builder)) {
    return fail(Code::json_invalid, builder.reason() + " at byte " + std::to_string(seen - text.data()));
  }
  return document;
} catch (const std::bad_alloc&) {
  return std::unexpected<Error>(Error{Code::out_of_memory, {}});
} catch (const std::exception&) {
  return std::unexpected<Error>(Error{Code::json_invalid, {}});
}

JsonKind JsonValue::kind() const noexcept {
  if (document_ == nullptr) return JsonKind::absent;
  return static_cast<JsonKind>(document_->nodes_[index_].kind);
}

std::optional<bool> JsonValue::boolean() const noexcept {
  if (kind() != JsonKind::boolean) return std::nullopt;
  return document_->nodes_[index_].boolean;
}

std::optional<std::int64_t> JsonValue::integer() const noexcept {
  if (kind() != JsonKind::integer) return std::nullopt;
  return document_->nodes_[index_].integer;
}

std::optional<double> JsonValue::number() const noexcept {
  if (kind() == JsonKind::decimal) return document_->nodes_[index_].decimal;
  if (kind() == JsonKind::integer) return static_cast<double>(document_->nodes_[index_].integer);
  return std::nullopt;
}

std::optional<std::string_view> JsonValue::string() const noexcept {
  if (kind() != JsonKind::string) return std::nullopt;
  const JsonDocument::Span span = document_->nodes_[index_].string;
  return std::string_view(document_->text_.data() + span.start, span.bytes);
}

std::string_view JsonValue::key() const noexcept {
  if (document_ == nullptr) return {};
  const JsonDocument::Span span = document_->nodes_[index_].key;
  return {document_->text_.data() + span.start, span.bytes};
}

std::size_t JsonValue::size() const noexcept {
  const bool holds_values = kind() == JsonKind::array || kind() == JsonKind::object;
  return holds_values ? document_->nodes_[index_].count : 0;
}

JsonValue JsonValue::find(std::string_view key) const noexcept {
  if (kind() != JsonKind::object) return {};
  for (const JsonValue member : *this) {
    if (member.key() == key) return member;
  }
  return {};
}

JsonValue::Iterator JsonValue::begin() const noexcept {
  if (document_ == nullptr) return end();
  return Iterator({*document_, index_ + 1});
}

JsonValue::Iterator JsonValue::end() const noexcept {
  if (document_ == nullptr) return Iterator({});
  return Iterator({*document_, document_->nodes_[index_].after});
}

JsonValue::Iterator& JsonValue::Iterator::operator++() noexcept {
  value_.index_ = value_.document_->nodes_[value_.index_].after;
  return *this;
}

// One value only: a tree of nlohmann's takes memory to be taken down, and where there is none, ends the process.
std::string write_json_string(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace locket::policy
