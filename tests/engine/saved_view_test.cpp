#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

#include "locket/imodel_file.hpp"
#include "locket/picture.hpp"
#include "made_imodel_file.hpp"
#include "png_file.hpp"
#include "store/sample.hpp"

namespace locket {
namespace {

namespace fs = std::filesystem;

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream whole;  // which reads by the block, as an iterator does not
  whole << file.rdbuf();
  return std::move(whole).str();
}

std::vector<std::vector<std::string>> read_table(const fs::path& path) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream text(read_text(path));
  std::string line;
  std::getline(text, line);  // the names of the columns
  while (std::getline(text, line)) {
    std::istringstream cells(line);
    std::string cell;
    rows.emplace_back();
    while (std::getline(cells, cell, '\t')) rows.back().push_back(cell);
  }
  return rows;
}

/// A copy of the corpus's iModel files, so that it can be seen whether anything appears beside them.
class SavedViewTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* corpus = std::getenv("LOCKET_CORPUS");
    corpus_ = corpus == nullptr ? "" : corpus;
    if (!fs::exists(corpus_ / "bim" / "MANIFEST.tsv")) GTEST_SKIP() << "no iModel files at " << corpus_ / "bim";
    std::string name = (fs::temp_directory_path() / "locket-bim-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    for (const auto& row : read_table(corpus_ / "bim" / "MANIFEST.tsv")) {
      fs::copy(corpus_ / "bim" / row.at(0), folder_ / row.at(0));
    }
  }

  void TearDown() override {
    if (!folder_.empty()) fs::remove_all(folder_);
  }

  Result<SavedView> read(const std::string& name) const { return read_saved_view((folder_ / name).string()); }

  fs::path corpus_;
  fs::path folder_;
};

std::map<std::string, std::string> choices() {
  const char* data = std::getenv("LOCKET_TEST_DATA");
  std::map<std::string, std::string> outcomes;
  for (const auto& row : read_table(fs::path(data == nullptr ? "" : data) / "imodel_file_choices.tsv")) {
    outcomes[row.at(0)] = row.at(1);
  }
  return outcomes;
}

TEST_F(SavedViewTest, EveryFileOfTheCorpusHasItsExpectedOutcome) {
  const auto ours = choices();
  int good = 0;
  for (const auto& row : read_table(corpus_ / "bim" / "MANIFEST.tsv")) {
    const std::string& name = row.at(0);
    const std::string& expected = row.at(9);
    const auto start = std::chrono::steady_clock::now();
    const auto view = read(name);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2)) << name;
    const std::string outcome = view ? "ok" : std::string(code_name(view.error().code));
    if (expected.starts_with("policy")) {
      ASSERT_TRUE(ours.contains(name)) << "no choice for " << name;
      EXPECT_EQ(outcome, ours.at(name)) << name << ": " << expected;
    } else {
      EXPECT_EQ(outcome == "ok", expected.starts_with("ok")) << name << ": " << expected << ", but " << outcome;
    }
    if (!view) {
      EXPECT_FALSE(view.error().detail.empty()) << name;
      continue;
    }
    ++good;
    EXPECT_TRUE(render(view->picture)) << name;
  }
  EXPECT_GT(good, 25);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 67) << "something was written beside the files";
}

TEST_F(SavedViewTest, ThePictureIsTheOneThatTheFileNames) {
  for (const auto& [name, picture, view_id] :
       {std::tuple{"JoesHouse.bim", "bimthumb_JoesHouse_0x4e.jpg", 0x4eu},
        std::tuple{"JoesHouse_rawsize_zlib.bim", "bimthumb_JoesHouse_0x4e.jpg", 0x4eu},
        std::tuple{"Properties_60InstancesWithUrl2.ibim", "bimthumb_Properties_60InstancesWithUrl2_0x25.jpg", 0x25u},
        std::tuple{"test.bim", "bimthumb_test_0x34.png", 0x34u}}) {
    const auto view = read(name);
    ASSERT_TRUE(view) << name << ": " << view.error().detail;
    EXPECT_EQ(view->view_id, view_id);
    EXPECT_EQ(as_text(view->picture), read_text(corpus_ / "imodel" / picture)) << name;
  }
}

TEST_F(SavedViewTest, TheFileTellsItsOwnIds) {
  const auto view = read("JoesHouse.bim");
  ASSERT_TRUE(view);
  ASSERT_TRUE(view->imodel_id);
  EXPECT_EQ(to_string(*view->imodel_id), "2b382042-4a92-46a4-a3cf-db4b77085489");
}

TEST_F(SavedViewTest, StrangeNamesOfFilesAreOnlyNames) {
  for (const std::string name : {"a?mode=rwc.bim", "b#c.bim", "d%20e.bim", "f g\xc3\xa4.bim", "new\nline.bim"}) {
    fs::copy(folder_ / "JoesHouse.bim", folder_ / name);
    EXPECT_TRUE(read(name)) << name;
  }
  EXPECT_EQ(read("missing.bim").error().code, Code::file_not_readable);
  EXPECT_FALSE(fs::exists(folder_ / "missing.bim"));
}

TEST_F(SavedViewTest, AnOpenFileIsReadWhateverItsNameLeadsToMeanwhile) {
  const int descriptor = open((folder_ / "JoesHouse.bim").c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(descriptor, 0);
  fs::rename(folder_ / "JoesHouse.bim", folder_ / "moved.bim");
  fs::create_symlink("test.bim", folder_ / "JoesHouse.bim");
  const auto view = read_saved_view(descriptor);
  close(descriptor);
  ASSERT_TRUE(view) << view.error().detail;
  EXPECT_EQ(view->view_id, 0x4eU);
}

TEST_F(SavedViewTest, ACallerMayJudgeThePictureInPlaceOfTheDecoder) {
  const int descriptor = open((folder_ / "JoesHouse.bim").c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(descriptor, 0);
  std::optional<Guid> told;
  const auto taken = read_saved_view(descriptor, {}, [&told](const SavedView& view) -> Result<void> {
    told = view.imodel_id;
    return {};
  });
  EXPECT_TRUE(taken) << "the judge took it";
  EXPECT_TRUE(told) << "the judge sees whose picture it is";
  const auto refused = read_saved_view(
      descriptor, {}, [](const SavedView&) -> Result<void> { return fail(Code::picture_truncated, "cut"); });
  EXPECT_EQ(refused.error().code, Code::saved_view_invalid);
  EXPECT_NE(refused.error().detail.find("cut"), std::string::npos);
  close(descriptor);
}

TEST_F(SavedViewTest, WhatIsNoRegularFileIsRefusedWithoutWaiting) {
  ASSERT_EQ(mkfifo((folder_ / "pipe.bim").c_str(), 0600), 0);
  for (const std::string name : {"pipe.bim", "."}) EXPECT_EQ(read(name).error().code, Code::file_not_readable) << name;
  EXPECT_EQ(read_saved_view(-1).error().code, Code::file_not_readable);
}

TEST_F(SavedViewTest, APictureOverTheByteLimitIsRefused) {
  Limits limits;
  limits.picture_bytes_max = 40'000;
  EXPECT_EQ(read_saved_view((folder_ / "JoesHouse.bim").string(), limits).error().code, Code::saved_view_invalid);
  EXPECT_EQ(read_saved_view((folder_ / "JoesHouse_rawsize_zlib.bim").string(), limits).error().code,
            Code::saved_view_invalid);
}

/// A grey picture of one column, so high that its rows come in many batches.
codec::PngFile& with_header(codec::PngFile&& file) { return file.header({.width = 1, .height = 20'000}); }

Bytes whole_picture() { return with_header(codec::PngFile()).data(std::vector<std::uint8_t>(40'000, 0)).end().bytes(); }

Bytes picture_without_its_last_rows() {
  return with_header(codec::PngFile()).data(std::vector<std::uint8_t>(20'000, 0)).end().bytes();
}

class MadeFileTest : public ::testing::Test {
 protected:
  sample::Folder folder_;
  std::string path_ = folder_.file("made.bim");
};

TEST_F(MadeFileTest, WithoutADefaultViewTheFirstWholePictureIsTaken) {
  MadeImodelFile(path_)
      .saved_picture(3, {}, as_bytes("no picture"))
      .saved_picture(5, {}, picture_without_its_last_rows())
      .saved_picture(7, {}, whole_picture())
      .saved_picture(9, {}, whole_picture());
  const auto view = read_saved_view(path_);
  ASSERT_TRUE(view) << view.error().detail;
  EXPECT_EQ(view->view_id, 7U);
  EXPECT_EQ(view->picture, whole_picture());
}

TEST_F(MadeFileTest, OfBrokenPicturesTheFaultOfTheFirstIsTold) {
  MadeImodelFile(path_)
      .saved_picture(3, {}, picture_without_its_last_rows())
      .saved_picture(5, {}, as_bytes("no picture"));
  const auto view = read_saved_view(path_);
  ASSERT_FALSE(view);
  EXPECT_EQ(view.error().code, Code::saved_view_invalid);
  const auto alone = render(picture_without_its_last_rows());
  ASSERT_FALSE(alone);
  EXPECT_TRUE(view.error().detail.ends_with(alone.error().detail)) << view.error().detail;
}

/// How many of such pictures are looked at where all are refused.
int looked_at(const std::string& path, BytesView picture, const Limits& limits, std::int64_t pictures = 10) {
  {
    MadeImodelFile made(path);
    for (std::int64_t view = 1; view <= pictures; ++view) made.saved_picture(view, {}, picture);
  }
  int count = 0;
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const auto view = read_saved_view(descriptor, limits, [&count](const SavedView&) -> Result<void> {
    ++count;
    return fail(Code::picture_data_invalid);
  });
  close(descriptor);
  EXPECT_EQ(view.error().code, Code::saved_view_invalid);
  return count;
}

TEST_F(MadeFileTest, BrokenPicturesHaveTogetherWhatOneMayHave) {
  Limits limits;
  EXPECT_EQ(looked_at(path_, whole_picture(), limits), 10);
  limits.picture_pixels_max = 50'000;
  EXPECT_EQ(looked_at(folder_.file("pixels.bim"), whole_picture(), limits), 3) << "each has 20,000 pixels";
  limits.picture_bytes_max = 2'500;
  EXPECT_EQ(looked_at(folder_.file("bytes.bim"), Bytes(1'000), limits), 3);
  EXPECT_EQ(looked_at(folder_.file("many.bim"), Bytes(10), limits, 70), 64);
}

TEST_F(MadeFileTest, ARowWithoutAPictureDoesNotHideALaterOne) {
  MadeImodelFile(path_)
      .saved_picture(3, {}, {})
      .saved_picture(5, -1, whole_picture())
      .saved_picture(7, {}, whole_picture());
  const auto view = read_saved_view(path_);
  ASSERT_TRUE(view) << view.error().detail;
  EXPECT_EQ(view->view_id, 7U);
  const std::string broken = folder_.file("broken.bim");
  MadeImodelFile(broken).saved_picture(3, {}, {}).saved_picture(5, -1, whole_picture());
  EXPECT_EQ(read_saved_view(broken).error().code, Code::saved_view_invalid);
}

TEST_F(MadeFileTest, APictureOverTheLimitDoesNotHideALaterOneAndIsToldWithItsBytes) {
  {
    MadeImodelFile made(path_);
    for (std::int64_t view = 1; view <= 3; ++view) made.saved_picture(view, {}, Bytes(8'000'000));
    made.saved_picture(4, {}, whole_picture());
  }
  const auto view = read_saved_view(path_);
  ASSERT_TRUE(view) << view.error().detail;
  EXPECT_EQ(view->view_id, 4U);
  const std::string alone = folder_.file("alone.bim");
  MadeImodelFile(alone).saved_picture(1, {}, Bytes(8'000'000));
  const auto refused = read_saved_view(alone);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::saved_view_invalid);
  EXPECT_NE(refused.error().detail.find("has 8000000 bytes"), std::string::npos) << refused.error().detail;
}

TEST_F(MadeFileTest, AValueThatIsLongerThanAnyPictureIsRefused) {
  MadeImodelFile(path_).saved_picture(3, {}, Bytes(4'000'000));
  Limits limits;
  limits.picture_bytes_max = 1'000;
  const auto view = read_saved_view(path_, limits);
  ASSERT_FALSE(view);
  EXPECT_EQ(view.error().code, Code::saved_view_invalid);
}

// Such a function may take hours, and is one step of the virtual machine.
TEST_F(MadeFileTest, AColumnThatIsComputedIsRefused) {
  MadeImodelFile(path_)
      .run(
          "DROP TABLE be_Prop; CREATE TABLE be_Prop (Namespace, Name, Id, SubId, RawSize, a, b, Data AS (instr(a, b)))")
      .run("INSERT INTO be_Prop VALUES ('dgn_View', 'Thumbnail', 1, 0, NULL, 'a', 'b')");
  EXPECT_EQ(read_saved_view(path_).error().code, Code::imodel_file_foreign);
}

TEST_F(MadeFileTest, ATableOfAModuleIsNotRunThoughItSaysItIsARealOne) {
  MadeImodelFile made(path_);
  made.run("DROP TABLE be_Prop; CREATE VIRTUAL TABLE be_Prop USING fts4(Namespace, Name, Id, SubId, RawSize, Data)");
  made.run("INSERT INTO be_Prop VALUES ('dgn_View', 'Thumbnail', 1, 0, NULL, x'00')");
  made.run("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 2 WHERE name = 'be_Prop'");
  EXPECT_EQ(read_saved_view(path_).error().code, Code::imodel_file_foreign);
}

std::uint32_t big_endian(const std::string& file, std::size_t at, std::size_t bytes) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < bytes; ++i) number = number << 8 | static_cast<unsigned char>(file[at + i]);
  return number;
}

// Leads every branch of a tree to the leaf of its first row, and all rows of that leaf to the first.
void show_the_first_row_everywhere(std::string& file, std::uint32_t root, std::size_t page_bytes) {
  constexpr char leaf = 13;
  const auto place_of = [page_bytes](std::uint32_t page) { return (page - 1) * page_bytes; };
  const auto branch_of = [&](std::uint32_t page, std::size_t i) {  // sqlite.org/fileformat2.html, section 1.6
    return place_of(page) + big_endian(file, place_of(page) + 12 + 2 * i, 2);
  };
  std::uint32_t first = root;
  while (file[place_of(first)] != leaf) first = big_endian(file, branch_of(first, 0), 4);
  const std::size_t rows_at = place_of(first) + 8;
  for (std::uint32_t row = 1; row < big_endian(file, place_of(first) + 3, 2); ++row) {
    file.replace(rows_at + std::size_t{2} * row, 2, file, rows_at, 2);
  }
  std::vector<std::uint32_t> pages{root};
  while (!pages.empty()) {
    const std::uint32_t page = pages.back();
    pages.pop_back();
    const std::size_t count = big_endian(file, place_of(page) + 3, 2);
    for (std::size_t i = 0; i <= count; ++i) {
      const std::size_t place = i == count ? place_of(page) + 8 : branch_of(page, i);
      const std::uint32_t child = big_endian(file, place, 4);
      if (file[place_of(child)] != leaf) {
        pages.push_back(child);
      } else {
        for (std::size_t byte = 0; byte < 4; ++byte) file[place + byte] = static_cast<char>(first >> (24 - 8 * byte));
      }
    }
  }
}

/// What this process has read, by every call.
std::uint64_t bytes_read() {
  std::ifstream counts("/proc/self/io");
  std::string name;
  std::uint64_t bytes = 0;
  counts >> name >> bytes;
  return bytes;
}

TEST_F(MadeFileTest, RowsThatShareTheirPagesDoNotKeepUsBusy) {
  for (const std::size_t page_bytes : {std::size_t{512}, std::size_t{65'536}}) {
    const std::string path = folder_.file(std::to_string(page_bytes) + ".bim");
    MadeImodelFile(path).run("DROP TABLE be_Prop; PRAGMA page_size = " + std::to_string(page_bytes) +
                             "; VACUUM; CREATE TABLE be_Prop (Namespace, Name, Id, SubId, RawSize,"
                             " Data); INSERT INTO be_Prop VALUES (hex(zeroblob(3000000)), '', 0, 0, NULL, NULL);"
                             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
                             "INSERT INTO be_Prop SELECT 'namespace', 'of a row that is there only to be replaced', i, "
                             "0, NULL, NULL FROM n");
    std::string file = read_text(path);
    show_the_first_row_everywhere(file, 2, page_bytes);
    sample::write_file(path, file);
    const std::uint64_t before = bytes_read();
    EXPECT_EQ(read_saved_view(path).error().code, Code::imodel_file_over_limit);
    EXPECT_LT(bytes_read() - before, 2'000'000'000U);
  }
}

// Other files are read beside it, as many as there are jobs.
TEST_F(MadeFileTest, WhatElseTheProcessTakesOfMemoryDecidesNothing) {
  constexpr std::int64_t pictures = 60;
  {
    MadeImodelFile made(path_);
    for (std::int64_t view = 1; view <= pictures; ++view) made.saved_picture(view, {}, whole_picture());
  }
  const int descriptor = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  void* held = nullptr;
  int asked = 0;
  const auto view = read_saved_view(descriptor, {}, [&](const SavedView&) -> Result<void> {
    if (held == nullptr) held = sqlite3_malloc64(400'000'000);
    if (++asked == pictures) return {};
    return fail(Code::picture_data_invalid);
  });
  EXPECT_NE(held, nullptr);
  sqlite3_free(held);
  close(descriptor);
  ASSERT_TRUE(view) << view.error().detail;
  EXPECT_EQ(view->view_id, 60U);
}

TEST_F(MadeFileTest, AViewStoreGivesThePictureOfTheDefaultViewOfItsFirstGroup) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string picture;
  for (const std::byte byte : whole_picture()) {
    picture += hex[std::to_integer<unsigned>(byte) >> 4];
    picture += hex[std::to_integer<unsigned>(byte) & 15];
  }
  MadeImodelFile made(path_);
  made.run(
      "DROP TABLE be_Prop; CREATE TABLE thumbnails (Id INTEGER PRIMARY KEY, data BLOB);"
      "CREATE TABLE viewGroups (Id INTEGER PRIMARY KEY, defaultViewId INTEGER);"
      "INSERT INTO thumbnails VALUES (4, x'" +
      picture + "'), (6, x'" + picture +
      "');"
      "INSERT INTO viewGroups VALUES (1, 6)");
  EXPECT_EQ(read_saved_view(path_)->view_id, 6U);
  made.run("UPDATE viewGroups SET defaultViewId = NULL");
  EXPECT_EQ(read_saved_view(path_)->view_id, 4U) << "where none is the default, the first is taken";
}

TEST_F(MadeFileTest, AFileWithChangesThatWereNotWrittenBackIsRefused) {
  MadeImodelFile made(path_);
  made.saved_picture(3, {}, whole_picture());
  EXPECT_TRUE(read_saved_view(path_));
  made.run("PRAGMA journal_mode = WAL; UPDATE be_Prop SET Data = NULL");
  EXPECT_EQ(read_saved_view(path_).error().code, Code::file_not_readable);
  made.run("PRAGMA wal_checkpoint(TRUNCATE)");
  EXPECT_EQ(read_saved_view(path_).error().code, Code::saved_view_invalid);
}

TEST_F(MadeFileTest, WhatCanNotBeLookedIntoBesideAFileMayHoldItsChanges) {
  MadeImodelFile(path_).saved_picture(3, {}, whole_picture());
  std::filesystem::create_directory(path_ + "-journal");
  EXPECT_EQ(read_saved_view(path_).error().code, Code::file_not_readable);
  std::filesystem::remove(path_ + "-journal");
  std::filesystem::create_symlink(path_, path_ + "-wal");
  EXPECT_EQ(read_saved_view(path_).error().code, Code::file_not_readable);
}

TEST_F(MadeFileTest, ANameToWhichNothingFitsHasNothingBesideIt) {
  const std::string longest = folder_.file(std::string(255, 'n'));
  MadeImodelFile(path_).saved_picture(3, {}, whole_picture());
  std::filesystem::rename(path_, longest);
  EXPECT_TRUE(read_saved_view(longest));
}

TEST_F(MadeFileTest, WhatAJudgeThrowsIsTold) {
  MadeImodelFile(path_).saved_picture(3, {}, whole_picture());
  const int descriptor = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(descriptor, 0);
  const auto view = read_saved_view(
      descriptor, {}, [](const SavedView&) -> Result<void> { throw std::runtime_error("a judge of a host throws"); });
  close(descriptor);
  ASSERT_FALSE(view);
  EXPECT_EQ(view.error().code, Code::internal_error);
}

// Trouble says nothing of a picture: the one after it would be taken by chance, or a good one be called broken.
TEST_F(MadeFileTest, AJudgesTroubleEndsTheSearch) {
  MadeImodelFile made(path_);
  made.saved_picture(3, {}, whole_picture());
  made.saved_picture(4, {}, whole_picture());
  const int descriptor = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(descriptor, 0);
  for (const Code code : {Code::out_of_memory, Code::store_busy, Code::internal_error}) {
    int asked = 0;
    const auto view = read_saved_view(descriptor, {}, [&](const SavedView&) -> Result<void> {
      if (++asked == 1) return fail(code, "a passing trouble");
      return {};
    });
    ASSERT_FALSE(view) << view->view_id;
    EXPECT_EQ(view.error().code, code);
    EXPECT_EQ(asked, 1);
  }
  close(descriptor);
}

TEST(ImodelFile, ANameWithANulIsNone) {
  EXPECT_EQ(read_saved_view(std::string("/etc/passwd\0x", 13)).error().code, Code::file_not_readable);
}

TEST(ImodelFile, IsToldByItsFirstBytes) {
  EXPECT_TRUE(is_imodel_file(as_bytes(std::string_view("SQLite format 3\0more", 20))));
  EXPECT_FALSE(is_imodel_file(as_bytes("SQLite format 3")));
  EXPECT_FALSE(is_imodel_file({}));
}

}  // namespace
}  // namespace locket
