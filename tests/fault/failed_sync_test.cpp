#include <gtest/gtest.h>

#include <iostream>

#include "fault/disk_recorder.hpp"
#include "fault/fault_vfs.hpp"
#include "fault/long_form.hpp"
#include "fault/scenario.hpp"

namespace locket::fault {
namespace {

/// Lets one sync fail and all others succeed, as a kernel does that forgets what it could not write; and watches
/// whether the file is used again before it is closed.
class OneFailedSync final : public DiskRecorder {
 public:
  OneFailedSync(const std::filesystem::path& folder, std::uint64_t nth, Fault fault)
      : DiskRecorder(folder, Device::keeps_neighbours), nth_(nth), fault_(fault) {}

  Fault before(Call call) override {
    const bool is_sync = call == Call::sync || call == Call::sync_folder;
    return is_sync && ++syncs_ == nth_ ? fault_ : Fault::none;
  }
  void sync_failed(std::string_view path) override {
    // What is still being made, under another name, is thrown away as a whole.
    if (path.ends_with(".locket") || path.ends_with(".locket-wal")) suspect_ = path;
    DiskRecorder::sync_failed(path);
  }
  void wrote(std::string_view path, std::uint64_t offset, BytesView bytes) override {
    used_again_ = used_again_ || path == suspect_;
    DiskRecorder::wrote(path, offset, bytes);
  }
  void synced(std::string_view path, bool with_name) override {
    used_again_ = used_again_ || path == suspect_;
    DiskRecorder::synced(path, with_name);
  }
  void closed(std::string_view path) override {
    if (path == suspect_) suspect_.clear();
  }

  bool fired() const { return syncs_ >= nth_; }
  bool used_again() const { return used_again_; }

 private:
  std::uint64_t nth_;
  Fault fault_;
  std::uint64_t syncs_ = 0;
  std::string suspect_;
  bool used_again_ = false;
};

/// Plays power cuts at random moments of a record.
void cut_at_random(const DiskRecorder& recorder, const Stage& stage, std::uint64_t count, Verdict& verdict) {
  std::mt19937_64 random(seed());
  for (std::uint64_t i = 0; i < count; ++i) {
    const sample::Folder left(scratch_parent());
    const std::size_t moment = i == 0 ? recorder.moments() : random() % (recorder.moments() + 1);
    recorder.leave(moment, random(), left.path());
    examine(left.file(), stage.ledger, verdict, moment);
  }
}

/// For what a sync fails; and whether the program opens the store anew after it, or goes on with the one it has open.
struct Failure {
  Fault fault;
  bool reopened;
};

class FailedSync : public testing::TestWithParam<Failure> {};

/// Lets the n-th sync fail, imports one more, whose syncs "succeed", and plays power cuts.
/// Result: whether that sync was met.
bool fail_one(const Scenario& scenario, std::uint64_t nth, const Failure& failure, std::uint64_t cuts,
              Verdict& verdict) {
  const sample::Folder folder(scratch_parent());
  Stage stage(folder.path());
  prepare(scenario, folder.path(), stage.ledger);
  OneFailedSync recorder(folder.path(), nth, failure.fault);
  stage.moment = [&recorder] { return recorder.moments(); };
  {
    const Installed installed(recorder);
    scenario.run(stage);
    if (failure.reopened) stage.close();
    const bool fired_before = recorder.fired();
    stage.put(8, 1);
    EXPECT_TRUE(!fired_before || stage.ledger.acknowledged(8) == 1);
    stage.close();
  }
  EXPECT_FALSE(recorder.used_again());
  cut_at_random(recorder, stage, cuts, verdict);
  return recorder.fired();
}

TEST_P(FailedSync, IsNotRetriedAndNothingAcknowledgedRestsOnIt) {
  use_fault_vfs();
  const std::uint64_t cuts_each = rounds(1, 60);
  std::uint64_t failures = 0;
  Verdict verdict;
  for (const Scenario& scenario : scenarios()) {
    for (std::uint64_t nth = 1; fail_one(scenario, nth, GetParam(), cuts_each, verdict); ++nth) {
      ++failures;
      ASSERT_TRUE(verdict.clean() && !HasFailure()) << scenario.name << ", sync " << nth << ": " << verdict.str();
    }
  }
  std::cout << failures << " failed syncs, " << failures * cuts_each << " power cuts after them: " << verdict.str()
            << '\n';
}

std::string failure_name(const testing::TestParamInfo<Failure>& failure) {
  return std::string(failure.param.fault == Fault::no_room ? "ForWantOfRoom" : "OfTheDisk") +
         (failure.param.reopened ? "AfterAReopening" : "OnTheSameStore");
}

INSTANTIATE_TEST_SUITE_P(Then, FailedSync,
                         testing::Values(Failure{Fault::io_error, false}, Failure{Fault::io_error, true},
                                         Failure{Fault::no_room, false}, Failure{Fault::no_room, true}),
                         failure_name);

}  // namespace
}  // namespace locket::fault
