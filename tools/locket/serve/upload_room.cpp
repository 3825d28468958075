#include "serve/upload_room.hpp"

namespace locket::tool {

std::optional<UploadRoom::Lease> UploadRoom::take(std::string_view user, std::uint64_t bytes) {
  const std::lock_guard guard(mutex_);
  const auto has_room = [bytes](const Use& use, const Use& most) {
    return use.uploads < most.uploads && use.bytes + bytes <= most.bytes;
  };
  auto found = users_.find(user);
  if (!has_room(all_, all_max_)) return std::nullopt;
  if (!has_room(found != users_.end() ? found->second : Use{}, user_max_)) return std::nullopt;
  if (found == users_.end()) found = users_.emplace(user, Use{}).first;
  for (Use* use : {&all_, &found->second}) {
    use->bytes += bytes;
    ++use->uploads;
  }
  return Lease(*this, found, bytes);
}

std::uint64_t UploadRoom::bytes() const {
  const std::lock_guard guard(mutex_);
  return all_.bytes;
}

std::uint64_t UploadRoom::uploads() const {
  const std::lock_guard guard(mutex_);
  return all_.uploads;
}

void UploadRoom::give_back(Users::iterator user, std::uint64_t bytes) noexcept {
  const std::lock_guard guard(mutex_);
  for (Use* use : {&all_, &user->second}) {
    use->bytes -= bytes;
    --use->uploads;
  }
  if (user->second.uploads == 0) users_.erase(user);
}

}  // namespace locket::tool
