#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <random>
#include <set>

#include "fault/fault_vfs.hpp"
#include "fault/long_form.hpp"
#include "fault/scenario.hpp"

namespace locket::fault {
namespace {

constexpr std::size_t page_bytes = 16'384;
constexpr std::uint64_t imodels = 12;

AccessDocument some_access() {
  AccessDocument document;
  document.organizations.push_back({.id = sample::id(700), .administrators = {"admin"}, .roles = {}});
  AccessDocument::Itwin itwin;
  itwin.id = sample::id(1'000'000'000);
  itwin.organization_id = sample::id(700);
  itwin.owners = {"owner"};
  document.itwins.push_back(std::move(itwin));
  return document;
}

/// A sound store of a few iModels and access facts.
std::string make_sound(const std::string& path) {
  {
    const auto store = open_store(path);
    for (std::uint64_t i = 1; i <= imodels; ++i) EXPECT_TRUE((*store)->put(record_of(i, 1)));
    const auto revision = (*store)->replace_access(some_access());
    EXPECT_TRUE(revision) << revision.error().detail;
    EXPECT_TRUE((*store)->remember_failure({"a.png", "picture_empty", "no bytes", 5}));
  }
  return sample::read_file(path);
}

/// What became of damaged stores.
struct Outcome {
  std::uint64_t stores = 0;
  std::uint64_t refused = 0;  ///< not opened
  std::uint64_t right = 0;
  std::uint64_t errors = 0;   ///< reads that were told as failed
  std::uint64_t missing = 0;  ///< reads that found nothing
  std::uint64_t wrong = 0;    ///< reads that gave other bytes
  std::uint64_t missed = 0;   ///< stores with failed reads in which `check` saw nothing
  std::set<Code> told;        ///< all codes of errors
  std::chrono::nanoseconds slowest{};

  template <class Value>
  const Result<Value>& note(const Result<Value>& result) {
    if (!result) told.insert(result.error().code);
    return result;
  }

  /// Whether damage was told as that, and not as a fault of the disk, the memory or this program.
  bool told_as_damage() const {
    static const std::set<Code> fitting = {Code::store_corrupt, Code::store_foreign, Code::store_newer,
                                           Code::access_document_invalid};
    return std::ranges::includes(fitting, told);
  }

  std::string str() const {
    std::string codes;
    for (const Code code : told) codes.append(" ").append(code_name(code));
    return std::to_string(stores) + " damaged stores: " + std::to_string(refused) + " refused; reads right " +
           std::to_string(right) + ", refused " + std::to_string(errors) + ", nothing found " +
           std::to_string(missing) + ", wrong bytes served " + std::to_string(wrong) + "; missed by check " +
           std::to_string(missed) + "; slowest " +
           std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(slowest).count()) +
           " ms; told:" + codes;
  }
};

/// Reads both sizes of one iModel through a grant.
void fetch_both(Store& store, std::uint64_t imodel, Outcome& outcome) {
  const Record& record = record_of(imodel, 1);
  for (const Size size : {Size::small, Size::large}) {
    const auto bytes = outcome.note(sample::fetch(store, record.imodel_id, size));
    if (!bytes) {
      ++outcome.errors;
    } else if (!*bytes) {
      ++outcome.missing;
    } else if (sample::same(**bytes, size == Size::small ? record.small : record.large)) {
      ++outcome.right;
    } else {
      ++outcome.wrong;
    }
  }
}

/// Opens a damaged store, reads everything, checks it, and writes to it.
void use(const std::string& path, Outcome& outcome) {
  const auto begun = std::chrono::steady_clock::now();
  ++outcome.stores;
  const auto opened = open_store(path);
  if (!opened) {
    outcome.told.insert(opened.error().code);
    ++outcome.refused;
  } else {
    Store& store = **opened;
    const std::uint64_t failed_before = outcome.errors + outcome.missing;
    for (std::uint64_t i = 1; i <= imodels; ++i) fetch_both(store, i, outcome);
    const auto access = outcome.note(store.load_access(AccessScope::whole));
    if (access && access->document.itwins != some_access().itwins) ++outcome.wrong;
    const auto report = outcome.note(store.check({}));
    const bool seen = !report || !report->damaged.empty();
    if (!seen && outcome.errors + outcome.missing > failed_before) ++outcome.missed;
    outcome.note(store.list([](const StoredThumbnail&) { return true; }));
    outcome.note(store.statistics());
    outcome.note(store.failures());
    outcome.note(store.put(record_of(3, 2)));
    outcome.note(store.remove(sample::id(4)));
    outcome.note(store.replace_access(some_access()));
  }
  outcome.slowest = std::max(outcome.slowest, std::chrono::steady_clock::now() - begun);
}

class DamagedStore : public testing::Test {
 protected:
  void SetUp() override { use_fault_vfs(); }

  /// Uses copies of a sound store, each damaged in its own way.
  Outcome use_damaged(std::uint64_t count, void (*damage)(std::string&, std::mt19937_64&)) {
    std::mt19937_64 random(seed());
    Outcome outcome;
    for (std::uint64_t i = 0; i < count; ++i) {
      const sample::Folder folder(scratch_parent());
      std::string content = sound_;
      damage(content, random);
      sample::write_file(folder.file(), content);
      use(folder.file(), outcome);
    }
    std::cout << outcome.str() << '\n';
    return outcome;
  }

  sample::Folder folder_{scratch_parent()};
  std::string sound_ = (use_fault_vfs(), make_sound(folder_.file()));
};

void flip_bit(std::string& content, std::mt19937_64& random) {
  char& byte = content[random() % content.size()];
  byte = static_cast<char>(byte ^ (1 << random() % 8));
}

void cut_short(std::string& content, std::mt19937_64& random) { content.resize(random() % content.size()); }

void swap_pages(std::string& content, std::mt19937_64& random) {
  const std::size_t pages = content.size() / page_bytes;
  const std::size_t one = random() % pages * page_bytes;
  const std::size_t other = random() % pages * page_bytes;
  std::swap_ranges(content.begin() + static_cast<std::ptrdiff_t>(one),
                   content.begin() + static_cast<std::ptrdiff_t>(one + page_bytes),
                   content.begin() + static_cast<std::ptrdiff_t>(other));
}

/// Damage as an enemy would do it: in the header, in the heads of pages and in the lists of their cells, several at
/// once.
void forge(std::string& content, std::mt19937_64& random) {
  const std::size_t count = 1 + random() % 8;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t page = random() % (content.size() / page_bytes) * page_bytes;
    const std::size_t within = random() % 3 == 0 ? random() % page_bytes : random() % 128;
    static constexpr std::array values = {'\0', '\x01', '\x02', '\x05', '\x0a', '\x0d', '\x7f', '\x80', '\xff'};
    content[page + within] = random() % 2 == 0 ? values[random() % values.size()] : static_cast<char>(random());
  }
}

TEST_F(DamagedStore, WithAFlippedBitServesNoWrongBytes) {
  const Outcome outcome = use_damaged(rounds(300, 10'000), flip_bit);
  EXPECT_EQ(outcome.wrong, 0U);
  EXPECT_EQ(outcome.missed, 0U);
  EXPECT_GT(outcome.errors, 0U);
}

TEST_F(DamagedStore, ThatWasCutShortServesNoWrongBytes) {
  const Outcome outcome = use_damaged(rounds(60, 1'000), cut_short);
  EXPECT_EQ(outcome.wrong, 0U);
  EXPECT_EQ(outcome.missed, 0U);
}

TEST_F(DamagedStore, WithSwappedPagesServesNoWrongBytes) {
  const Outcome outcome = use_damaged(rounds(100, 1'000), swap_pages);
  EXPECT_EQ(outcome.wrong, 0U);
  EXPECT_EQ(outcome.missed, 0U);
}

// SQLite reads cells that a page only claims to have as rows numbered 0, so that a listing by number finds no end.
TEST_F(DamagedStore, WhosePagesClaimMoreCellsThanTheyHoldIsReadToAnEnd) {
  constexpr std::size_t count_of_cells = 3;
  constexpr std::size_t file_header_bytes = 100;
  Outcome outcome;
  for (std::size_t page = 0; page < sound_.size(); page += page_bytes) {
    std::string content = sound_;
    const std::size_t place = page + (page == 0 ? file_header_bytes : 0) + count_of_cells;
    content[place] = content[place + 1] = '\x0a';
    const sample::Folder folder(scratch_parent());
    sample::write_file(folder.file(), content);
    use(folder.file(), outcome);
  }
  std::cout << outcome.str() << '\n';
  EXPECT_EQ(outcome.wrong, 0U);
}

/// The pages of a database file that hold rows, and their cells: sqlite.org/fileformat2.html sections 1.6 and 2.1.
class LeafPage {
 public:
  LeafPage(std::string& file, std::size_t page) : file_(&file), begin_(page), header_(page == 0 ? 100 : page) {}

  bool is_of_a_table() const { return file_->at(header_) == '\x0d'; }
  bool is_leaf() const { return is_of_a_table() || file_->at(header_) == '\x0a'; }
  std::size_t cells() const { return number(header_ + 3); }

  /// Writes a cell anew, as one that claims nearly 4 GiB, most of it on pages that follow. Those that stand in its way
  /// are overwritten.
  void claim_4_gib(std::size_t cell) {
    const std::size_t at = begin_ + number(pointer(cell));
    const std::size_t head = end_of_varint(*file_, at);
    const std::size_t content = is_of_a_table() ? end_of_varint(*file_, head) : head;
    std::string record = lengthened(file_->substr(content, begin_ + page_bytes - content));
    record.resize(local_bytes());
    const std::string claim = "\x8f\xff\xff\xff\x7f" + file_->substr(head, content - head);
    const std::string whole = claim + record + std::string("\0\0\0\x02", 4);  // the page on which it goes on
    const std::size_t gap_begin = pointer(cells());
    const std::size_t gap_end = begin_ + number(header_ + 5);
    const std::size_t place =
        gap_end - gap_begin >= whole.size() ? gap_end - whole.size() : begin_ + page_bytes - whole.size();
    file_->replace(place, whole.size(), whole);
    set(pointer(cell), place - begin_);
    set(header_ + 5, std::min(place, gap_end) - begin_);
  }

 private:
  // What of a record of 0xFFFFFFFF bytes stands in the page itself.
  std::size_t local_bytes() const {
    const std::size_t at_most = is_of_a_table() ? page_bytes - 35 : (page_bytes - 12) * 64 / 255 - 23;
    const std::size_t at_least = (page_bytes - 12) * 32 / 255 - 23;
    const std::size_t wanted = at_least + (0xFFFFFFFF - at_least) % (page_bytes - 4);
    return wanted <= at_most ? wanted : at_least;
  }
  // A record whose last text or blob reaches beyond the page, and with one column more, for SQLite compares the sum of
  // all columns with the claim once it has come to the last.
  static std::string lengthened(const std::string& record) {
    const auto header_bytes = static_cast<std::size_t>(record.at(0));
    std::size_t last_text = 0;
    for (std::size_t at = 1; at < header_bytes; at = end_of_varint(record, at)) {
      if (static_cast<unsigned char>(record.at(at)) >= 12) last_text = at;
    }
    std::string header = record.substr(0, header_bytes);
    if (last_text != 0 && record.at(last_text) > 0)
      header.replace(last_text, 1, record.at(last_text) % 2 == 0 ? "\xbe\x4c" : "\xbe\x4d");
    header.push_back('\0');
    header.at(0) = static_cast<char>(header.size());
    return header + record.substr(header_bytes);
  }
  std::size_t pointer(std::size_t cell) const { return header_ + 8 + 2 * cell; }
  std::size_t number(std::size_t at) const {
    return static_cast<unsigned char>(file_->at(at)) * std::size_t{256} + static_cast<unsigned char>(file_->at(at + 1));
  }
  void set(std::size_t at, std::size_t value) {
    file_->at(at) = static_cast<char>(value / 256);
    file_->at(at + 1) = static_cast<char>(value % 256);
  }
  static std::size_t end_of_varint(const std::string& text, std::size_t at) {
    while ((static_cast<unsigned char>(text.at(at)) & 0x80) != 0) ++at;
    return at + 1;
  }

  std::string* file_;
  std::size_t begin_;
  std::size_t header_;
};

// SQLite counts the pages on which a record goes on in 32 bits; of such a one the count comes out as none, and it says
// that there is no memory.
TEST_F(DamagedStore, WithARecordThatClaims4GibIsToldAsDamaged) {
  Outcome outcome;
  for (std::size_t page = 0; page < sound_.size(); page += page_bytes) {
    LeafPage sound(sound_, page);
    for (std::size_t cell = 0; sound.is_leaf() && cell < sound.cells(); ++cell) {
      std::string content = sound_;
      LeafPage(content, page).claim_4_gib(cell);
      const sample::Folder folder(scratch_parent());
      sample::write_file(folder.file(), content);
      use(folder.file(), outcome);
    }
  }
  std::cout << outcome.str() << '\n';
  EXPECT_EQ(outcome.wrong, 0U);
  EXPECT_EQ(outcome.missed, 0U);
  EXPECT_GT(outcome.stores, 100U);
  EXPECT_TRUE(outcome.told_as_damage()) << outcome.str();
}

TEST_F(DamagedStore, ThatAnEnemyMadeServesNoWrongBytes) {
  const Outcome outcome = use_damaged(rounds(100, 20'000), forge);
  EXPECT_EQ(outcome.wrong, 0U);
}

}  // namespace
}  // namespace locket::fault
