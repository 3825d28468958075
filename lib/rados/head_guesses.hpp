#pragma once

#include <array>
#include <mutex>
#include <optional>
#include <vector>

#include "rados/thumbnail_head.hpp"

namespace locket::rados {

/// What an iModel's object said when it was last seen: the head, or that there was no object.
struct SeenHead {
  std::optional<ThumbnailHead> head;
};

/// What was last seen of some iModels, so that a replacement need not look again: if it has changed since, the cluster
/// refuses the replacement. Never used for an answer. Any thread.
class HeadGuesses {
 public:
  /// Remembers.
  void remember(const Guid& imodel_id, const std::optional<ThumbnailHead>& head);

  /// Gives what was remembered, once. Nothing: nothing is known.
  [[nodiscard]] std::optional<SeenHead> take(const Guid& imodel_id);

 private:
  static constexpr std::size_t places = 1'024;
  struct Place {
    std::mutex mutex;
    Guid imodel_id;
    std::optional<SeenHead> seen;
  };

  [[nodiscard]] Place& place_of(const Guid& imodel_id) noexcept { return places_[GuidHash()(imodel_id) % places]; }

  std::vector<Place> places_{places};
};

}  // namespace locket::rados
