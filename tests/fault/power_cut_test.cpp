#include <gtest/gtest.h>

#include <iostream>

#include "fault/disk_recorder.hpp"
#include "fault/long_form.hpp"
#include "fault/scenario.hpp"

namespace locket::fault {
namespace {

/// Runs a scenario while everything that reaches the disk is recorded.
void run_recorded(const Scenario& scenario, Stage& stage, DiskRecorder& recorder) {
  stage.moment = [&recorder] { return recorder.moments(); };
  {
    const Installed installed(recorder);
    scenario.run(stage);
  }
  EXPECT_TRUE(stage.errors.empty()) << scenario.name << ": " << stage.errors.front().detail;
}

class PowerCut : public testing::TestWithParam<Device> {
 protected:
  void SetUp() override { use_fault_vfs(GetParam()); }
};

TEST_P(PowerCut, LosesNothingAtAnyMomentOfAnyScenario) {
  const std::uint64_t seeds = GetParam() == Device::keeps_neighbours ? rounds(2, 30) : rounds(1, 30);
  std::uint64_t cuts = 0;
  for (const Scenario& scenario : scenarios()) {
    const sample::Folder folder(scratch_parent());
    Stage stage(folder.path());
    prepare(scenario, folder.path(), stage.ledger);
    DiskRecorder recorder(folder.path(), GetParam());
    run_recorded(scenario, stage, recorder);
    Verdict verdict;
    for (std::size_t moment = 0; moment <= recorder.moments(); ++moment) {
      for (std::uint64_t i = 0; i < seeds; ++i, ++cuts) {
        const sample::Folder left(scratch_parent());
        const std::uint64_t chosen = seed() * 1'000 + moment * seeds + i;
        recorder.leave(moment, chosen, left.path());
        examine(left.file(), stage.ledger, verdict, moment);
        ASSERT_TRUE(verdict.clean()) << scenario.name << ", moment " << moment << " of " << recorder.moments()
                                     << ", seed " << chosen << ": " << verdict.str();
      }
    }
    std::cout << scenario.name << ": " << recorder.moments() << " moments, " << verdict.str() << '\n';
  }
  std::cout << cuts << " power cuts\n";
}

std::string device_name(const testing::TestParamInfo<Device>& device) {
  return device.param == Device::keeps_neighbours ? "KeepsNeighbours" : "SpoilsSectors";
}

INSTANTIATE_TEST_SUITE_P(Devices, PowerCut, testing::Values(Device::keeps_neighbours, Device::spoils_sectors),
                         device_name);

}  // namespace
}  // namespace locket::fault
