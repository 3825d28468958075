#include "fuzz_target.hpp"
#include "policy/key_set.hpp"
#include "second_reader.hpp"

namespace locket::fuzz {

void feed_key_set(BytesView input) {
  const Limits limits;
  const auto keys = policy::KeySet::parse(as_text(input), {}, limits);
  const auto judged = second::read_json(as_text(input), static_cast<int>(limits.json_depth_max));
  if (!keys) {
    const Code code = keys.error().code;
    demand(code == Code::json_invalid || code == Code::key_invalid, "a document's fault has its code");
    return;
  }
  demand(judged.has_value() && judged->kind == 'o', "the second reader takes it as well");
  std::size_t entries = 0;
  for (const auto& [name, value] : judged->children) {
    if (name == "keys") entries = value.children.size();
  }
  demand((keys->size() >= 1 || entries == 0) && keys->size() + keys->passed_over() == entries,
         "every key is used or passed over");
  demand(entries <= limits.jwks_keys_max, "the limit of keys is kept");
}

}  // namespace locket::fuzz
