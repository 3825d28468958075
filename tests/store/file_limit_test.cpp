#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>

#include "store/sample.hpp"

namespace locket {
namespace {

/// Keeps every file of this process within so many bytes, as `ulimit -f` does.
class LimitedFiles {
 public:
  explicit LimitedFiles(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  LimitedFiles(const LimitedFiles&) = delete;
  LimitedFiles& operator=(const LimitedFiles&) = delete;
  ~LimitedFiles() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

// SQLite tells a failing commit's want of room as an error of the disk.
TEST(FileLimit, OnTheSizeOfFilesIsToldAsWantOfRoom) {
  const sample::Folder folder;
  const auto store = sample::open(folder.file());
  ASSERT_TRUE(store->put(sample::record({.imodel = 1})));
  {
    const LimitedFiles limit(std::filesystem::file_size(folder.file() + "-wal") + 5'000);
    const auto refused = store->put(sample::record({.imodel = 2}));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::store_full) << refused.error().detail;
  }
  EXPECT_TRUE(store->put(sample::record({.imodel = 2})));
  EXPECT_EQ(store->statistics()->thumbnails, 2U);
}

}  // namespace
}  // namespace locket
