#include <gtest/gtest.h>

#include <iostream>

#include "fault/disk_recorder.hpp"
#include "fault/fault_vfs.hpp"
#include "fault/long_form.hpp"
#include "fault/nth_fault.hpp"
#include "fault/scenario.hpp"

namespace locket::fault {
namespace {

/// The versions that a recovered store shows, as what a second fault must keep.
Ledger seen(Store& store, const Ledger& before, std::size_t moment, Verdict& verdict) {
  compare(store, before, Demand::possible, verdict, moment);
  Ledger after;
  for (const std::uint64_t imodel : before.imodels()) {
    const auto both = store.read_for_operator(sample::id(imodel));
    Version version = 0;
    for (const Version known : before.possible(imodel, moment)) {
      if (known != 0 && both && *both && sample::same((*both)->small, record_of(imodel, known).small)) version = known;
    }
    after.start_with(imodel, version);
  }
  return after;
}

class FaultInRecovery : public testing::Test {
 protected:
  void SetUp() override { use_fault_vfs(); }

  /// Records a scenario that has a log and checkpoints, cut after cut.
  void record_first() {
    const Scenario& scenario = scenarios()[4];
    prepare(scenario, first_folder_.path(), first_.ledger);
    recorder_.emplace(first_folder_.path(), Device::keeps_neighbours);
    first_.moment = [this] { return recorder_->moments(); };
    const Installed installed(*recorder_);
    scenario.run(first_);
  }

  /// What a power cut at a random moment leaves. Result: the moment.
  std::size_t cut(const std::filesystem::path& to) {
    const std::size_t moment = random_() % (recorder_->moments() + 1);
    recorder_->leave(moment, random_(), to);
    return moment;
  }

  sample::Folder first_folder_{scratch_parent()};
  Stage first_{first_folder_.path()};
  std::optional<DiskRecorder> recorder_;
  std::mt19937_64 random_{seed()};
  Verdict verdict_;
};

TEST_F(FaultInRecovery, OfOneCallOrAllLosesNothing) {
  record_first();
  const std::uint64_t count = rounds(60, 3'000);
  for (std::uint64_t i = 0; i < count; ++i) {
    const sample::Folder left(scratch_parent());
    const std::size_t moment = cut(left.path());
    Stage second(left.path());
    NthFault plan(std::array{Fault::io_error, Fault::no_room, Fault::part}[i % 3], 1 + random_() % 60,
                  i % 2 == 0 ? Lasts::once : Lasts::from_then_on);
    {
      const Installed installed(plan);
      second.open();
      second.close();
    }
    examine(left.file(), first_.ledger, verdict_, moment);
    ASSERT_TRUE(verdict_.clean()) << "case " << i << ": " << verdict_.str();
  }
  std::cout << count << " power cuts with failing calls while recovering: " << verdict_.str() << '\n';
}

TEST_F(FaultInRecovery, OfThePowerAgainLosesNothing) {
  record_first();
  const std::uint64_t count = rounds(20, 3'000);
  for (std::uint64_t i = 0; i < count; ++i) {
    const sample::Folder left(scratch_parent());
    const std::size_t moment = cut(left.path());
    Stage second(left.path());
    second.options.limits.wal_bytes_max = 256 << 10;
    DiskRecorder recorder(left.path(), Device::keeps_neighbours);
    second.moment = [&recorder] { return recorder.moments(); };
    {
      const Installed installed(recorder);
      second.open();
      ASSERT_NE(second.store(), nullptr) << second.errors.front().detail;
      second.ledger = seen(*second.store(), first_.ledger, moment, verdict_);
      second.put(8, 1);
      second.close();
    }
    const sample::Folder again(scratch_parent());
    const std::size_t second_moment = random_() % (recorder.moments() + 1);
    recorder.leave(second_moment, random_(), again.path());
    examine(again.file(), second.ledger, verdict_, second_moment);
    ASSERT_TRUE(verdict_.clean()) << "case " << i << ": " << verdict_.str();
  }
  std::cout << count << " power cuts while recovering from power cuts: " << verdict_.str() << '\n';
}

}  // namespace
}  // namespace locket::fault
