#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>

#include "fault/scenario.hpp"

namespace locket::fault {
namespace {

/// A file system of 4 MB in memory, in the place of a folder, seen by this program alone.
class SmallDisk {
 public:
  SmallDisk() {
    if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=4m") != 0) {
      failure_ = std::strerror(errno);
    }
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (failure_.empty()) umount2(folder_.path().c_str(), MNT_DETACH);
  }

  const std::string& failure() const { return failure_; }
  std::string file(const std::string& name) const { return folder_.file(name); }

  /// Takes so much room, or all that is left, by a file of somebody else's.
  void take(const std::string& name, std::size_t bytes) const {
    std::ofstream file(folder_.file(name), std::ios::binary);
    const std::string block(4'096, 'x');
    for (std::size_t taken = 0; taken < bytes; taken += block.size()) {
      if (!file.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) return;
    }
  }
  void give_back(const std::string& name) const { std::filesystem::remove(folder_.file(name)); }

 private:
  sample::Folder folder_;
  std::string failure_;
};

class FullDisk : public testing::Test {
 protected:
  void SetUp() override {
    if (!disk_.failure().empty()) GTEST_SKIP() << "no file system can be mounted here: " << disk_.failure();
    open();
  }
  void open() {
    auto opened = open_store(disk_.file("store.locket"));
    ASSERT_TRUE(opened) << code_name(opened.error().code) << ": " << opened.error().detail;
    store_ = std::move(*opened);
  }
  /// Puts, and notes the answer, which must be done or full. Result: whether it is done.
  bool put(std::uint64_t imodel, Version version) {
    ledger_.begin(imodel, version);
    const auto receipt = store_->put(record_of(imodel, version));
    ledger_.end(receipt.has_value());
    if (receipt) {
      ++acknowledged_;
    } else {
      ++refused_;
      EXPECT_EQ(receipt.error().code, Code::store_full) << receipt.error().detail;
    }
    return receipt.has_value();
  }
  void expect_all_readable() {
    Verdict verdict;
    compare(*store_, ledger_, Demand::exact, verdict);
    EXPECT_TRUE(verdict.clean()) << verdict.str();
  }

  SmallDisk disk_;
  std::unique_ptr<Store> store_;
  Ledger ledger_;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t refused_ = 0;
};

TEST_F(FullDisk, IsToldKeepsWhatWasAcknowledgedAndIsOverWhenThereIsRoom) {
  disk_.take("ballast", 1 << 20);
  for (std::uint64_t i = 1; put(i, 1); ++i) ASSERT_LT(i, 1'000U);
  disk_.take("filling", SIZE_MAX);
  EXPECT_FALSE(put(1, 2));
  EXPECT_FALSE(put(2, 2));
  expect_all_readable();
  disk_.give_back("ballast");
  EXPECT_TRUE(put(1, 2));
  EXPECT_TRUE(store_->remove(sample::id(2)));
  ledger_.begin(2, 0);
  ledger_.end(true);
  expect_all_readable();
  std::cout << "4 MB: " << acknowledged_ << " acknowledged, " << refused_ << " refused as full\n";
}

TEST_F(FullDisk, CanBeReadAfterAReopening) {
  for (std::uint64_t i = 1; put(i, 1); ++i) ASSERT_LT(i, 1'000U);
  store_.reset();
  disk_.take("filling", SIZE_MAX);
  open();
  expect_all_readable();
  disk_.give_back("filling");
}

}  // namespace
}  // namespace locket::fault
