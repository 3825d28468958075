#include <fcntl.h>
// What stands behind `locket import`: sources that change under one's hands, and folders larger than what is held.
#include <gtest/gtest.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "folder_walk.hpp"
#include "guid_set.hpp"
#include "line_reader.hpp"
#include "pending_files.hpp"
#include "source_root.hpp"

namespace locket::tool {
namespace {

namespace fs = std::filesystem;

class SourceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "locket-source-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    root_ = SourceRoot::open(name).value();
  }

  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }

  // All that a walk meets, in its order.
  std::vector<std::string> walked(std::size_t names_held_max) const {
    std::vector<std::string> met;
    FolderVisitor visitor;
    visitor.file = [&met](const std::string& relative) {
      met.push_back(relative);
      return true;
    };
    walk_folder(*root_, "", visitor, names_held_max);
    return met;
  }

  static constexpr ReadLimit limit{.bytes_max = 1'000, .over = Code::picture_bytes_over_limit};

  fs::path folder_;
  std::shared_ptr<const SourceRoot> root_;
};

TEST_F(SourceTest, AFileIsReadWhole) {
  write("a/b.png", "twelve bytes");
  const auto file = root_->open_file("a/b.png");
  ASSERT_TRUE(file);
  EXPECT_EQ(as_text(*file->read_whole(limit)), "twelve bytes");
  EXPECT_EQ(as_text(*file->read_start()), "twelve bytes");
  EXPECT_TRUE(file->prove_unchanged());
}

TEST_F(SourceTest, AFileThatGrowsShrinksOrIsRewrittenWhileItIsReadIsRefused) {
  const std::string text(500, 'x');
  for (const auto& [what, size] : {std::pair{"grows", 501}, std::pair{"shrinks", 499}, std::pair{"vanishes", 0}}) {
    write("a.png", text);
    const auto file = root_->open_file("a.png");
    ASSERT_TRUE(file);
    ASSERT_EQ(truncate((folder_ / "a.png").c_str(), size), 0);
    const auto bytes = file->read_whole(limit);
    ASSERT_FALSE(bytes) << what;
    EXPECT_EQ(bytes.error().code, Code::file_not_readable) << what;
    EXPECT_NE(bytes.error().detail.find("changed"), std::string::npos) << what;
    EXPECT_FALSE(file->prove_unchanged()) << what;
  }
  write("a.png", text);
  const auto file = root_->open_file("a.png");
  const timespec earlier[2] = {{1'000, 0}, {1'000, 0}};
  ASSERT_EQ(utimensat(AT_FDCWD, (folder_ / "a.png").c_str(), earlier, 0), 0);
  EXPECT_FALSE(file->read_whole(limit)) << "as large as before, but written at another time";
}

TEST_F(SourceTest, AFileThatIsTakenAwayIsReadToItsEnd) {
  write("a.png", "text");
  const auto file = root_->open_file("a.png");
  ASSERT_TRUE(file);
  fs::remove(folder_ / "a.png");
  EXPECT_EQ(as_text(*file->read_whole(limit)), "text");
  EXPECT_EQ(root_->open_file("a.png").error().code, Code::file_not_readable);
}

TEST_F(SourceTest, AFileThatGrowsAllTheTimeIsReadToTheSizeItHadOrRefusedButNeverFurther) {
  write("a.png", "x");
  std::jthread writer([this](const std::stop_token& stop) {
    std::ofstream out(folder_ / "a.png", std::ios::app);
    while (!stop.stop_requested() && out.tellp() < 8'000'000) out << std::string(100, 'x') << std::flush;
  });
  for (int round = 0; round < 200; ++round) {
    const auto file = root_->open_file("a.png");
    ASSERT_TRUE(file);
    const auto bytes = file->read_whole({.bytes_max = 1U << 30, .over = Code::picture_bytes_over_limit});
    if (!bytes) {
      EXPECT_EQ(bytes.error().code, Code::file_not_readable);
    }
  }
}

TEST_F(SourceTest, AFolderThatIsSwappedForALinkLeadsNowhere) {
  write("in/a.png", "inside");
  write("outside/a.png", "outside");
  const auto inner = SourceRoot::open((folder_ / "in").string()).value();
  write("in/sub/a.png", "inside");
  fs::rename(folder_ / "in/sub", folder_ / "in/old");
  fs::create_directory_symlink("../outside", folder_ / "in/sub");
  EXPECT_FALSE(inner->open_file("sub/a.png"));
  EXPECT_FALSE(inner->open_file("../outside/a.png"));
  EXPECT_FALSE(inner->open_file((folder_ / "outside/a.png").string()));
  EXPECT_TRUE(inner->open_file("old/a.png"));
}

TEST_F(SourceTest, ARootThatIsRenamedStaysTheFolderThatItWas) {
  write("in/a.png", "first");
  const auto inner = SourceRoot::open((folder_ / "in").string()).value();
  fs::rename(folder_ / "in", folder_ / "moved");
  write("in/a.png", "second");
  const auto file = inner->open_file("a.png");
  ASSERT_TRUE(file);
  EXPECT_EQ(as_text(*file->read_whole(limit)), "first");
  EXPECT_FALSE(inner->is_gone());
  fs::remove_all(folder_ / "moved");
  EXPECT_TRUE(inner->is_gone());
}

TEST_F(SourceTest, APathIsToldFreeOfLinksAndFoundAgain) {
  write("in/a.png", "x");
  fs::create_directory_symlink("in", folder_ / "link");
  const auto root = SourceRoot::open((folder_ / "link").string()).value();
  const std::string real = (fs::canonical(folder_) / "in/a.png").string();
  EXPECT_EQ(root->path_of("a.png"), real);
  EXPECT_EQ(root->relative_of(real), "a.png");
  EXPECT_EQ(root->relative_of((folder_ / "link/a.png").string()), "a.png") << "as the user named it";
  EXPECT_EQ(root->relative_of((folder_ / "link").string()), std::nullopt);
  EXPECT_EQ(root->relative_of((fs::canonical(folder_) / "in-two/a.png").string()), std::nullopt);
  const auto top = SourceRoot::open("/").value();
  EXPECT_EQ(top->relative_of(real), real.substr(1));
  EXPECT_EQ(top->path_of(real.substr(1)), real);
}

TEST_F(SourceTest, AWalkMeetsTheSameInTheSameOrderHoweverFewNamesItHolds) {
  std::set<std::string> all;
  for (int number = 0; number < 300; ++number) {
    const std::string name = std::to_string(number * 7'919 % 300);
    const std::string folder = number % 3 == 0 ? "" : number % 3 == 1 ? "sub/" : "sub/deep/er/";
    write(folder + name, "x");
    all.insert(folder + name);
  }
  const std::vector<std::string> expected = walked(100'000);
  EXPECT_EQ(std::set<std::string>(expected.begin(), expected.end()), all);
  EXPECT_EQ(expected.size(), all.size());
  for (const std::size_t held : {1U, 2U, 7U, 64U, 299U}) EXPECT_EQ(walked(held), expected) << held;
}

/// Counts how often a folder itself is opened; told too little of what happens twice between two looks.
class OpeningsOf {
 public:
  explicit OpeningsOf(const fs::path& folder) : events_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    inotify_add_watch(events_.number(), folder.c_str(), IN_OPEN);
  }

  std::size_t count() {
    alignas(inotify_event) char piece[4'096];
    for (ssize_t bytes = 0; (bytes = read(events_.number(), piece, sizeof piece)) > 0;) {
      for (ssize_t at = 0; at < bytes;) {
        const auto* const event = reinterpret_cast<const inotify_event*>(piece + at);
        count_ += event->len == 0 ? 1 : 0;  // what is in the folder is told by its name
        at += static_cast<ssize_t>(sizeof *event + event->len);
      }
    }
    return count_;
  }

 private:
  FileDescriptor events_;
  std::size_t count_ = 0;
};

TEST_F(SourceTest, AFolderIsNotReadAgainForEachFolderInIt) {
  for (int number = 0; number < 200; ++number) write("folder-" + std::to_string(number) + "/a.png", "x");
  OpeningsOf openings(folder_);
  std::size_t met = 0;
  FolderVisitor visitor;
  visitor.file = [&](const std::string&) { return ++met + openings.count() > 0; };
  walk_folder(*root_, "", visitor, 16);
  EXPECT_EQ(met, 200U);
  EXPECT_LE(openings.count(), 200U / 8 + 1);
}

TEST_F(SourceTest, AWalkEndsWhenItIsToldTo) {
  for (const char* name : {"a", "b/c", "d"}) write(name, "x");
  std::vector<std::string> met;
  FolderVisitor visitor;
  visitor.file = [&met](const std::string& relative) {
    met.push_back(relative);
    return met.size() < 2;
  };
  walk_folder(*root_, "", visitor);
  EXPECT_EQ(met, (std::vector<std::string>{"a", "b/c"}));
}

TEST_F(SourceTest, LinesComeWholeWhateverTheirLengthAndEnd) {
  const std::string longest(LineReader::line_bytes_max, 'y');
  const std::string longer(LineReader::line_bytes_max + 70'000, 'z');
  write("list", "one\ntwo\r\n\n" + longest + "\n" + longer + "\nlast");
  const auto file = root_->open_file("list");
  LineReader lines(file->descriptor(), [] { return false; });
  std::string line;
  for (const std::string& expected : {std::string("one"), std::string("two"), std::string(), longest}) {
    ASSERT_EQ(lines.next(line), LineReader::Met::line);
    EXPECT_EQ(line, expected);
  }
  EXPECT_EQ(lines.next(line), LineReader::Met::cut);
  EXPECT_EQ(lines.next(line), LineReader::Met::line);
  EXPECT_EQ(line, "last");
  EXPECT_EQ(lines.next(line), LineReader::Met::end);
}

TEST_F(SourceTest, AReaderOfAPipeEndsWhenItIsToldTo) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  int asked = 0;
  LineReader lines(ends[0], [&asked] { return ++asked > 1; });
  std::string line;
  EXPECT_EQ(lines.next(line), LineReader::Met::end);
  close(ends[0]);
  close(ends[1]);
}

TEST(GuidSet, RemembersEachGuidOnce) {
  GuidSet known;
  std::vector<Guid> guids(1);
  for (int number = 0; number < 20'000; ++number) guids.push_back(derive_guid(std::to_string(number)));
  for (const Guid& guid : guids) EXPECT_TRUE(known.insert(guid));
  for (const Guid& guid : guids) EXPECT_FALSE(known.insert(guid));
  EXPECT_EQ(known.size(), guids.size());
}

TEST(PendingFiles, KeepsNoMoreBytesOfPathsThanAreAllowedHoweverLongTheyAre) {
  PendingFiles pending;
  std::size_t kept = 0;
  while (pending.keep(std::string(4'000, 'a') + std::to_string(kept), {})) ASSERT_LT(++kept, 100'000U);
  EXPECT_GT(kept, 3'500U);
  EXPECT_LE(pending.bytes(), PendingLimits().path_bytes_max);
  EXPECT_EQ(pending.size(), kept);
  EXPECT_EQ(pending.find("b"), nullptr);
  EXPECT_TRUE(pending.keep(std::string(4'000, 'a') + "0", {.due = {}, .closed = true}));  // which is kept already
  EXPECT_TRUE(pending.find(std::string(4'000, 'a') + "0")->closed);
}

TEST(PendingFiles, KeepsNoMoreFilesThanAreAllowedHoweverShortTheirPathsAre) {
  PendingFiles pending;
  std::size_t kept = 0;
  while (pending.keep(std::to_string(kept), {})) ASSERT_LE(++kept, PendingLimits().files_max);
  EXPECT_EQ(kept, PendingLimits().files_max);
}

TEST(PendingFiles, HasRoomAgainForWhatIsForgottenOrTaken) {
  PendingFiles pending({.files_max = 3, .path_bytes_max = 3 * 1'000});
  for (int round = 0; round < 10; ++round) {
    const std::string first = std::to_string(round) + std::string(800, 'x');
    ASSERT_TRUE(pending.keep(first, {})) << round;
    ASSERT_TRUE(pending.keep("b" + first, {})) << round;
    ASSERT_TRUE(pending.keep("c" + first, {.due = {}, .written = true})) << round;
    EXPECT_FALSE(pending.keep("d", {})) << round;
    pending.forget(first);
    pending.forget("unknown");
    std::vector<std::string> seen;
    pending.take_if([&](const std::string& path, PendingFile& file) {
      seen.push_back(path);
      return file.written;
    });
    EXPECT_EQ(seen, (std::vector{"b" + first, "c" + first}));
    EXPECT_EQ(pending.size(), 1U);
    pending.clear();
    EXPECT_EQ(pending.bytes(), 0U);
  }
}

}  // namespace
}  // namespace locket::tool
