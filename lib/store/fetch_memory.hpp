#pragma once

#include <cstdint>
#include <cstring>
#include <optional>

#include "base/hot_memory.hpp"
#include "locket/bytes.hpp"
#include "locket/guid.hpp"
#include "locket/limits.hpp"
#include "locket/store.hpp"
#include "store/change_watch.hpp"
#include "store/imodel_table.hpp"
#include "store/published_words.hpp"

namespace locket::store {

/// What a store remembers of what was fetched. Rows and the access revision hold for the epoch in which they were read
/// and for no other; pictures are kept by their SHA-256, so they hold for ever and only the row that names one has to
/// be looked at anew. Any thread.
class FetchMemory {
 public:
  /// Input: the limits, which say how much may be kept.
  explicit FetchMemory(const Limits& limits)
      : rows_(limits.hot_imodel_bytes_max), pictures_(limits.hot_picture_bytes_max) {}

  /// Looks at the row of an iModel as it stands in this epoch. Input: what is done with it, briefly; what it copies, it
  /// should write to where it shall stay, for to copy what was just copied costs more than all the rest.
  /// Result: whether the row is known. Allocates nothing.
  template <class Work>
  [[nodiscard]] bool look_at_row(const Guid& imodel_id, ContentEpoch epoch, const Work& work) {
    bool known = false;
    if (epoch == unknown_epoch) return known;
    rows_.look_at(imodel_id, [&](const KeptRow& kept) {
      known = kept.epoch == epoch;
      if (known) work(kept.row);
    });
    return known;
  }

  /// Keeps a row. Input: the epoch that was told before the row was read. Only for iModels that a grant allows to see:
  /// what is in memory answers faster, which would tell others that it exists.
  void keep(const ImodelRow& row, ContentEpoch epoch) noexcept;

  /// The proven bytes of a picture, shared; or nothing. Allocates nothing.
  [[nodiscard]] std::optional<SharedBytes> picture(const Sha256& sha256) { return pictures_.find(sha256); }

  /// Keeps bytes that were proven against this key.
  void keep(const PictureKey& key, const SharedBytes& bytes) noexcept;

  /// The access revision of this epoch; or nothing. Takes no lock.
  [[nodiscard]] std::optional<std::uint64_t> access_revision(ContentEpoch epoch) const noexcept;

  /// Keeps it. Input: the epoch that was told before it was read.
  void keep_access_revision(std::uint64_t revision, ContentEpoch epoch) noexcept;

  /// What is held of rows, and how often it served.
  [[nodiscard]] MemoryStatistics row_statistics() noexcept { return rows_.statistics(); }

  /// The same of pictures.
  [[nodiscard]] MemoryStatistics picture_statistics() noexcept { return pictures_.statistics(); }

 private:
  struct KeptRow {
    ImodelRow row;
    ContentEpoch epoch;
  };

  struct DigestHash {
    /// A digest is as good as a hash as it stands.
    std::size_t operator()(const Sha256& digest) const noexcept {
      std::size_t first = 0;
      std::memcpy(&first, digest.data(), sizeof first);
      return first;
    }
  };

  HotMemory<Guid, KeptRow, GuidHash> rows_;
  HotMemory<Sha256, SharedBytes, DigestHash> pictures_;
  PublishedWords<2> access_;  // the epoch, the revision
};

}  // namespace locket::store
