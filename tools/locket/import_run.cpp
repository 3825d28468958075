#include "import_run.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "guid_set.hpp"
#include "message.hpp"

namespace locket::tool {
namespace {

constexpr std::size_t found_max = 256;     // sources that were found and not yet begun
constexpr std::size_t untold_max = 1'024;  // sources that were begun and wait for one before them
constexpr unsigned storing_threads = 6;    // that wait for the disk together while `jobs` others render
constexpr std::size_t drafts_max = 8;      // rendered, and not yet with a storing thread
constexpr auto pause = std::chrono::milliseconds(100);

// After these no further picture can be stored, and rendering it would be for nothing. Damage is mostly of one entry.
bool ends_everything(Code code) {
  return code == Code::store_full || code == Code::store_io_failed || code == Code::store_read_only;
}

/// One source on its way through the run.
struct Job {
  std::size_t index = 0;
  ImportItem item;
  bool claims_late = false;  // its id stands in the file: nothing is begun after it until that is known
  bool is_repeated = false;  // the same file was begun before
};

class ImportRun {
 public:
  ImportRun(const ImportParts& parts, const ImportSettings& settings, const ImportPace& pace,
            const ImportProducer& produce, const ImportListener& listener)
      : parts_(parts),
        drafter_(parts.engine, parts.store, settings),
        pace_(pace),
        produce_(produce),
        listener_(listener),
        rendering_threads_(pace.jobs) {}

  ImportEnd run() {
    {
      std::vector<std::jthread> threads;
      start(threads);
    }
    return {.stopped = stopped_, .store_fault = std::move(store_fault_)};
  }

 private:
  // With fewer threads than were wanted it goes on as long as there is one of each kind.
  void start(std::vector<std::jthread>& threads) {
    const unsigned finding = start_some(threads, 1, [this] { find(); });
    const unsigned storing = start_some(threads, storing_threads, [this] { store(); });
    // Never without those that store: what is rendered must have somewhere to go.
    const unsigned rendering = storing == 0 ? 0 : start_some(threads, pace_.jobs, [this] { render(); });
    const std::lock_guard lock(mutex_);
    rendering_threads_ -= pace_.jobs - rendering;
    if (finding == 0 || rendering == 0) store_fault_ = Error{Code::out_of_memory, "the system gives no more threads"};
    may_store_.notify_all();
  }

  template <typename Work>
  static unsigned start_some(std::vector<std::jthread>& threads, unsigned wanted, const Work& work) {
    threads.reserve(threads.size() + wanted);
    for (unsigned started = 0; started < wanted; ++started) {
      try {
        threads.emplace_back(work);
      } catch (const std::system_error&) {
        return started;
      }
    }
    return wanted;
  }

  void find() {
    bool search_failed = false;
    try {
      produce_({.take = [this](ImportItem item) { return put_found(std::move(item)); },
                .pass_over =
                    [this] {
                      const std::lock_guard lock(mutex_);
                      listener_.pass_over();
                    }});
    } catch (const std::exception& failure) {
      complain(std::string("the search for sources ended early: ") + failure.what());
      search_failed = true;
    }
    const std::lock_guard lock(mutex_);
    asked_to_stop();  // which may be why the search ended
    stopped_ = stopped_ || search_failed;
    all_found_ = true;
    may_begin_.notify_all();
  }

  bool put_found(ImportItem item) {
    std::unique_lock lock(mutex_);
    while (found_.size() >= found_max && !asked_to_stop()) may_find_.wait_for(lock, pause);
    if (asked_to_stop()) return false;
    found_.push_back(std::move(item));
    may_begin_.notify_one();
    return true;
  }

  // These threads are few and do nothing else, so that what they work with stays in their processor's cache.
  void render() {
    while (std::optional<Job> job = take()) {
      DraftedSource drafted = draft(*job);
      std::unique_lock lock(mutex_);
      while (drafts_.size() >= drafts_max) may_draft_.wait(lock);
      drafts_.emplace_back(std::move(*job), std::move(drafted));
      may_store_.notify_one();
    }
    const std::lock_guard lock(mutex_);
    if (--rendering_threads_ == 0) may_store_.notify_all();
  }

  void store() {
    while (auto draft = take_draft()) {
      store(draft->first, draft->second);
      tell_in_order(std::move(draft->first), std::move(draft->second.outcome));
    }
  }

  std::optional<std::pair<Job, DraftedSource>> take_draft() {
    std::unique_lock lock(mutex_);
    while (drafts_.empty()) {
      if (rendering_threads_ == 0) return std::nullopt;
      may_store_.wait(lock);
    }
    auto draft = std::move(drafts_.front());
    drafts_.pop_front();
    may_draft_.notify_one();
    return draft;
  }

  std::optional<Job> take() {
    std::unique_lock lock(mutex_);
    while (!asked_to_stop()) {
      const bool may_begin = !claim_awaited_ && begun_ < told_ + untold_max;
      if (may_begin && !found_.empty()) return begin_first();
      if (may_begin && all_found_) return std::nullopt;
      may_begin_.wait_for(lock, pause);
    }
    return std::nullopt;
  }

  Job begin_first() {
    Job job{.index = begun_++, .item = std::move(found_.front())};
    found_.pop_front();
    if (!job.item.fault) {
      if (const auto id = drafter_.known_id(job.item)) {
        if (auto claimed = claim(job, *id); !claimed) job.item.fault = std::move(claimed.error());
      } else {
        job.claims_late = claim_awaited_ = kind_by_name(job.item.relative) != SourceKind::picture;
      }
    }
    if (found_.size() == found_max / 2) may_find_.notify_one();
    return job;
  }

  Result<void> claim(Job& job, const Guid& id) {
    if (claimed_.size() >= imodels_max) {
      return fail(Code::argument_invalid,
                  "more than " + grouped(imodels_max) + " iModels in one import: import the rest by themselves");
    }
    const bool is_first = claimed_.insert(id);
    // As one file for several iModels is meant, and one file twice is not.
    const bool is_new_to_it = claimants_.insert(derive_guid(to_string(id) + job.item.root->path_of(job.item.relative)));
    if (is_first) return {};
    job.is_repeated = !is_new_to_it;
    return fail(Code::argument_invalid, "another file of this import, before this one, has the same iModel id " +
                                            to_string(id) + ": give each its own in a .tsv list");
  }

  Result<void> claim_late(Job& job, const Guid& id) {
    const std::lock_guard lock(mutex_);
    Result<void> claimed = claim(job, id);
    end_claim(job);
    return claimed;
  }

  void end_claim(Job& job) {
    job.claims_late = claim_awaited_ = false;
    may_begin_.notify_all();
  }

  DraftedSource draft(Job& job) {
    DraftedSource drafted = drafter_.draft(
        job.item, [&](const Guid& id) { return job.claims_late ? claim_late(job, id) : Result<void>(); });
    if (job.claims_late) {
      const std::lock_guard lock(mutex_);
      end_claim(job);
    }
    if (job.is_repeated) return {.outcome = {.passed_over = true}};
    return drafted;
  }

  void store(Job& job, DraftedSource& drafted) {
    ImportOutcome& outcome = drafted.outcome;
    if (drafted.record && !pace_.dry_run) {
      auto receipt = parts_.store.put(*drafted.record);
      if (!receipt) outcome.failure = std::move(receipt.error());
    }
    drafted.record.reset();
    if (parts_.failures != nullptr && !job.item.fault && !outcome.passed_over) {
      const bool noted = parts_.failures->note(job.item.root->path_of(job.item.relative), outcome.failure);
      outcome.remembered = noted && outcome.failure;
    }
    outcome.passed_over = outcome.passed_over || (job.item.only_news && outcome.unchanged && !outcome.failure);
    job.item.root.reset();  // what waits to be told holds no folder open
  }

  // An outcome that comes early waits for those before it.
  void tell_in_order(Job job, ImportOutcome outcome) {
    const std::lock_guard lock(mutex_);
    if (outcome.failure && ends_everything(outcome.failure->code) && !store_fault_) store_fault_ = outcome.failure;
    const std::size_t index = job.index;
    const std::size_t told_before = told_;
    waiting_.emplace(index, std::pair(std::move(job.item), std::move(outcome)));
    for (auto first = waiting_.begin(); first != waiting_.end() && first->first == told_; ++told_) {
      if (const auto& [item, told] = first->second; !told.passed_over) listener_.tell(item, told);
      first = waiting_.erase(first);
    }
    if (begun_ + 1 >= told_before + untold_max) may_begin_.notify_all();
  }

  bool asked_to_stop() {
    if (!store_fault_ && !listener_.stop()) return false;
    stopped_ = stopped_ || !found_.empty() || !all_found_;
    return true;
  }

  const ImportParts& parts_;
  SourceDrafter drafter_;
  const ImportPace& pace_;
  const ImportProducer& produce_;
  const ImportListener& listener_;

  std::mutex mutex_;
  std::condition_variable may_find_;
  std::condition_variable may_begin_;
  std::condition_variable may_draft_;
  std::condition_variable may_store_;
  std::deque<ImportItem> found_;
  std::deque<std::pair<Job, DraftedSource>> drafts_;
  unsigned rendering_threads_;  // that may still bring a draft
  bool all_found_ = false;
  std::size_t begun_ = 0;
  std::size_t told_ = 0;
  bool claim_awaited_ = false;
  GuidSet claimed_;
  GuidSet claimants_;  // of an id and a path each
  std::map<std::size_t, std::pair<ImportItem, ImportOutcome>> waiting_;
  std::optional<Error> store_fault_;
  bool stopped_ = false;
};

}  // namespace

ImportEnd import_sources(const ImportParts& parts, const ImportSettings& settings, const ImportPace& pace,
                         const ImportProducer& produce, const ImportListener& listener) {
  return ImportRun(parts, settings, pace, produce, listener).run();
}

}  // namespace locket::tool
