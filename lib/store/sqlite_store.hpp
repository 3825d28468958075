#pragma once

#include <memory>
#include <string>
#include <utility>

#include "locket/store.hpp"
#include "store/change_watch.hpp"
#include "store/fetch_memory.hpp"
#include "store/reader_pool.hpp"
#include "store/write_lock.hpp"
#include "store/writer.hpp"

namespace locket::store {

/// The parts of an open store.
struct OpenParts {
  std::string path;
  StoreOptions options;
  std::unique_ptr<WriteLock> lock;
  std::unique_ptr<Connection> writer;
};

/// A store in one SQLite file.
class SqliteStore final : public Store {
 public:
  /// Takes over the parts of a file that was examined and whose tables are of this version.
  explicit SqliteStore(OpenParts parts);

  Result<Receipt> put(const Record& record) override;
  Result<std::optional<ImodelEntry>> find_imodel(const Guid& imodel_id, Lookup lookup) override;
  std::uint64_t content_epoch() noexcept override { return watch_.look().number; }
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
  void log_damage(const Error& error);
  void log_damage(const Guid& imodel_id, std::string_view fault);
  [[nodiscard]] Result<std::optional<SharedBytes>> read_stored(const Location& location,
                                                               const std::optional<PictureKey>& shown);
  template <class Work>
  auto read_with(Work work) -> decltype(work(std::declval<Connection&>()));
  template <class Work>
  auto write_with(Work work) -> decltype(work(std::declval<Connection&>()));

  std::string path_;
  StoreOptions options_;
  LogSink& log_;
  std::unique_ptr<WriteLock> lock_;
  Writer writer_;
  // These are closed before the writer, which, as the last, may then fold the log into the file.
  ReaderPool readers_;
  ChangeWatch watch_;
  FetchMemory memory_;
};

}  // namespace locket::store
