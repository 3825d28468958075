#include "store/scrub.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/pace.hpp"
#include "crypto/sha256.hpp"
#include "store/access_tables.hpp"
#include "store/imodel_table.hpp"
#include "store/picture_table.hpp"
#include "store/read_transaction.hpp"
#include "store/sqlite_error.hpp"
#include "store/state_row.hpp"
#include "store/thumbnail_list.hpp"

namespace locket::store {
namespace {

constexpr std::int64_t rows_at_once = 256;
constexpr std::int64_t bytes_at_once = 4 << 20;
constexpr std::uint64_t page_bytes = 16'384;
constexpr std::chrono::nanoseconds longest_pause = std::chrono::milliseconds(100);

/// What a step of the check comes to: an error that ends it, or whether to go on.
using Step = Result<bool>;

/// The result code in a line of the engine's report, which calls it damage when a page could not be had for want of
/// memory, or of a disk that works. Result: SQLITE_OK where the line tells of none.
int failure_in(std::string_view line) noexcept {
  constexpr std::string_view before = "unable to get the page. error code=";
  const auto place = line.find(before);
  int code = SQLITE_OK;
  if (place == std::string_view::npos) return code;
  const std::string_view digits = line.substr(place + before.size());
  std::from_chars(digits.data(), digits.data() + digits.size(), code);
  return code;
}

class Scrubber {
 public:
  Scrubber(Connection& connection, const CheckOptions& options)
      : connection_(connection), options_(options), pace_(options.bytes_per_s_max) {}

  Result<CheckReport> run();

 private:
  void add(std::string what, std::optional<Guid> imodel_id = std::nullopt) {
    report_.damaged.push_back({imodel_id, std::move(what)});
  }
  bool tell() { return !options_.progress || options_.progress(report_.checked, total_); }
  bool keep_pace();
  Step found(const Error& error);
  Step check_state();
  Step check_structure();
  Result<std::vector<std::string>> prove_table(std::string_view name);
  Step check_table(std::string_view name);
  Step check_access();
  Step check_pictures();
  Step check_next_pictures();
  Step check_picture(const PictureKey& key);
  Step check_imodels();
  Step check_next_imodels();
  Step check_row(const SealedRow& sealed);
  Step check_thumbnails();
  Step check_counts();

  Connection& connection_;
  const CheckOptions& options_;
  Pace pace_;
  CheckReport report_;
  std::optional<State> state_;  // as it was at first
  std::uint64_t total_ = 0;
  std::unordered_set<std::int64_t> damaged_pictures_;
  std::int64_t pictures_ = 0;
  std::int64_t thumbnails_ = 0;
  std::int64_t after_picture_ = 0;
  std::optional<Guid> after_imodel_;
  bool at_end_ = false;
};

/// Damage is what a check looks for; every other error ends it.
Step Scrubber::found(const Error& error) {
  if (error.code != Code::store_corrupt) return std::unexpected(error);
  add(error.detail);
  return true;
}

bool Scrubber::keep_pace() {
  int misses = 0;
  int most = 0;
  sqlite3_db_status(connection_.handle(), SQLITE_DBSTATUS_CACHE_MISS, &misses, &most, 1);
  pace_.add(static_cast<std::uint64_t>(misses) * page_bytes);
  for (auto wait = pace_.wait(); wait.count() > 0; wait = pace_.wait()) {
    std::this_thread::sleep_for(std::min(wait, longest_pause));
    if (!tell()) return false;
  }
  return true;
}

Step Scrubber::check_state() {
  const auto state = load_state(connection_);
  if (!state) return found(state.error());
  state_ = *state;
  total_ = static_cast<std::uint64_t>(state->pictures);
  return true;
}

Step Scrubber::check_structure() {
  if (options_.bytes_per_s_max == 0) return check_table({});
  std::vector<std::string> tables;
  {
    auto statement = connection_.statement(Sql::list_small_tables);
    while (true) {
      const auto row = statement.step();
      if (!row) return found(row.error());
      if (!*row) break;
      tables.emplace_back(statement.text(0));
    }
  }
  for (const std::string& table : tables) {
    auto checked = check_table(table);
    if (!checked || !*checked) return checked;
    if (!keep_pace()) return false;
  }
  return true;
}

/// What the engine finds wrong with one table, or, without a name, with all of the file.
Result<std::vector<std::string>> Scrubber::prove_table(std::string_view name) {
  auto statement = connection_.statement(name.empty() ? Sql::integrity_check : Sql::integrity_check_of_table);
  if (!name.empty()) statement.bind(1, name);
  std::vector<std::string> faults;
  while (true) {
    const auto row = statement.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return faults;
    const std::string_view told = statement.text(0);
    if (const int failure = failure_in(told); failure != SQLITE_OK) {
      Error error = sqlite_error(failure, connection_.handle(), "checking the structure");
      if (error.code != Code::store_corrupt) return std::unexpected(std::move(error));
    }
    if (told != "ok") faults.emplace_back(told);
  }
}

Step Scrubber::check_table(std::string_view name) {
  auto faults = prove_table(name);
  // The engine does not always tell damage from a page that could not be had for a moment; damage stays.
  if (faults && !faults->empty()) faults = prove_table(name);
  if (!faults) return found(faults.error());
  for (const std::string& fault : *faults) add("structure: " + fault);
  return true;
}

Step Scrubber::check_access() {
  const auto document = read_access(connection_);
  if (!document) return found(document.error());
  const auto state = load_state(connection_);
  if (!state && state.error().code != Code::store_corrupt) return std::unexpected(state.error());
  if (state && access_checksum(*document) != state->access_xxh3) add("the access facts are damaged");
  return true;
}

Step Scrubber::check_picture(const PictureKey& key) {
  const auto bytes = read_picture(connection_, key);
  if (bytes && *bytes && crypto::sha256((*bytes)->view()) == key.sha256) return true;
  damaged_pictures_.insert(key.picture_id);
  if (!bytes) return found(bytes.error());
  add("picture " + std::to_string(key.picture_id) + " is not what was stored");
  return true;
}

Step Scrubber::check_next_pictures() {
  std::vector<PictureKey> keys;
  {
    auto statement = connection_.statement(Sql::next_pictures);
    statement.bind(1, after_picture_).bind(2, rows_at_once);
    for (std::int64_t bytes = 0; bytes < bytes_at_once;) {
      const auto row = statement.step();
      at_end_ = !row || !*row;
      if (!row) return found(row.error());
      if (!*row) break;
      PictureKey& key = keys.emplace_back();
      key.picture_id = statement.integer(0);
      key.bytes = statement.integer(3);
      if (!statement.copy(1, key.sha256) || !statement.copy(2, key.xxh3)) add("the entry of a picture is damaged");
      bytes += std::clamp<std::int64_t>(key.bytes, 1, bytes_at_once);
      if (keys.size() == static_cast<std::size_t>(rows_at_once)) break;
    }
  }
  for (const PictureKey& key : keys) {
    if (auto checked = check_picture(key); !checked) return checked;
    ++report_.checked;
    ++pictures_;
  }
  if (keys.empty()) return true;
  if (keys.back().picture_id <= after_picture_) {
    // What follows would be what was checked, again and again.
    add("the numbers of the pictures are out of order");
    at_end_ = true;
  }
  after_picture_ = keys.back().picture_id;
  return true;
}

Step Scrubber::check_pictures() {
  for (at_end_ = false; !at_end_;) {
    auto checked = in_read_transaction(connection_, [this] { return check_next_pictures(); });
    if (!checked || !*checked) return checked;
    if (!tell() || !keep_pace()) return false;  // outside of the transaction: who is told may take his time
  }
  return true;
}

Step Scrubber::check_row(const SealedRow& sealed) {
  const ImodelRow& row = sealed.row;
  if (!sealed.sound) add("the entry of the iModel is damaged", row.imodel_id);
  if (!row.thumbnail) return true;
  ++thumbnails_;
  if (!sealed.sound) return true;
  for (const Size size : {Size::small, Size::large}) {
    const PictureKey& key = row.thumbnail->picture(size);
    const auto entry = find_picture_key(connection_, key.picture_id);
    if (!entry && entry.error().code != Code::store_corrupt) return std::unexpected(entry.error());
    if (!entry || !*entry || **entry != key || damaged_pictures_.contains(key.picture_id)) {
      add(size == Size::small ? "its small picture is damaged or missing" : "its large picture is damaged or missing",
          row.imodel_id);
    }
  }
  return true;
}

Step Scrubber::check_next_imodels() {
  const auto rows = next_imodel_rows(connection_, after_imodel_, rows_at_once);
  at_end_ = !rows || rows->size() < static_cast<std::size_t>(rows_at_once);
  if (!rows) return found(rows.error());
  for (const SealedRow& sealed : *rows) {
    if (auto checked = check_row(sealed); !checked) return checked;
  }
  if (!rows->empty()) after_imodel_ = rows->back().row.imodel_id;
  return true;
}

Step Scrubber::check_imodels() {
  for (at_end_ = false; !at_end_;) {
    auto checked = in_read_transaction(connection_, [this] { return check_next_imodels(); });
    if (!checked || !*checked) return checked;
    if (!keep_pace()) return false;
  }
  return true;
}

Step Scrubber::check_thumbnails() {
  std::optional<Guid> after;
  do {
    const auto slice =
        in_read_transaction(connection_, [&] { return next_thumbnails(connection_, after, rows_at_once); });
    if (!slice) return found(slice.error());
    for (const ListedThumbnail& listed : slice->thumbnails) {
      if (listed.thumbnail || listed.fault == damaged_imodel) continue;  // sound, or told with the iModels
      add(std::string(listed.fault), listed.imodel_id == Guid{} ? std::nullopt : std::optional(listed.imodel_id));
    }
    if (!keep_pace()) return false;
    after = slice->last;
  } while (after);
  return true;
}

/// What damage took away without a trace is missing from the counts.
Step Scrubber::check_counts() {
  const auto state = load_state(connection_);
  if (!state && state.error().code != Code::store_corrupt) return std::unexpected(state.error());
  if (!state || !state_ || state->content_revision != state_->content_revision) return true;  // told, or changed since
  if (pictures_ != state->pictures || thumbnails_ != state->thumbnails) {
    add("there are " + std::to_string(thumbnails_) + " thumbnails and " + std::to_string(pictures_) +
        " pictures, in place of " + std::to_string(state->thumbnails) + " and " + std::to_string(state->pictures));
  }
  return true;
}

Result<CheckReport> Scrubber::run() {
  using Part = Step (Scrubber::*)();
  for (const Part part :
       {&Scrubber::check_state, &Scrubber::check_structure, &Scrubber::check_access, &Scrubber::check_pictures,
        &Scrubber::check_imodels, &Scrubber::check_thumbnails, &Scrubber::check_counts}) {
    const auto done = (this->*part)();
    if (!done) return std::unexpected(done.error());
    if (!*done) break;
  }
  return std::move(report_);
}

}  // namespace

Result<CheckReport> scrub(Connection& connection, const CheckOptions& options) {
  return Scrubber(connection, options).run();
}

}  // namespace locket::store
