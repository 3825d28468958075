#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iostream>

#include "fault/fault_vfs.hpp"
#include "fault/long_form.hpp"
#include "fault/scenario.hpp"

namespace locket::fault {
namespace {

std::size_t entries_of(const std::filesystem::path& folder) {
  const auto all = std::filesystem::directory_iterator(folder);
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

std::uint64_t resident_kib() {
  std::ifstream facts("/proc/self/statm");
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  facts >> all >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) / 1'024;
}

#ifdef __SANITIZE_ADDRESS__
constexpr bool memory_is_told = false;  // the sanitizer keeps freed memory for a while
#else
constexpr bool memory_is_told = true;
#endif

TEST(Leftovers, AreNoneAfterManyImports) {
  use_fault_vfs();
  const sample::Folder folder(scratch_parent());
  const std::uint64_t imports = rounds(2'000, 100'000);
  const auto store = open_store(folder.file());
  ASSERT_TRUE(store);
  std::size_t files = 0;
  std::size_t names = 0;
  std::uint64_t resident = 0;
  for (std::uint64_t i = 0; i < imports; ++i) {
    ASSERT_TRUE((*store)->put(make_record(i % 50, 1 + i / 50)));
    ASSERT_TRUE((*store)->read_for_operator(sample::id(i % 50)));
    if (i != imports / 2) continue;
    files = entries_of("/proc/self/fd");
    names = entries_of(folder.path());
    resident = resident_kib();
  }
  EXPECT_EQ(entries_of("/proc/self/fd"), files);
  EXPECT_EQ(entries_of(folder.path()), names);
  const std::uint64_t resident_at_end = resident_kib();
  if (memory_is_told) {
    EXPECT_LE(resident_at_end, resident + resident / 100);
  }
  std::cout << imports << " imports; from the half of them to the end: files open " << files << " -> "
            << entries_of("/proc/self/fd") << ", names " << names << " -> " << entries_of(folder.path()) << ", memory "
            << resident << " -> " << resident_at_end << " KiB\n";
}

}  // namespace
}  // namespace locket::fault
