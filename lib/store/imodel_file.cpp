#include "store/imodel_file.hpp"

#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "store/descriptor_file.hpp"
#include "store/sqlite_error.hpp"

namespace locket::store {
namespace {

constexpr int be_db_application_id = 0x42654462;  // "BeDb"
constexpr int schema_steps_between_checks = 10;  // each of its rows is a table, an index or a trigger, and is looked at
constexpr int schema_checks_max = 10'000;        // some 10,000 tables and indexes; real files have 200
constexpr std::uint64_t schema_bytes_max = 64 << 20;  // of pages looked at for it; real files have 2 MB
constexpr int schema_text_bytes_max = 1'000'000;      // of one table
constexpr int steps_between_checks = 100;
constexpr int checks_max = 200'000;  // 20 million virtual machine steps: some hundred times what a real file takes
constexpr std::uint64_t pages_max = 400'000;  // looked at; 1.6 GB of what real files have, of which some MB are read
constexpr std::uint64_t page_bytes_together_max = 1'638'400'000;  // the same of larger pages
constexpr sqlite3_int64 schema_memory_bytes_max = 32 << 20;  // real files take 4 MB; each column is held to all others
constexpr sqlite3_int64 memory_bytes_max = 128 << 20;
constexpr int broken_rows_max = 64;  // each may be as long as a picture, and all may share the same pages

struct CloseDatabase {
  void operator()(sqlite3* database) const noexcept { sqlite3_close_v2(database); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

/// What reading one file may still take.
struct Budget {
  sqlite3* database = nullptr;
  int checks_left = schema_checks_max;
  std::uint64_t bytes_max = schema_bytes_max;  // of pages
  sqlite3_int64 memory_max = schema_memory_bytes_max;
  std::uint64_t pages_in_cache = 0;   // looked at so far
  std::uint64_t page_bytes = 65'536;  // of each
  bool reads_schema = true;
  std::uint64_t bytes_at_measure = 0;  // looked at when the schema was measured last
  sqlite3_int64 schema_memory_bytes = 0;
};

// How many pages were looked at. Those that hold what does not fit into its row may be read past the cache.
std::uint64_t pages_looked_at(Budget& budget) noexcept {
  int hits = 0;
  int most = 0;
  sqlite3_db_status(budget.database, SQLITE_DBSTATUS_CACHE_HIT, &hits, &most, 1);
  budget.pages_in_cache += static_cast<std::uint64_t>(hits);
  return budget.pages_in_cache + reads_of(budget.database);
}

sqlite3_int64 memory_of(sqlite3* database, int part) noexcept {
  int now = 0;
  int most = 0;
  return sqlite3_db_status(database, part, &now, &most, 0) == SQLITE_OK ? now : memory_bytes_max + 1;
}

// The schema takes up to fifty times its own size of memory. To measure it is to walk through all of it: that is done
// when it may have grown by much.
sqlite3_int64 memory_taken(Budget& budget, std::uint64_t bytes_looked_at) noexcept {
  constexpr int checks_between_measures = 128;
  constexpr std::uint64_t bytes_between_measures = 1 << 20;
  const bool is_due = budget.checks_left % checks_between_measures == 0 ||
                      bytes_looked_at - budget.bytes_at_measure >= bytes_between_measures;
  if (budget.reads_schema && is_due) {
    budget.schema_memory_bytes = memory_of(budget.database, SQLITE_DBSTATUS_SCHEMA_USED);
    budget.bytes_at_measure = bytes_looked_at;
  }
  return budget.schema_memory_bytes + memory_of(budget.database, SQLITE_DBSTATUS_CACHE_USED) +
         memory_of(budget.database, SQLITE_DBSTATUS_STMT_USED);
}

// A query of a hostile schema may never end; counting ends it at the same place on every machine, whatever else the
// process does: steps, and pages as well, for thousands of rows may share the same megabytes, and each takes a few
// steps.
int take_from_budget(void* raw) noexcept {
  auto& budget = *static_cast<Budget*>(raw);
  const std::uint64_t pages = pages_looked_at(budget);
  const std::uint64_t bytes = pages * budget.page_bytes;
  return --budget.checks_left < 0 || pages > pages_max || bytes > budget.bytes_max ||
                 memory_taken(budget, bytes) > budget.memory_max
             ? 1
             : 0;
}

// The size of a file's pages, as its header states it (sqlite.org/fileformat2.html, section 1.3.2); else the largest.
std::uint64_t page_bytes_of(int descriptor) noexcept {
  constexpr off_t place = 16;
  constexpr std::uint64_t largest = 65'536;
  std::array<unsigned char, 2> stated{};
  if (pread(descriptor, stated.data(), stated.size(), place) != static_cast<ssize_t>(stated.size())) return largest;
  const std::uint64_t bytes = std::uint64_t{stated[0]} << 8 | stated[1];
  return bytes >= 512 ? bytes : largest;
}

/// One hostile file, opened for reading.
class ImodelFile {
 public:
  static Result<ImodelFile> open(int descriptor, const Limits& limits) {
    const std::string uri = descriptor_uri(descriptor);
    if (uri.empty()) return fail(Code::internal_error, "SQLite takes no file system of ours");
    ImodelFile file;
    file.budget_ = std::make_unique<Budget>();
    sqlite3* raw = nullptr;
    const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    const int code = sqlite3_open_v2(uri.c_str(), &raw, flags, nullptr);
    file.database_.reset(raw);
    if (code != SQLITE_OK) return fail(Code::file_not_readable, "the file can't be opened");
    file.budget_->page_bytes = page_bytes_of(descriptor);
    file.guard();
    if (auto loaded = file.load_schema(); !loaded) return std::unexpected(std::move(loaded.error()));
    if (auto ready = file.expect_rows(limits); !ready) return std::unexpected(std::move(ready.error()));
    return file;
  }

  // Fails when the text, made of constants, can't be prepared: the file's schema is not as it has to be, or damaged.
  Result<Statement> prepare(const char* sql) {
    sqlite3_stmt* raw = nullptr;
    const int code = sqlite3_prepare_v2(database_.get(), sql, -1, &raw, nullptr);
    Statement statement(raw);
    if (code == SQLITE_ERROR) return fail(Code::imodel_file_foreign, "its tables have other columns than an iModel's");
    if (code != SQLITE_OK) return std::unexpected(error_of(code));
    return statement;
  }

  // Whether there is a next row.
  Result<bool> step(sqlite3_stmt* statement) {
    const int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return std::unexpected(error_of(code));
  }

  // The first column of the first row; 0 where there is none.
  Result<std::int64_t> integer(const char* sql) {
    auto statement = prepare(sql);
    if (!statement) return std::unexpected(std::move(statement.error()));
    auto row = step(statement->get());
    if (!row) return std::unexpected(std::move(row.error()));
    return *row ? sqlite3_column_int64(statement->get(), 0) : 0;
  }

  [[nodiscard]] Error error_of(int code) const {
    switch (code & 0xFF) {
      case SQLITE_NOTADB: return {Code::imodel_file_foreign, "the file is not an SQLite database"};
      case SQLITE_INTERRUPT: return too_much();
      case SQLITE_TOOBIG: return {Code::imodel_file_over_limit, "a value in it is longer than what is read of a file"};
      case SQLITE_NOMEM:
        // Or a record that claims nearly 4 GiB, see `told_from_damage`.
        if (is_memory_short()) return {Code::out_of_memory, {}};
        return {Code::imodel_file_damaged, "a record in it claims more bytes than there can be"};
      case SQLITE_CANTOPEN: return {Code::file_not_readable, "the file can't be opened"};
      default: return {Code::imodel_file_damaged, std::string("SQLite says: ") + sqlite3_errstr(code)};
    }
  }

 private:
  static Error too_much() {
    return {Code::imodel_file_over_limit, "reading it would take too long or too much memory"};
  }

  // The first statement reads the whole schema.
  Result<void> load_schema() {
    sqlite3_stmt* raw = nullptr;
    const int code = sqlite3_prepare_v2(database_.get(), "SELECT 1 FROM main.sqlite_schema", -1, &raw, nullptr);
    const Statement statement(raw);
    if (code == SQLITE_TOOBIG) return fail(Code::imodel_file_over_limit, "a table in it has too long a definition");
    if (code != SQLITE_OK) return std::unexpected(error_of(code));
    budget_->schema_memory_bytes = memory_of(database_.get(), SQLITE_DBSTATUS_SCHEMA_USED);
    if (budget_->schema_memory_bytes > schema_memory_bytes_max) return std::unexpected(too_much());
    return {};
  }

  void guard() {
    sqlite3* database = database_.get();
    sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
    sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
    // By the length of a value, which is told as what it is: a text over SQLITE_LIMIT_SQL_LENGTH is told as damage, as
    // is a table over a lowered limit of columns or of depth. Those stay SQLite's own, which every sound file keeps.
    sqlite3_limit(database, SQLITE_LIMIT_LENGTH, schema_text_bytes_max);
    sqlite3_limit(database, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_drop_modules(database, nullptr);  // a table that says it is a real one may be one of a module
    budget_->database = database;
    sqlite3_progress_handler(database, schema_steps_between_checks, take_from_budget, budget_.get());
  }

  // Goes on from the schema to the rows.
  Result<void> expect_rows(const Limits& limits) {
    sqlite3* database = database_.get();
    constexpr std::uint64_t row_rest = 4'096;  // names, ids and the record's header beside the picture
    constexpr std::uint64_t length_max = 1'000'000'000;
    const std::uint64_t length = std::min(limits.picture_bytes_max, length_max - row_rest) + row_rest;
    // The view's description stands in the same row; a long one must not hide its picture.
    constexpr std::uint64_t description_bytes_max = 1'048'576;
    sqlite3_limit(database, SQLITE_LIMIT_LENGTH,
                  static_cast<int>(std::min(length + description_bytes_max, length_max)));
    budget_->reads_schema = false;
    budget_->checks_left = checks_max;
    budget_->bytes_max = page_bytes_together_max;
    budget_->memory_max = memory_bytes_max;
    sqlite3_progress_handler(database, steps_between_checks, take_from_budget, budget_.get());
    // The file states how much its pages may take in memory, and a sort as well.
    const auto set = integer("PRAGMA main.cache_size = -2000");
    return set ? Result<void>() : std::unexpected(set.error());
  }

  Database database_;
  std::unique_ptr<Budget> budget_;
};

/// A table that is read. All texts are constants.
struct Table {
  const char* name;
  const char* columns;
};

constexpr Table properties{"be_Prop", "PRAGMA main.table_xinfo(be_Prop)"};
constexpr Table thumbnails{"thumbnails", "PRAGMA main.table_xinfo(thumbnails)"};
constexpr Table view_groups{"viewGroups", "PRAGMA main.table_xinfo(viewGroups)"};

// Refuses columns that are computed when they are read: one call of a function may take hours, and is one step.
Result<void> refuse_programs(ImodelFile& file, const Table& table) {
  constexpr int hidden_column = 6;
  auto columns = file.prepare(table.columns);
  if (!columns) return std::unexpected(std::move(columns.error()));
  while (true) {
    auto row = file.step(columns->get());
    if (!row) return std::unexpected(std::move(row.error()));
    if (!*row) return {};
    if (sqlite3_column_int(columns->get(), hidden_column) != 0) {
      return fail(Code::imodel_file_foreign, "a table in it computes a column, which no iModel's does");
    }
  }
}

// Whether there are such tables, and real ones: a view or a virtual table could be a program.
Result<bool> has_tables(ImodelFile& file, std::initializer_list<Table> tables) {
  for (const Table& table : tables) {
    auto statement =
        file.prepare("SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND rootpage > 0 AND name = ?1");
    if (!statement) return std::unexpected(std::move(statement.error()));
    sqlite3_bind_text(statement->get(), 1, table.name, -1, SQLITE_STATIC);
    auto found = file.step(statement->get());
    if (!found || !*found) return found;
  }
  for (const Table& table : tables) {
    if (auto refused = refuse_programs(file, table); !refused) return std::unexpected(std::move(refused.error()));
  }
  return true;
}

std::optional<std::string_view> blob_of(sqlite3_stmt* statement, int column) {
  if (sqlite3_column_type(statement, column) != SQLITE_BLOB) return std::nullopt;
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
  return data == nullptr ? std::string_view() : std::string_view(data, size);
}

/// How one kind of file keeps its pictures. All texts are constants.
struct Layout {
  const char* default_view;    ///< one row, one column
  bool default_is_bytes;       ///< 8 bytes, little-endian; else an integer
  const char* inflated_bytes;  ///< the column that tells how many a picture has when it is unpacked
  const char* pictures;        ///< the rows that hold them
};

constexpr Layout imodel_layout{
    "SELECT CASE WHEN typeof(Data) = 'blob' AND length(Data) = 8 THEN Data END FROM main.be_Prop "
    "WHERE Namespace = 'dgn_View' AND Name = 'DefaultView' AND Id = 0 AND SubId = 0",
    true, "RawSize", "main.be_Prop WHERE Namespace = 'dgn_View' AND Name = 'Thumbnail' AND SubId = 0"};

constexpr Layout view_store_layout{"SELECT defaultViewId FROM main.viewGroups WHERE Id = 1", false, "NULL",
                                   "main.thumbnails WHERE TRUE"};

// Asks for pictures: which rows, and in which order. ?2 is the most bytes that are read of one: of a longer one its
// length alone is looked at, so that it hides none after it.
Result<Statement> prepare_pictures(ImodelFile& file, const Layout& layout, const char* which, const Limits& limits) {
  constexpr std::uint64_t length_max = std::numeric_limits<std::int32_t>::max();
  const std::string sql = std::string("SELECT Id, ") + layout.inflated_bytes +
                          ", CASE WHEN typeof(Data) = 'blob' THEN length(Data) END"
                          ", CASE WHEN typeof(Data) = 'blob' AND length(Data) <= ?2 THEN Data END FROM " +
                          layout.pictures + which;
  auto statement = file.prepare(sql.c_str());
  if (!statement) return statement;
  sqlite3_bind_int64(statement->get(), 2, static_cast<sqlite3_int64>(std::min(limits.picture_bytes_max, length_max)));
  return statement;
}

Result<std::optional<std::int64_t>> default_view(ImodelFile& file, const Layout& layout) {
  auto statement = file.prepare(layout.default_view);
  if (!statement) return std::unexpected(std::move(statement.error()));
  auto row = file.step(statement->get());
  if (!row) return std::unexpected(std::move(row.error()));
  if (!*row) return std::optional<std::int64_t>();
  if (!layout.default_is_bytes) {
    if (sqlite3_column_type(statement->get(), 0) != SQLITE_INTEGER) return std::optional<std::int64_t>();
    return sqlite3_column_int64(statement->get(), 0);
  }
  const auto bytes = blob_of(statement->get(), 0);
  if (!bytes || bytes->size() != sizeof(std::uint64_t)) return std::optional<std::int64_t>();
  std::uint64_t id = 0;
  for (std::size_t i = bytes->size(); i > 0; --i) id = id << 8 | static_cast<unsigned char>((*bytes)[i - 1]);
  return static_cast<std::int64_t>(id);
}

// Reads the picture of the present row of `prepare_pictures`.
Result<SavedPicture> picture_of(sqlite3_stmt* statement, const Limits& limits) {
  SavedPicture picture;
  picture.view_id = static_cast<std::uint64_t>(sqlite3_column_int64(statement, 0));
  const auto packed_bytes = static_cast<std::uint64_t>(sqlite3_column_int64(statement, 2));
  if (packed_bytes == 0) return fail(Code::saved_view_invalid, "the saved view holds no bytes");
  const int type = sqlite3_column_type(statement, 1);
  const std::int64_t inflated = sqlite3_column_int64(statement, 1);
  if (type != SQLITE_NULL && (type != SQLITE_INTEGER || inflated < 0)) {
    return fail(Code::saved_view_invalid, "RawSize is not a count of bytes");
  }
  if (inflated > 0) picture.inflated_bytes = static_cast<std::uint64_t>(inflated);
  const std::uint64_t bytes = std::max(packed_bytes, picture.inflated_bytes.value_or(0));
  const auto data = blob_of(statement, 3);
  if (bytes > limits.picture_bytes_max || !data) {
    return fail(Code::saved_view_invalid, "the saved view has " + std::to_string(bytes) + " bytes, over the limit of " +
                                              std::to_string(limits.picture_bytes_max));
  }
  picture.data.resize(data->size());
  std::memcpy(picture.data.data(), data->data(), data->size());
  return picture;
}

// Gives the rows of a prepared statement to `take`; tells how many there were.
Result<int> give_rows(ImodelFile& file, sqlite3_stmt* statement, bool only_one, const Limits& limits,
                      const std::function<bool(SavedPicture)>& take) {
  std::optional<Error> first_fault;
  int broken_rows = 0;
  for (int rows = 0;; ++rows) {
    auto row = file.step(statement);
    if (!row) return std::unexpected(std::move(row.error()));
    if (!*row || broken_rows == broken_rows_max) {
      if (first_fault) return std::unexpected(std::move(*first_fault));
      return rows;
    }
    auto picture = picture_of(statement, limits);
    if (picture) {
      if (!take(std::move(*picture)) || only_one) return rows + 1;
    } else if (only_one) {
      return std::unexpected(std::move(picture.error()));
    } else {
      ++broken_rows;
      if (!first_fault) first_fault = std::move(picture.error());  // a later view may have a good one
    }
  }
}

Result<void> give_pictures(ImodelFile& file, const Layout& layout, const Limits& limits,
                           const std::function<bool(SavedPicture)>& take) {
  auto chosen = default_view(file, layout);
  if (!chosen) return std::unexpected(std::move(chosen.error()));
  if (chosen->has_value()) {
    auto one = prepare_pictures(file, layout, " AND Id = ?1", limits);
    if (!one) return std::unexpected(std::move(one.error()));
    sqlite3_bind_int64(one->get(), 1, **chosen);
    auto rows = give_rows(file, one->get(), true, limits, take);
    if (!rows) return std::unexpected(std::move(rows.error()));
    if (*rows > 0) return {};
  }
  auto all = prepare_pictures(file, layout, " ORDER BY Id", limits);
  if (!all) return std::unexpected(std::move(all.error()));
  auto rows = give_rows(file, all->get(), false, limits, take);
  if (!rows) return std::unexpected(std::move(rows.error()));
  if (*rows == 0) return fail(Code::saved_view_missing, "no view in it has a saved picture");
  return {};
}

Result<std::optional<Guid>> property_guid(ImodelFile& file, const char* name) {
  auto statement = file.prepare(
      "SELECT CASE WHEN typeof(Data) = 'blob' AND length(Data) = 16 THEN Data END FROM main.be_Prop "
      "WHERE Namespace = 'be_Db' AND Name = ?1 AND Id = 0 AND SubId = 0");
  if (!statement) return std::unexpected(std::move(statement.error()));
  sqlite3_bind_text(statement->get(), 1, name, -1, SQLITE_STATIC);
  auto row = file.step(statement->get());
  if (!row) return std::unexpected(std::move(row.error()));
  if (!*row) return std::optional<Guid>();
  const auto bytes = blob_of(statement->get(), 0);
  Guid guid;
  if (!bytes || bytes->size() != guid.bytes.size()) return std::optional<Guid>();
  std::memcpy(guid.bytes.data(), bytes->data(), guid.bytes.size());
  return guid == Guid{} ? std::optional<Guid>() : guid;
}

Result<void> read_imodel(ImodelFile& file, const Limits& limits, const TakeSavedPicture& take) {
  auto id = file.integer("PRAGMA main.application_id");
  if (!id) return std::unexpected(std::move(id.error()));
  if (*id != be_db_application_id) {
    return fail(Code::imodel_file_foreign, "an SQLite file of another application (application_id is not BeDb)");
  }
  auto imodel_id = property_guid(file, "DbGuid");
  if (!imodel_id) return std::unexpected(std::move(imodel_id.error()));
  auto itwin_id = property_guid(file, "ProjectGuid");
  if (!itwin_id) return std::unexpected(std::move(itwin_id.error()));
  const ImodelFileIds ids{*imodel_id, *itwin_id};
  return give_pictures(file, imodel_layout, limits,
                       [&](SavedPicture picture) { return take(std::move(picture), ids); });
}

}  // namespace

Result<void> read_saved_pictures(int descriptor, const Limits& limits, const TakeSavedPicture& take) {
  auto file = ImodelFile::open(descriptor, limits);
  if (!file) return std::unexpected(std::move(file.error()));
  // First, for a ViewStore file is also a BeDb file with properties, whose DbGuid is its own and no iModel's.
  auto views = has_tables(*file, {thumbnails, view_groups});
  if (!views) return std::unexpected(std::move(views.error()));
  if (*views) {
    return give_pictures(*file, view_store_layout, limits,
                         [&take](SavedPicture picture) { return take(std::move(picture), {}); });
  }
  auto imodel = has_tables(*file, {properties});
  if (!imodel) return std::unexpected(std::move(imodel.error()));
  if (*imodel) return read_imodel(*file, limits, take);
  return fail(Code::imodel_file_foreign, "neither an iModel nor a ViewStore file");
}

}  // namespace locket::store
