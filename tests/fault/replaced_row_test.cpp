#include <gtest/gtest.h>

#include <utility>

#include "fault/disk_observer.hpp"
#include "fault/fault_vfs.hpp"
#include "fault/scenario.hpp"

namespace locket::fault {
namespace {

/// Has a thumbnail replaced by another store just before the n-th read of the disk.
class Replacement final : public DiskObserver {
 public:
  Replacement(Store& other, std::uint64_t nth) : other_(other), nth_(nth) {}

  Fault before(Call call) override {
    if (call != Call::read || is_replacing_ || ++reads_ != nth_) return Fault::none;
    is_replacing_ = true;  // which reads as well
    EXPECT_TRUE(other_.put(make_record(1, 1 + nth_)));
    is_replacing_ = false;
    done_ = true;
    return Fault::none;
  }
  bool done() const { return done_; }

 private:
  Store& other_;
  std::uint64_t nth_;
  std::uint64_t reads_ = 0;
  bool is_replacing_ = false;
  bool done_ = false;
};

// What was read before another's commit is not remembered as if it had been read after it.
TEST(FetchMemory, KeepsNoRowThatWasReplacedWhileItWasRead) {
  use_fault_vfs();
  const sample::Folder folder(scratch_parent());
  const auto other = sample::open(folder.file());
  for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_TRUE(other->put(make_record(i, 1)));
  std::uint64_t replaced = 0;
  for (std::uint64_t nth = 1; nth < 12; ++nth) {
    const auto store = sample::open(folder.file());
    (void)store->content_epoch();
    Replacement replacement(*other, nth);
    {
      const Installed installed(replacement);
      (void)store->locate(sample::grant(sample::id(1)), Size::small);
    }
    replaced += replacement.done() ? 1 : 0;
    const auto located = store->locate(sample::grant(sample::id(1)), Size::small);
    ASSERT_TRUE(located && *located);
    EXPECT_EQ((*located)->revision, other->find_thumbnail(sample::id(1))->value().revision) << nth;
  }
  EXPECT_GT(replaced, 0U);
}

}  // namespace
}  // namespace locket::fault
