#include "second_reader.hpp"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <set>

namespace locket::second {
namespace {

// Every member function moves `rest` on past what it has read, or gives false.
struct Reader {
  std::string_view rest;
  int depth_left;

  void skip_blanks() {
    while (!rest.empty() && std::string_view(" \t\n\r").find(rest[0]) != std::string_view::npos) rest.remove_prefix(1);
  }

  bool take(std::string_view word) {
    if (rest.substr(0, word.size()) != word) return false;
    rest.remove_prefix(word.size());
    return true;
  }

  bool take_digits(std::string& into) {
    const std::size_t before = into.size();
    while (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') {
      into += rest[0];
      rest.remove_prefix(1);
    }
    return into.size() > before;
  }

  bool read_number(Value& value) {
    std::string& text = value.text;
    bool whole = true;
    if (take("-")) text = "-";
    if (take("0")) {
      text += '0';
    } else if (!take_digits(text)) {
      return false;
    }
    if (take(".")) {
      text += '.';
      whole = false;
      if (!take_digits(text)) return false;
    }
    if (take("e") || take("E")) {
      text += 'e';
      whole = false;
      if (take("-")) {
        text += '-';
      } else if (take("+")) {
        text += '+';
      }
      if (!take_digits(text)) return false;
    }
    value.kind = whole ? 'i' : 'd';
    if (whole) {
      const auto got = std::from_chars(text.data(), text.data() + text.size(), value.integer);
      value.decimal = static_cast<double>(value.integer);
      return got.ec == std::errc();
    }
    value.decimal = std::strtod(text.c_str(), nullptr);
    return std::isfinite(value.decimal);
  }

  bool read_unit(unsigned& unit) {
    if (rest.size() < 4) return false;
    const auto got = std::from_chars(rest.data(), rest.data() + 4, unit, 16);
    if (got.ec != std::errc() || got.ptr != rest.data() + 4) return false;
    rest.remove_prefix(4);
    return true;
  }

  static void append_code_point(std::string& text, unsigned code) {
    if (code < 0x80) {
      text += static_cast<char>(code);
      return;
    }
    const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    const unsigned lead = more == 1 ? 0xC0 : more == 2 ? 0xE0 : 0xF0;
    text += static_cast<char>(lead | code >> (6 * more));
    for (int i = more - 1; i >= 0; --i) text += static_cast<char>(0x80 | (code >> (6 * i) & 0x3F));
  }

  bool read_escape(std::string& text) {
    constexpr std::string_view names = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    if (rest.empty()) return false;
    const std::size_t which = names.find(rest[0]);
    if (which != std::string_view::npos) {
      text += meanings[which];
      rest.remove_prefix(1);
      return true;
    }
    unsigned unit = 0;
    if (!take("u") || !read_unit(unit)) return false;
    if (unit >= 0xDC00 && unit <= 0xDFFF) return false;
    if (unit >= 0xD800 && unit <= 0xDBFF) {
      unsigned low = 0;
      if (!take("\\u") || !read_unit(low) || low < 0xDC00 || low > 0xDFFF) return false;
      unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    }
    append_code_point(text, unit);
    return true;
  }

  // One character of several bytes: decoded, and refused unless encoding it again gives the same bytes.
  bool read_long_character(std::string& text) {
    const auto lead = static_cast<unsigned char>(rest[0]);
    const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC0 || lead > 0xF7 || rest.size() < bytes) return false;
    unsigned code = lead & (0xFFU >> (bytes + 1));
    for (std::size_t i = 1; i < bytes; ++i) code = code << 6 | (static_cast<unsigned char>(rest[i]) & 0x3FU);
    if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return false;
    std::string again;
    append_code_point(again, code);
    if (again != rest.substr(0, bytes)) return false;
    text += again;
    rest.remove_prefix(bytes);
    return true;
  }

  bool read_string(std::string& text) {
    if (!take("\"")) return false;
    while (!rest.empty()) {
      const auto c = static_cast<unsigned char>(rest[0]);
      if (take("\"")) return true;
      if (take("\\")) {
        if (!read_escape(text)) return false;
      } else if (c < 0x20) {
        return false;
      } else if (c < 0x80) {
        text += rest[0];
        rest.remove_prefix(1);
      } else if (!read_long_character(text)) {
        return false;
      }
    }
    return false;
  }

  bool read_children(Value& value, std::string_view close) {
    if (--depth_left < 0) return false;
    std::set<std::string> keys;
    skip_blanks();
    if (take(close)) return ++depth_left > 0;
    do {
      auto& [key, child] = value.children.emplace_back();
      skip_blanks();
      if (value.kind == 'o') {
        if (!read_string(key) || !keys.insert(key).second) return false;
        skip_blanks();
        if (!take(":")) return false;
      }
      if (!read_value(child)) return false;
      skip_blanks();
    } while (take(","));
    return take(close) && ++depth_left > 0;
  }

  bool read_value(Value& value) {
    skip_blanks();
    if (rest.empty()) return false;
    for (const std::string_view word : {"null", "true", "false"}) {
      if (take(word)) {
        value.kind = word[0];
        return true;
      }
    }
    if (rest[0] == '"') {
      value.kind = 's';
      return read_string(value.text);
    }
    if (take("[")) {
      value.kind = 'a';
      return read_children(value, "]");
    }
    if (take("{")) {
      value.kind = 'o';
      return read_children(value, "}");
    }
    return read_number(value);
  }
};

const Value* member(const Value& object, std::string_view key) {
  for (const auto& [name, value] : object.children) {
    if (name == key) return &value;
  }
  return nullptr;
}

bool is_name(const Value* value) {
  if (value == nullptr || value->kind != 's' || value->text.empty() || value->text.size() > 256) return false;
  for (const char c : value->text) {
    if ((c >= 0 && c < ' ') || c == '\x7F') return false;
  }
  return true;
}

bool is_date(const Value& value) {
  return (value.kind == 'i' || value.kind == 'd') && value.decimal >= 0 && value.decimal <= 253'402'300'799.0;
}

// The texts that an audience or an array of scopes lists; nothing when it is of another kind.
std::optional<std::vector<std::string>> texts_of(const Value& value) {
  if (value.kind != 'a') return std::nullopt;
  std::vector<std::string> texts;
  for (const auto& [key, element] : value.children) {
    if (element.kind != 's') return std::nullopt;
    texts.push_back(element.text);
  }
  return texts;
}

std::optional<std::vector<std::string>> scopes_of(const Value& value) {
  if (value.kind != 's') return texts_of(value);
  std::vector<std::string> scopes(1);
  for (const char c : value.text) {
    if (c == ' ') {
      scopes.emplace_back();
    } else if (c == '!' || (c >= '#' && c <= '[') || (c >= ']' && c <= '~')) {
      scopes.back() += c;
    } else {
      return std::nullopt;
    }
  }
  for (const std::string& scope : scopes) {
    if (scope.empty()) return std::nullopt;
  }
  return scopes;
}

bool lists(const std::vector<std::string>& texts, const std::string& wanted) {
  for (const std::string& text : texts) {
    if (text == wanted) return true;
  }
  return false;
}

bool names_the_right_parties(const Value& payload, const Demands& demands) {
  const Value* issuer = member(payload, "iss");
  if (issuer != nullptr && issuer->kind != 's') return false;
  if (!demands.issuer.empty() && (issuer == nullptr || issuer->text != demands.issuer)) return false;
  const Value* audience = member(payload, "aud");
  std::vector<std::string> audiences;
  if (audience != nullptr) {
    const auto texts = audience->kind == 's' ? std::vector{audience->text} : texts_of(*audience);
    if (!texts) return false;
    audiences = *texts;
  }
  return demands.audience.empty() || lists(audiences, demands.audience);
}

bool holds_now(const Value& payload, const Demands& demands) {
  const Value* expires = member(payload, "exp");
  if (expires == nullptr || !is_date(*expires)) return false;
  if (demands.now_s >= std::floor(expires->decimal) + static_cast<double>(demands.leeway_s)) return false;
  for (const char* name : {"nbf", "iat"}) {
    const Value* start = member(payload, name);
    if (start == nullptr) continue;
    if (!is_date(*start)) return false;
    const double whole = name[0] == 'n' ? std::ceil(start->decimal) : std::floor(start->decimal);
    if (whole > static_cast<double>(demands.now_s + demands.leeway_s)) return false;
  }
  return true;
}

}  // namespace

std::optional<Value> read_json(std::string_view text, int depth_max) {
  Reader reader{text, depth_max};
  Value value;
  if (!reader.read_value(value)) return std::nullopt;
  reader.skip_blanks();
  if (!reader.rest.empty()) return std::nullopt;
  return value;
}

std::string describe(const Value& value) {
  char number[40];
  switch (value.kind) {
    case 'i': return "i" + std::to_string(value.integer);
    case 'd': std::snprintf(number, sizeof number, "d%.17g", value.decimal); return number;
    case 's': return "s" + std::to_string(value.text.size()) + ':' + value.text;
    case 'a':
    case 'o': {
      std::string text{value.kind};
      for (const auto& [key, child] : value.children) text += '<' + key + '=' + describe(child) + '>';
      return text + '.';
    }
    default: return std::string(1, value.kind);
  }
}

std::optional<std::string> decode(std::string_view text) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string bits;
  for (const char letter : text) {
    const std::size_t value = alphabet.find(letter);
    if (value == std::string_view::npos) return std::nullopt;
    for (int bit = 5; bit >= 0; --bit) bits += (value >> bit & 1U) != 0 ? '1' : '0';
  }
  std::string bytes;
  while (bits.size() >= 8) {
    bytes += static_cast<char>(std::strtoul(bits.substr(0, 8).c_str(), nullptr, 2));
    bits.erase(0, 8);
  }
  if (bits.size() >= 6 || bits.find('1') != std::string::npos) return std::nullopt;
  return bytes;
}

std::optional<Person> judge(std::string_view payload, const Demands& demands) {
  const auto root = read_json(payload, 32);
  if (!root || root->kind != 'o') return std::nullopt;
  const Value* scope = member(*root, "scope");
  const auto scopes = scope == nullptr ? std::nullopt : scopes_of(*scope);
  const Value* user = member(*root, "sub");
  const Value* client = member(*root, "client_id");
  if (!scopes || !lists(*scopes, demands.scope) || !is_name(user) || !is_name(client)) return std::nullopt;
  if (!names_the_right_parties(*root, demands) || !holds_now(*root, demands)) return std::nullopt;
  return Person{user->text, client->text, static_cast<std::int64_t>(std::floor(member(*root, "exp")->decimal))};
}

}  // namespace locket::second
