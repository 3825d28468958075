#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "crypto/checksum.hpp"
#include "locket/store.hpp"

namespace locket::rados {

/// What one PNG may have. Both and what is known of them are written in one operation, which Ceph takes up to 90 MB
/// (its default).
inline constexpr std::uint64_t picture_bytes_limit = 40 << 20;

/// What is known of one PNG of an object.
struct PictureHead {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  Sha256 sha256{};
  crypto::Checksum checksum{};
};

/// What an iModel's object says beside the bytes of its PNGs: the value of its attribute `head`.
struct ThumbnailHead {
  std::uint64_t revision = 0;  ///< grows with every change; the attribute `revision` says the same
  Guid itwin_id;
  bool uploaded = false;
  std::uint64_t removed_at = 0;  ///< without a picture: the access revision then, up to which the iModel is known
  PictureHead small;
  PictureHead large;
  Sha256 source_digest{};
  SourceFacts source;
  std::string recipe;
  std::string source_path;
  std::string uploaded_by;
  std::int64_t updated_at_s = 0;

  /// One size's part.
  [[nodiscard]] const PictureHead& picture(Size size) const noexcept { return size == Size::small ? small : large; }
};

/// Writes a head, with a checksum over it and over the iModel that it belongs to.
[[nodiscard]] std::string encode(const ThumbnailHead& head, const Guid& imodel_id);

/// Reads what `encode` wrote. Result: the head, or nothing when it is damaged, or of another iModel.
[[nodiscard]] std::optional<ThumbnailHead> decode_head(std::string_view text, const Guid& imodel_id);

}  // namespace locket::rados
