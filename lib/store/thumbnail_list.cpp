#include "store/thumbnail_list.hpp"

#include <string>
#include <utility>

#include "store/imodel_table.hpp"
#include "store/upload_table.hpp"

namespace locket::store {
namespace {

// One of the two is there: an iModel with a thumbnail, or an upload.
ListedThumbnail join(const Guid& imodel_id, const SealedRow* imodel, UploadRow* upload) {
  ListedThumbnail listed{imodel_id, std::nullopt, {}};
  if (imodel != nullptr && !imodel->sound) {
    listed.fault = damaged_imodel;
  } else if (upload == nullptr) {
    listed.fault = "the entry of its upload is missing";
  } else if (imodel == nullptr || !imodel->row.thumbnail) {
    listed.fault = "there is the entry of an upload, but no thumbnail";
  } else if (!upload->thumbnail) {
    listed.fault = "the entry of its upload is damaged";
  } else {
    StoredThumbnail& thumbnail = listed.thumbnail.emplace(std::move(*upload->thumbnail));
    const ThumbnailKey& key = *imodel->row.thumbnail;
    thumbnail.facts = {imodel_id, imodel->row.itwin_id};
    thumbnail.revision = static_cast<std::uint64_t>(key.revision);
    thumbnail.small_bytes = static_cast<std::uint64_t>(key.small.bytes);
    thumbnail.large_bytes = static_cast<std::uint64_t>(key.large.bytes);
  }
  return listed;
}

/// The iModels of a slice and their uploads, which come in the same order, brought together.
class Pairing {
 public:
  explicit Pairing(const std::vector<SealedRow>& imodels) : next_(imodels.begin()), end_(imodels.end()) {}

  void take(UploadRow& upload) {
    if (!upload.imodel_id) {
      thumbnails_.push_back(join(Guid{}, nullptr, &upload));
      return;
    }
    const Guid& imodel_id = *upload.imodel_id;
    for (; next_ != end_ && (!next_->has_id || next_->row.imodel_id < imodel_id); ++next_) take_alone();
    const bool is_known = next_ != end_ && next_->row.imodel_id == imodel_id;
    thumbnails_.push_back(join(imodel_id, is_known ? &*next_ : nullptr, &upload));
    if (is_known) ++next_;
  }

  void take_rest() {
    for (; next_ != end_; ++next_) take_alone();
  }

  [[nodiscard]] std::vector<ListedThumbnail>& thumbnails() { return thumbnails_; }

 private:
  void take_alone() {
    if (next_->row.thumbnail) thumbnails_.push_back(join(next_->row.imodel_id, &*next_, nullptr));
  }

  std::vector<SealedRow>::const_iterator next_;
  std::vector<SealedRow>::const_iterator end_;
  std::vector<ListedThumbnail> thumbnails_;
};

}  // namespace

Result<ThumbnailSlice> next_thumbnails(Connection& connection, const std::optional<Guid>& after, std::int64_t count) {
  const auto imodels = next_imodel_rows(connection, after, count);
  if (!imodels) return std::unexpected(imodels.error());
  ThumbnailSlice slice;
  if (imodels->size() >= static_cast<std::size_t>(count)) slice.last = imodels->back().row.imodel_id;
  Pairing pairing(*imodels);
  UploadWalk uploads(connection, after);
  while (true) {
    auto upload = uploads.next(slice.last);
    if (!upload) return std::unexpected(std::move(upload.error()));
    if (!*upload) break;
    pairing.take(**upload);
    // Where the iModels were lost, all uploads would be here at once.
    if (pairing.thumbnails().size() < 2 * static_cast<std::size_t>(count)) continue;
    if (pairing.thumbnails().size() > 4 * static_cast<std::size_t>(count)) {
      return fail(Code::store_corrupt, "the ids of the uploads are damaged");
    }
    if ((*upload)->imodel_id) {
      slice.last = (*upload)->imodel_id;
      slice.thumbnails = std::move(pairing.thumbnails());
      return slice;
    }
  }
  pairing.take_rest();
  slice.thumbnails = std::move(pairing.thumbnails());
  return slice;
}

Result<std::optional<StoredThumbnail>> find_thumbnail(Connection& connection, const Guid& imodel_id) {
  const auto imodel = find_imodel_row(connection, imodel_id);
  if (!imodel) return std::unexpected(imodel.error());
  auto upload = find_upload(connection, imodel_id);
  if (!upload) return std::unexpected(std::move(upload.error()));
  const bool has_thumbnail = *imodel && (*imodel)->thumbnail;
  if (!has_thumbnail && !*upload) return std::nullopt;
  const SealedRow row{imodel->value_or(ImodelRow()), true, true};
  auto listed = join(imodel_id, *imodel ? &row : nullptr, *upload ? &**upload : nullptr);
  if (listed.thumbnail) return std::move(listed.thumbnail);
  return fail(Code::store_corrupt, "iModel " + to_string(imodel_id) + ": " + std::string(listed.fault));
}

}  // namespace locket::store
