#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <iostream>
#include <optional>

#include "fault/fault_vfs.hpp"
#include "fault/long_form.hpp"
#include "fault/nth_allocation.hpp"
#include "fault/scenario.hpp"
#include "store/connection.hpp"

namespace locket::fault {
namespace {

class Memory : public testing::Environment {
 public:
  void SetUp() override {
    use_fault_memory();
    use_fault_vfs();
  }
};
[[maybe_unused]] testing::Environment* const memory = testing::AddGlobalTestEnvironment(new Memory);

/// Of so many requests one is refused: of all of them in turn in the long form.
const std::uint64_t stride = rounds(151, 1);

std::string str(Lasts lasts) { return lasts == Lasts::once ? " once" : " from then on"; }

/// The files in a folder, but for the store's own.
std::vector<std::string> strangers_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    const std::array own = {"store.locket", "store.locket-lock", "store.locket-wal", "store.locket-shm"};
    if (std::ranges::find(own, name) == own.end()) names.push_back(name);
  }
  return names;
}

/// Runs a scenario that is refused memory, and looks at what is left: through the same store, and after a reopening.
/// Result: whether any was refused.
bool run_with(const Scenario& scenario, Lasts lasts, std::uint64_t nth, Verdict& verdict) {
  const sample::Folder folder(scratch_parent());
  Stage stage(folder.path());
  prepare(scenario, folder.path(), stage.ledger);
  bool fired = false;
  {
    NthAllocation plan(nth, lasts);
    std::optional<NthAllocation::Span> span;
    stage.inside = [&span](bool begins) { begins ? static_cast<void>(span.emplace()) : span.reset(); };
    scenario.run(stage);
    stage.inside = [](bool) {};
    fired = plan.fired();
  }
  for (const Error& error : stage.errors) {
    EXPECT_EQ(error.code, Code::out_of_memory) << code_name(error.code) << ": " << error.detail;
  }
  if (stage.store() != nullptr) compare(*stage.store(), stage.ledger, Demand::exact, verdict);
  stage.put(7, 1);  // there is memory again
  if (stage.store() == nullptr || stage.ledger.acknowledged(7) != 1) {
    verdict.note(verdict.stuck, "the same store, afterwards: " + stage.errors.back().detail);
  }
  stage.close();
  EXPECT_EQ(strangers_in(folder.path()), std::vector<std::string>());
  examine(stage.path(), stage.ledger, verdict);
  return fired;
}

TEST(NthAllocations, ThatAreRefusedLoseNothingAndLeaveNothingHalfDone) {
  for (const Scenario& scenario : scenarios()) {
    std::uint64_t cases = 0;
    Verdict verdict;
    for (const Lasts lasts : {Lasts::once, Lasts::from_then_on}) {
      for (std::uint64_t nth = 1; run_with(scenario, lasts, nth, verdict); nth += stride, ++cases) {
        ASSERT_TRUE(verdict.clean() && !HasFailure())
            << scenario.name << ", request " << nth << str(lasts) << ": " << verdict.str();
      }
    }
    std::cout << "refused memory, " << scenario.name << ": " << cases << " cases, " << verdict.str() << '\n';
  }
}

/// A call that changes nothing of the store. Result: nothing, or why it failed; a wrong answer is a failed test.
struct Reading {
  const char* name;
  std::function<Result<void>(Store& store, const sample::Folder& folder)> run;
};

Result<void> outcome(const auto& result, bool right) {
  if (!result) return std::unexpected(result.error());
  EXPECT_TRUE(right);
  return {};
}

const std::vector<Reading>& readings() {
  static const std::vector<Reading> all = {
      {"fetch",
       [](Store& store, const sample::Folder&) {
         static const Grant grant = sample::grant(sample::id(1));
         NthAllocation::Span span;
         const auto location = store.locate(grant, Size::large);
         if (!location) return outcome(location, false);
         if (!*location) return outcome(location, false);
         const auto bytes = store.read(grant, **location);
         return outcome(bytes, bytes && *bytes && sample::same(**bytes, record_of(1, 1).large));
       }},
      {"list",
       [](Store& store, const sample::Folder&) {
         NthAllocation::Span span;
         int count = 0;
         const auto listed = store.list([&count](const StoredThumbnail&) { return ++count > 0; });
         return outcome(listed, count == 4);
       }},
      {"load access",
       [](Store& store, const sample::Folder&) {
         NthAllocation::Span span;
         const auto access = store.load_access(AccessScope::whole);
         return outcome(access, access && access->document.organizations.empty());
       }},
      {"statistics",
       [](Store& store, const sample::Folder&) {
         NthAllocation::Span span;
         const auto facts = store.statistics();
         return outcome(facts, facts && facts->thumbnails == 4);
       }},
      {"failures",
       [](Store& store, const sample::Folder&) {
         NthAllocation::Span span;
         const auto failures = store.failures();
         return outcome(failures, failures && failures->empty());
       }},
      {"check",
       [](Store& store, const sample::Folder&) {
         NthAllocation::Span span;
         const auto report = store.check({});
         if (report && !report->damaged.empty()) ADD_FAILURE() << report->damaged.front().what;
         return outcome(report, report && report->checked == 8);
       }},
      {"backup",
       [](Store& store, const sample::Folder& folder) {
         const std::string path = folder.file("copy");
         std::filesystem::remove(path);
         Result<void> done;
         {
           NthAllocation::Span span;
           done = store.backup(path);
         }
         StoreOptions as_it_is;
         as_it_is.create = false;
         const bool is_whole = open_store(path, as_it_is).has_value();
         EXPECT_EQ(std::filesystem::exists(path), is_whole);
         EXPECT_TRUE(is_whole || !done);
         for (const char* suffix : {"", "-lock", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
         return done;
       }},
  };
  return all;
}

/// Reads from a store that was just opened, while it is refused memory, and once more when there is some.
bool read_with(const Reading& reading, Lasts lasts, std::uint64_t nth) {
  const sample::Folder folder(scratch_parent());
  Stage stage(folder.path());
  prepare(scenarios()[1], folder.path(), stage.ledger);
  stage.open();
  bool fired = false;
  {
    NthAllocation plan(nth, lasts);
    const auto read = reading.run(*stage.store(), folder);
    fired = plan.fired();
    if (!read) {
      EXPECT_EQ(read.error().code, Code::out_of_memory) << code_name(read.error().code) << ": " << read.error().detail;
    }
  }
  const auto again = reading.run(*stage.store(), folder);
  EXPECT_TRUE(again) << code_name(again.error().code) << ": " << again.error().detail;
  stage.put(1, 2);
  EXPECT_EQ(stage.ledger.acknowledged(1), 2U);
  EXPECT_EQ(strangers_in(folder.path()), std::vector<std::string>());
  return fired;
}

TEST(NthAllocations, ThatAreRefusedToReadersAreToldAndOver) {
  for (const Reading& reading : readings()) {
    std::uint64_t cases = 0;
    for (const Lasts lasts : {Lasts::once, Lasts::from_then_on}) {
      for (std::uint64_t nth = 1; read_with(reading, lasts, nth); nth += stride, ++cases) {
        ASSERT_FALSE(HasFailure()) << reading.name << ", request " << nth << str(lasts);
      }
    }
    std::cout << "refused memory, " << reading.name << ": " << cases << " cases\n";
  }
}

TEST(Transaction, EndsWhereThereIsNoMemoryAtAll) {
  const sample::Folder folder(scratch_parent());
  Stage stage(folder.path());
  stage.put(1, 1);
  for (const store::Sql begin : {store::Sql::begin_read, store::Sql::begin_write}) {
    const auto connection = store::Connection::open(stage.path(), {store::OpenMode::write, 0});
    ASSERT_TRUE(connection && (*connection)->run(begin));
    {
      const NthAllocation plan(1, Lasts::from_then_on);
      const NthAllocation::Span span;
      const store::Transaction transaction(**connection);
    }
    EXPECT_TRUE((*connection)->in_autocommit());
  }
}

}  // namespace
}  // namespace locket::fault
