#include "rados/head_guesses.hpp"

#include <utility>

namespace locket::rados {

void HeadGuesses::remember(const Guid& imodel_id, const std::optional<ThumbnailHead>& head) {
  Place& place = place_of(imodel_id);
  const std::scoped_lock lock(place.mutex);
  place.imodel_id = imodel_id;
  place.seen = SeenHead{head};
}

std::optional<SeenHead> HeadGuesses::take(const Guid& imodel_id) {
  Place& place = place_of(imodel_id);
  const std::scoped_lock lock(place.mutex);
  if (!place.seen || place.imodel_id != imodel_id) return std::nullopt;
  return std::exchange(place.seen, std::nullopt);
}

}  // namespace locket::rados
