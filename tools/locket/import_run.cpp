#include "import_run.hpp"

#include <algorithm>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "input_file.hpp"

namespace locket::tool {
namespace {

class ImportRun {
 public:
  ImportRun(Engine& engine, FailureRegister& failures, const std::vector<ImportItem>& items,
            const ImportSettings& settings, const std::function<void(const ImportItem&, const ImportOutcome&)>& tell,
            const std::function<bool()>& stop)
      : engine_(engine), failures_(failures), items_(items), settings_(settings), tell_(tell), stop_(stop) {}

  void run() {
    std::vector<std::jthread> threads;
    const std::size_t count = std::min<std::size_t>(settings_.jobs, items_.size());
    for (std::size_t i = 1; i < count; ++i) threads.emplace_back([this] { work(); });
    work();
  }

 private:
  void work() {
    while (const std::optional<std::size_t> index = take()) {
      ImportOutcome outcome;
      try {
        outcome = import_one(items_[*index]);
      } catch (const std::exception& failure) {
        outcome.failure = Error{Code::out_of_memory, failure.what()};
      }
      tell_in_order(*index, std::move(outcome));
    }
  }

  std::optional<std::size_t> take() {
    const std::lock_guard lock(mutex_);
    if (next_ == items_.size() || stop_()) return std::nullopt;
    return next_++;
  }

  ImportOutcome import_one(const ImportItem& item) {
    ImportOutcome outcome;
    if (item.fault) {
      outcome.failure = item.fault;
      return outcome;
    }
    const std::string source_path = std::filesystem::absolute(item.file).lexically_normal().string();
    const Result<Imported> imported = read_and_import(item, source_path);
    if (imported) {
      outcome.unchanged = imported->unchanged;
    } else {
      outcome.failure = imported.error();
    }
    failures_.note(source_path, outcome.failure);
    return outcome;
  }

  Result<Imported> read_and_import(const ImportItem& item, const std::string& source_path) {
    const Result<Bytes> bytes =
        read_regular_file(item.file, {settings_.limits.picture_bytes_max, Code::picture_bytes_over_limit});
    if (!bytes) return std::unexpected(bytes.error());
    Upload upload;
    upload.imodel_id = *item.imodel_id;
    upload.itwin_id = item.itwin_id;
    upload.bytes = *bytes;
    upload.source_path = source_path;
    upload.force = settings_.force;
    return engine_.import_picture(upload);
  }

  // An outcome that comes early waits for those before it.
  void tell_in_order(std::size_t index, ImportOutcome outcome) {
    const std::lock_guard lock(mutex_);
    waiting_.emplace(index, std::move(outcome));
    for (auto first = waiting_.begin(); first != waiting_.end() && first->first == told_; ++told_) {
      tell_(items_[first->first], first->second);
      first = waiting_.erase(first);
    }
  }

  Engine& engine_;
  FailureRegister& failures_;
  const std::vector<ImportItem>& items_;
  const ImportSettings& settings_;
  const std::function<void(const ImportItem&, const ImportOutcome&)>& tell_;
  const std::function<bool()>& stop_;

  std::mutex mutex_;
  std::size_t next_ = 0;
  std::size_t told_ = 0;
  std::map<std::size_t, ImportOutcome> waiting_;
};

}  // namespace

void import_pictures(Engine& engine, FailureRegister& failures, const std::vector<ImportItem>& items,
                     const ImportSettings& settings,
                     const std::function<void(const ImportItem&, const ImportOutcome&)>& tell,
                     const std::function<bool()>& stop) {
  ImportRun(engine, failures, items, settings, tell, stop).run();
}

}  // namespace locket::tool
