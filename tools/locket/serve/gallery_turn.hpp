#pragma once

#include "serve/worker.hpp"

namespace locket::tool {

/// The turn of one gallery request, which ends with this: only `gallery_requests_max` may have one at once, for all
/// wait for the same thread. Any thread.
class GalleryTurn {
 public:
  /// Takes a turn, if there is one. Input: what the workers share, which must outlive this.
  explicit GalleryTurn(Shared& shared) noexcept
      : shared_(shared), is_given_(shared.gallery_requests.fetch_add(1) < shared.service.limits.gallery_requests_max) {}
  GalleryTurn(const GalleryTurn&) = delete;
  GalleryTurn& operator=(const GalleryTurn&) = delete;
  ~GalleryTurn() { shared_.gallery_requests.fetch_sub(1); }

  /// Whether there was one.
  [[nodiscard]] bool is_given() const noexcept { return is_given_; }

 private:
  Shared& shared_;
  const bool is_given_;
};

}  // namespace locket::tool
