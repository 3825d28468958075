#include "corpus.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <ctime>
#include <fstream>

#include "decoded_picture.hpp"

namespace locket::codec {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool memory_is_told = false;  // AddressSanitizer keeps what was freed
#elif defined(__has_feature)
constexpr bool memory_is_told = !__has_feature(address_sanitizer);
#else
constexpr bool memory_is_told = true;
#endif

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

long peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

/// Reads one file and compares what comes of it with the manifest, and, where that leaves a choice or only says that
/// there is to be an error, with what is written down.
void check_file(const std::string& folder, const CorpusFile& file, const Limits& limits) {
  std::ofstream("/proc/self/clear_refs") << "5";  // the peak starts anew, whatever other tests took before
  const double start = cpu_seconds();
  const Result<DecodedPicture> picture = decode_picture(read_file(file.path), limits);
  EXPECT_LT(cpu_seconds() - start, 2.0) << file.name;
  if (memory_is_told) {
    EXPECT_LT(peak_megabytes(), 400) << file.name;
  }
  const std::string outcome = picture ? "ok" : std::string(code_name(picture.error().code));
  const std::string choice = corpus_choice(folder, file.name);
  const std::string detail = picture ? "" : picture.error().detail;
  EXPECT_EQ(outcome, choice.empty() ? "ok" : choice) << folder << "/" << file.name << ": " << detail;
  if (file.expected.starts_with("error:")) {
    EXPECT_NE(outcome, "ok") << file.name;
  }
  if (!picture) {
    EXPECT_TRUE(outcome.starts_with("picture_")) << file.name << ": " << outcome;
    EXPECT_FALSE(detail.empty()) << file.name;
  }
  const bool left_open = file.expected.starts_with("policy") || file.expected.starts_with("no-crash") ||
                         file.expected.starts_with("ok or") || file.expected.starts_with("error");
  EXPECT_TRUE(!left_open || !choice.empty()) << folder << "/" << file.name << " is not in the table of choices";
}

class Corpus : public testing::TestWithParam<const char*> {};

TEST_P(Corpus, EveryFileHasTheOutcomeThatIsWrittenDown) {
  const std::string folder = GetParam();
  const std::vector<CorpusFile> files = corpus_files(folder);
  if (files.empty()) GTEST_SKIP() << "LOCKET_CORPUS names no folder";
  for (const CorpusFile& file : files) check_file(folder, file, {});
}

INSTANTIATE_TEST_SUITE_P(Folders, Corpus, testing::Values("pngsuite", "jpeg", "hostile", "imodel"),
                         [](const auto& each) { return std::string(each.param); });

TEST(PngSuite, ExactlyTheFourteenBrokenFilesAreRefused) {
  const std::vector<CorpusFile> files = corpus_files("pngsuite");
  if (files.empty()) GTEST_SKIP() << "LOCKET_CORPUS names no folder";
  int refused = 0;
  int decoded = 0;
  for (const CorpusFile& file : files) {
    const bool ok = decode_picture(read_file(file.path)).has_value();
    EXPECT_EQ(ok, file.name[0] != 'x') << file.name;
    ++(ok ? decoded : refused);
  }
  EXPECT_EQ(refused, 14);
  EXPECT_EQ(decoded, 162);
}

}  // namespace
}  // namespace locket::codec
