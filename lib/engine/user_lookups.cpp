#include "engine/user_lookups.hpp"

#include <span>

#include "locket/bytes.hpp"

namespace locket::engine {
namespace {

constexpr std::uint64_t answer_bytes = 256;  // with what the memory needs to find it

}  // namespace

// The id comes first, for it has always the same length.
crypto::KeyedTag UserLookups::tag_of(const Question& question) const noexcept {
  return hash_.hash(std::as_bytes(std::span(question.imodel_id.bytes)), as_bytes(question.user));
}

std::optional<std::optional<ImodelEntry>> UserLookups::find(const Question& question) {
  std::optional<std::optional<ImodelEntry>> found;
  if (question.epoch == 0) return found;
  answers_.look_at(tag_of(question), [&](const Answer& answer) {
    if (answer.epoch == question.epoch) found = answer.entry;
  });
  return found;
}

void UserLookups::keep(const Question& question, const std::optional<ImodelEntry>& entry) noexcept {
  if (question.epoch != 0) answers_.keep(tag_of(question), {entry, question.epoch}, answer_bytes);
}

}  // namespace locket::engine
