#include <gtest/gtest.h>

#include <iostream>
#include <set>

#include "fault/fault_vfs.hpp"
#include "fault/long_form.hpp"
#include "fault/nth_fault.hpp"
#include "fault/scenario.hpp"

namespace locket::fault {
namespace {

/// The codes with which a call may end while a fault plays.
std::set<Code> fitting(Fault fault) {
  // After a failed sync SQLite may no longer tell for want of what it failed.
  if (fault == Fault::no_room) return {Code::store_full, Code::store_io_failed};
  if (fault == Fault::part) return {Code::store_full};
  return {Code::store_io_failed, Code::store_open_failed};
}

std::string str(Fault fault) {
  return fault == Fault::io_error ? "I/O error" : fault == Fault::no_room ? "no room" : "short write";
}

/// Counts of a loop over the n-th call.
struct Loop {
  std::uint64_t cases = 0;
  Verdict verdict;
  std::map<std::string, std::uint64_t> codes;
  std::string last_errors;
};

/// Runs a scenario with one fault, and looks at what is left: through the same store, and after a reopening.
/// Result: whether the fault was met at all.
bool run_with(const Scenario& scenario, Fault fault, Lasts lasts, std::uint64_t nth, Loop& loop) {
  const sample::Folder folder(scratch_parent());
  Stage stage(folder.path());
  prepare(scenario, folder.path(), stage.ledger);
  NthFault plan(fault, nth, lasts);
  {
    const Installed installed(plan);
    scenario.run(stage);
  }
  ++loop.cases;
  for (const Error& error : stage.errors) {
    ++loop.codes[std::string(code_name(error.code))];
    EXPECT_TRUE(fitting(fault).contains(error.code)) << code_name(error.code) << ": " << error.detail;
    EXPECT_FALSE(error.detail.empty());
  }
  loop.last_errors.clear();
  for (const Error& error : stage.errors)
    loop.last_errors += std::string(code_name(error.code)) + " " + error.detail + "; ";
  if (stage.store() != nullptr) compare(*stage.store(), stage.ledger, Demand::exact, loop.verdict);
  stage.put(7, 1);  // the fault is over
  if (stage.store() == nullptr || stage.ledger.acknowledged(7) != 1) {
    loop.verdict.note(loop.verdict.stuck, "the same store, afterwards: " + stage.errors.back().detail);
  }
  stage.close();
  examine(stage.path(), stage.ledger, loop.verdict);
  return plan.fired();
}

class NthCall : public testing::TestWithParam<Fault> {
 protected:
  void SetUp() override { use_fault_vfs(); }
};

TEST_P(NthCall, ThatFailsLosesNothingAndLeavesNothingHalfDone) {
  std::uint64_t cases = 0;
  const std::uint64_t stride = rounds(9, 1);
  for (const Scenario& scenario : scenarios()) {
    Loop loop;
    for (const Lasts lasts : {Lasts::once, Lasts::from_then_on}) {
      for (std::uint64_t nth = 1; run_with(scenario, GetParam(), lasts, nth, loop); nth += stride) {
        ASSERT_TRUE(loop.verdict.clean() && !HasFailure())
            << scenario.name << ", call " << nth << (lasts == Lasts::once ? " once: " : " from then on: ")
            << loop.verdict.str() << "; told: " << loop.last_errors;
      }
    }
    std::cout << str(GetParam()) << ", " << scenario.name << ": " << loop.cases << " cases, " << loop.verdict.str();
    for (const auto& [code, count] : loop.codes) std::cout << "; " << code << ' ' << count;
    std::cout << '\n';
    cases += loop.cases;
  }
  std::cout << cases << " failing calls\n";
}

/// Backs up over an older copy while one call fails. Result: whether the fault was met.
bool back_up_with(Fault fault, Lasts lasts, std::uint64_t nth) {
  const sample::Folder folder(scratch_parent());
  Stage stage(folder.path());
  prepare(scenarios()[1], folder.path(), stage.ledger);
  stage.open();
  const std::string copy = folder.file("copy");
  EXPECT_TRUE(stage.store()->backup(copy));
  stage.put(5, 1);
  NthFault plan(fault, nth, lasts);
  Result<void> copied;
  {
    const Installed installed(plan);
    copied = stage.store()->backup(copy);
  }
  if (!copied) {
    EXPECT_TRUE(fitting(fault).contains(copied.error().code))
        << code_name(copied.error().code) << ": " << copied.error().detail;
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    const std::string name = entry.path().filename();
    EXPECT_TRUE(name == "copy" || name.starts_with("store.locket")) << name;
  }
  Verdict verdict;
  compare(*stage.store(), stage.ledger, Demand::exact, verdict);
  // The copy is the older one or the new one, whole.
  Ledger either = stage.ledger;
  either.start_with(5, 0);
  if (!copied) either.begin(5, 0);
  examine(copy, either, verdict);
  EXPECT_TRUE(verdict.clean()) << verdict.str();
  return plan.fired();
}

TEST_P(NthCall, ThatFailsInABackupLeavesTheOlderCopyOrTheNewOne) {
  std::uint64_t cases = 0;
  const std::uint64_t stride = rounds(8, 1);
  for (const Lasts lasts : {Lasts::once, Lasts::from_then_on}) {
    for (std::uint64_t nth = 1; back_up_with(GetParam(), lasts, nth); nth += stride, ++cases) {
      ASSERT_FALSE(HasFailure()) << "call " << nth << (lasts == Lasts::once ? " once" : " from then on");
    }
  }
  std::cout << str(GetParam()) << ", backup: " << cases << " cases\n";
}

std::string fault_name(const testing::TestParamInfo<Fault>& fault) {
  return fault.param == Fault::io_error ? "IoError" : fault.param == Fault::no_room ? "NoRoom" : "ShortWrite";
}

INSTANTIATE_TEST_SUITE_P(Faults, NthCall, testing::Values(Fault::io_error, Fault::no_room, Fault::part), fault_name);

}  // namespace
}  // namespace locket::fault
