#pragma once

#include <memory>

#include "base/hot_memory.hpp"
#include "base/pace.hpp"
#include "locket/store.hpp"
#include "rados/access_objects.hpp"
#include "rados/head_guesses.hpp"
#include "rados/imodel_objects.hpp"
#include "rados/pool.hpp"

namespace locket::rados {

/// A store on a Ceph cluster.
class RadosStore final : public Store {
 public:
  /// Takes over a connection to the cluster. `open` comes before everything else.
  RadosStore(std::unique_ptr<Pool> pool, const StoreOptions& options);

  /// Looks whether the store is there, and makes it where that is wanted.
  [[nodiscard]] Result<void> open();

  Result<Receipt> put(const Record& record) override;
  Result<std::optional<ImodelEntry>> find_imodel(const Guid& imodel_id, Lookup lookup) override;
  Result<std::optional<Location>> locate(const Grant& grant, Size size) override;
  Result<std::optional<SharedBytes>> read(const Grant& grant, const Location& location) override;
  Result<std::uint64_t> replace_access(const AccessDocument& document) override;
  Result<Access> load_access(AccessScope scope) override;
  Result<std::uint64_t> access_revision() override;
  Result<std::vector<Guid>> list(const std::function<bool(const StoredThumbnail&)>& visit) override;
  Result<void> list_imodels(const std::optional<Guid>& after,
                            const std::function<bool(const ImodelEntry&)>& visit) override;
  Result<std::optional<StoredThumbnail>> find_thumbnail(const Guid& imodel_id) override;
  Result<std::optional<Both>> read_for_operator(const Guid& imodel_id) override;
  Result<bool> remove(const Guid& imodel_id) override;
  Result<CheckReport> check(const CheckOptions& options) override;
  Result<StoreStatistics> statistics() override;
  Result<void> remember_failure(const ImportFailure& failure) override;
  Result<std::vector<ImportFailure>> failures() override;
  Result<void> forget_failures() override;
  Result<void> backup(const std::string& path) override;

 private:
  /// What is known of an iModel: from the facts, its own object, or both.
  struct Known {
    std::optional<Guid> itwin_id;  ///< nothing: it is unknown
    std::optional<ThumbnailHead> head;
    std::uint64_t access_revision = 0;
  };

  [[nodiscard]] Result<Known> look_up(const Guid& imodel_id, const std::optional<SeenHead>& guess);
  [[nodiscard]] Result<std::optional<ThumbnailHead>> head(const Guid& imodel_id);
  [[nodiscard]] Result<void> set_itwin(const Guid& imodel_id, const Guid& itwin_id);
  [[nodiscard]] Result<bool> drop_damaged(const Guid& imodel_id);
  [[nodiscard]] Result<bool> visit_imodels(const std::vector<Guid>& ids,
                                           const std::function<bool(const ImodelEntry&)>& visit);
  /// One size of an iModel's thumbnail.
  struct PictureKey {
    Guid imodel_id;
    Size size = Size::small;

    bool operator==(const PictureKey&) const = default;
  };
  struct PictureKeyHash {
    /// Both sizes of an iModel lie apart.
    std::size_t operator()(const PictureKey& key) const noexcept {
      return GuidHash()(key.imodel_id) + (key.size == Size::large ? 0x9E3779B97F4A7C15ULL : 0);
    }
  };
  /// The bytes that were read and proven, for whoever asks for these and no others.
  struct KeptPicture {
    Sha256 digest{};
    SharedBytes bytes;
  };

  /// How far a check is.
  struct Progress {
    const CheckOptions& options;
    Pace pace;
    std::uint64_t done = 0;
    std::uint64_t total = 0;
  };
  [[nodiscard]] Result<void> check_facts(CheckReport& report);
  [[nodiscard]] Result<bool> check_pictures(const std::vector<Guid>& ids, Progress& progress, CheckReport& report);
  /// What is stored of a slice of ids, and those whose entries are damaged.
  struct Listed {
    std::vector<StoredThumbnail> sound;
    std::vector<Guid> damaged;
  };
  [[nodiscard]] Result<Listed> thumbnails(const std::vector<Guid>& ids);
  [[nodiscard]] Result<void> add_bare_imodels(Access& access);
  template <class Value>
  Result<Value> log_if_damaged(Result<Value> result);

  std::unique_ptr<Pool> pool_;
  StoreOptions options_;
  LogSink& log_;
  ImodelObjects imodels_;
  AccessObjects access_;
  HeadGuesses guesses_;
  HotMemory<PictureKey, KeptPicture, PictureKeyHash> pictures_;
};

}  // namespace locket::rados
