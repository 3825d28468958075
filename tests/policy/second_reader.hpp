#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace locket::second {

struct Child;

/// A JSON value of the second reader, which shares no line with the library's and is there to be compared with it.
struct Value {
  char kind = 'n';     ///< n null, t true, f false, i integer, d decimal, s string, a array, o object
  std::string text;    ///< of a string, decoded; of a number, as it was written
  double decimal = 0;  ///< of a number
  std::int64_t integer = 0;
  std::vector<Child> children;  ///< members, or elements with an empty key
};

/// A value within another.
struct Child {
  std::string key;
  Value value;
};

/// Reads strict JSON by recursive descent. Inputs: the text; how deep arrays and objects may nest. Nothing when it is
/// wrong in any way that the library's reader must refuse.
std::optional<Value> read_json(std::string_view text, int depth_max);

/// Writes a value so that two readers' views of it can be compared as texts.
std::string describe(const Value& value);

/// Decodes canonical base64url; nothing for any other text.
std::optional<std::string> decode(std::string_view text);

/// Who a payload names, if it is to be accepted.
struct Person {
  std::string user;
  std::string client_id;
  std::int64_t expires_s = 0;

  bool operator==(const Person&) const = default;
};

/// What is asked of a payload.
struct Demands {
  std::string issuer;
  std::string audience;
  std::string scope;
  std::int64_t now_s = 0;
  std::int64_t leeway_s = 0;
};

/// Judges a payload by the contract's words.
std::optional<Person> judge(std::string_view payload, const Demands& demands);

}  // namespace locket::second
