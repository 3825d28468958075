#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <utility>

#include "fault/disk_recorder.hpp"
#include "fault/fault_vfs.hpp"
#include "fault/long_form.hpp"
#include "fault/scenario.hpp"

namespace locket::fault {
namespace {

/// Whether an older copy lies where a backup goes.
class BackupCut : public testing::TestWithParam<bool> {};

TEST_P(BackupCut, IsOutlastedByABackupThatWasAcknowledged) {
  use_fault_vfs();
  const bool over_an_older_one = GetParam();
  const sample::Folder folder(scratch_parent());
  Stage stage(folder.path());
  prepare(scenarios()[1], folder.path(), stage.ledger);
  stage.open();
  if (over_an_older_one) {
    ASSERT_TRUE(stage.store()->backup(folder.file("copy.locket")));
  }
  stage.put(1, 2);
  DiskRecorder recorder(folder.path(), Device::keeps_neighbours);
  {
    const Installed installed(recorder);
    ASSERT_TRUE(stage.store()->backup(folder.file("copy.locket")));
  }
  for (std::uint64_t seed = 0; seed < rounds(30, 1'000); ++seed) {
    const sample::Folder left(scratch_parent());
    recorder.leave(recorder.moments(), seed, left.path());
    Verdict verdict;
    examine(left.file("copy.locket"), stage.ledger, verdict);
    ASSERT_TRUE(verdict.clean()) << seed << ": " << verdict.str();
  }
}

std::string what_is_there(const testing::TestParamInfo<bool>& older) {
  return older.param ? "OverAnOlderCopy" : "WhereNothingIs";
}

INSTANTIATE_TEST_SUITE_P(Made, BackupCut, testing::Bool(), what_is_there);

/// Does something once, just before a call.
class Once final : public DiskObserver {
 public:
  Once(Call when, std::function<void()> work) : when_(when), work_(std::move(work)) {}
  Fault before(Call call) override {
    if (call == when_ && work_) std::exchange(work_, nullptr)();
    return Fault::none;
  }
  bool done() const { return !work_; }

 private:
  Call when_;
  std::function<void()> work_;
};

TEST(Backup, LeavesAFileThatGetsTheNameMeanwhile) {
  use_fault_vfs();
  const sample::Folder folder(scratch_parent());
  const auto store = sample::open(folder.file());
  ASSERT_TRUE(store->put(make_record(1, 1)));
  Once foreigner(Call::rename, [&] { sample::write_file(folder.file("copy"), "somebody else's"); });
  const Installed installed(foreigner);
  const auto copied = store->backup(folder.file("copy"));
  ASSERT_TRUE(foreigner.done());
  ASSERT_FALSE(copied);
  EXPECT_EQ(copied.error().code, Code::store_foreign);
  EXPECT_EQ(sample::read_file(folder.file("copy")), "somebody else's");
}

TEST(Backup, LeavesAnOlderCopyThatIsOpenedMeanwhile) {
  use_fault_vfs();
  const sample::Folder folder(scratch_parent());
  const auto store = sample::open(folder.file());
  ASSERT_TRUE(store->put(make_record(1, 1)));
  ASSERT_TRUE(store->backup(folder.file("copy")));
  std::unique_ptr<Store> opened;
  Once opener(Call::sync, [&] { opened = sample::open(folder.file("copy")); });
  Result<void> copied;
  {
    const Installed installed(opener);
    copied = store->backup(folder.file("copy"));
  }
  ASSERT_TRUE(opened);
  ASSERT_FALSE(copied);
  EXPECT_EQ(copied.error().code, Code::store_open_failed);
  EXPECT_TRUE(opened->put(make_record(2, 1)));
}

/// Fails every call of one kind.
class FailEvery final : public DiskObserver {
 public:
  explicit FailEvery(Call what) : what_(what) {}
  Fault before(Call call) override { return call == what_ ? Fault::io_error : Fault::none; }

 private:
  Call what_;
};

TEST(Backup, IsNotAcknowledgedWhereItsNameCouldNotBeMadeDurable) {
  use_fault_vfs();
  const sample::Folder folder(scratch_parent());
  const auto store = sample::open(folder.file());
  FailEvery fails(Call::sync_folder);
  const Installed installed(fails);
  const auto copied = store->backup(folder.file("copy"));
  ASSERT_FALSE(copied);
  EXPECT_EQ(copied.error().code, Code::store_io_failed);
}

TEST(Backup, IsNotMadeWhereItCannotBeSynced) {
  use_fault_vfs();
  const sample::Folder folder(scratch_parent());
  const auto store = sample::open(folder.file());
  ASSERT_TRUE(store->put(make_record(1, 1)));
  FailEvery fails(Call::sync);
  const Installed installed(fails);
  EXPECT_FALSE(store->backup(folder.file("copy")));
  EXPECT_FALSE(std::filesystem::exists(folder.file("copy")));
}

}  // namespace
}  // namespace locket::fault
