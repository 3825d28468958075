#include "engine/user_lookups.hpp"

#include <span>

#include "locket/bytes.hpp"

namespace locket::engine {
namespace {

constexpr std::uint64_t answer_bytes = 256;  // with what the memory needs to find it

}  // namespace

// The id comes first, for it has always the same length.
UserLookups::Question UserLookups::ask(std::string_view user, const Guid& imodel_id,
                                       std::uint64_t epoch) const noexcept {
  return {epoch == 0 ? crypto::KeyedTag{} : hash_.hash(std::as_bytes(std::span(imodel_id.bytes)), as_bytes(user)),
          epoch};
}

// In the lower half of all ids, so that a store always searches in the same direction.
Guid UserLookups::stand_in(std::string_view text) const noexcept {
  Guid id{hash_.hash(as_bytes(text))};
  id.bytes[0] &= 0x7F;
  return id;
}

std::optional<std::optional<ImodelEntry>> UserLookups::find(const Question& question) {
  std::optional<std::optional<ImodelEntry>> found;
  if (question.epoch == 0) return found;
  answers_.look_at(question.tag, [&](const Answer& answer) {
    if (answer.epoch == question.epoch) found = answer.entry;
  });
  return found;
}

void UserLookups::keep(const Question& question, const std::optional<ImodelEntry>& entry) noexcept {
  if (question.epoch != 0) answers_.keep(question.tag, {entry, question.epoch}, answer_bytes);
}

}  // namespace locket::engine
