#include <gtest/gtest.h>
#include <sqlite3.h>

#include <random>
#include <set>

#include "store/sample.hpp"
#include "store/sql.hpp"

namespace locket {
namespace {

std::set<std::string>& statements_seen() {
  static std::set<std::string> seen;
  return seen;
}

int note_statement(unsigned, void*, void* statement, void* text) {
  // A text that begins with a comment is that of a trigger, which there are none of.
  const char* sql = sqlite3_sql(static_cast<sqlite3_stmt*>(statement));
  statements_seen().insert(sql != nullptr ? sql : static_cast<const char*>(text));
  return 0;
}

int watch_connection(sqlite3* connection, char**, const sqlite3_api_routines*) {
  return sqlite3_trace_v2(connection, SQLITE_TRACE_STMT, note_statement, nullptr);
}

/// Notes every statement of every connection that is opened while this object lives.
class StatementWatch {
 public:
  StatementWatch() {
    statements_seen().clear();
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(watch_connection));
  }
  StatementWatch(const StatementWatch&) = delete;
  StatementWatch& operator=(const StatementWatch&) = delete;
  ~StatementWatch() { sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(watch_connection)); }
};

/// The texts in the one column of a query.
std::set<std::string> texts_of(const std::string& path, const char* query) {
  std::set<std::string> texts;
  sqlite3* connection = nullptr;
  EXPECT_EQ(sqlite3_open(path.c_str(), &connection), SQLITE_OK);
  sqlite3_stmt* statement = nullptr;
  EXPECT_EQ(sqlite3_prepare_v2(connection, query, -1, &statement, nullptr), SQLITE_OK);
  while (sqlite3_step(statement) == SQLITE_ROW) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
    texts.emplace(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, 0)));
  }
  sqlite3_finalize(statement);
  sqlite3_close(connection);
  return texts;
}

/// Every text that a store may run: its list, its settings, and the making of its tables.
std::set<std::string> known_statements(const std::string& store) {
  std::set<std::string> known = {
      "PRAGMA cell_size_check = ON;", "PRAGMA mmap_size = 0;",
      "PRAGMA cache_size = -4096;",   "PRAGMA temp_store = MEMORY;",
      "PRAGMA secure_delete = ON;",   "PRAGMA synchronous = FULL;",
      "PRAGMA page_size = 16384;",    "PRAGMA application_id = 1819233108;",
      "PRAGMA user_version = 1;",     "PRAGMA journal_mode = WAL",
  };
  for (std::size_t i = 0; i < store::sql_count; ++i) known.insert(store::sql_text(static_cast<store::Sql>(i)));
  const auto made = texts_of(store, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL");
  known.insert(made.begin(), made.end());
  return known;
}

/// A text that would do harm in a statement that is put together; other each time.
std::string hostile_text(std::mt19937_64& random) {
  static const std::string parts[] = {"'",        "\"",           "--",       "/*",   ";",  "DROP TABLE picture",
                                      "' OR 1=1", "\\",           "%s%n",     "\n",   "\t", std::string(1, '\0'),
                                      "?1",       ":name",        "\xff\xfe", "\xc0", "é",  "\U0001F512",
                                      "`",        "UNION SELECT", "$1",       "]",    "[",  "\xed\xa0\x80"};
  std::string text = std::to_string(random());  // so that no two are alike
  for (std::size_t i = random() % 6; i > 0; --i) text += parts[random() % std::size(parts)];
  if (random() % 50 == 0) text += std::string(5'000, 'x');
  return text;
}

/// One that may be a name of an access document: UTF-8, and not too long.
std::string hostile_name(std::mt19937_64& random) {
  for (;;) {
    const std::string text = hostile_text(random);
    const auto holds = [&text](std::string_view part) { return text.find(part) != std::string::npos; };
    if (text.size() <= 256 && !holds("\xff") && !holds("\xc0") && !holds("\xed")) return text;
  }
}

/// A document in which every text is hostile.
AccessDocument hostile_access(std::mt19937_64& random) {
  const auto text = [&random] { return hostile_name(random); };
  AccessDocument document;
  const std::string account_role = text();
  document.organizations.push_back(
      {.id = sample::id(700), .administrators = {text()}, .roles = {{account_role, PermissionSet()}}});
  AccessDocument::Itwin itwin;
  itwin.id = sample::id(701);
  itwin.organization_id = sample::id(700);
  itwin.owners = {text()};
  itwin.roles = {{text(), PermissionSet()}};
  itwin.groups = {{text(), {text()}}};
  itwin.members = {{text(), {}, {itwin.roles[0].id}}, {{}, itwin.groups[0].id, {account_role}}};
  document.itwins.push_back(itwin);
  document.imodels.push_back({sample::id(702), itwin.id, ImodelMode::users, {{text(), PermissionSet()}}});
  return document;
}

TEST(Statements, AreThoseOfTheListWhateverTextsComeIn) {
  const sample::Folder folder;
  std::mt19937_64 random(1);
  std::set<std::string> uploaders;  // of the last upload of each iModel
  {
    const StatementWatch watch;
    const auto opened = open_store(folder.file());
    ASSERT_TRUE(opened);
    Store& store = **opened;
    for (std::uint64_t i = 0; i < 1'000; ++i) {
      Record record = sample::record({.imodel = i % 5, .version = i, .small_bytes = 20, .large_bytes = 30});
      record.recipe = hostile_text(random);
      record.source_path = hostile_text(random);
      record.uploaded_by = hostile_text(random);
      ASSERT_TRUE(store.put(record));
      if (i >= 995) uploaders.insert(record.uploaded_by);
      const auto found = store.find_thumbnail(record.imodel_id);
      ASSERT_TRUE(found && *found);
      ASSERT_EQ((*found)->recipe, record.recipe);
      ASSERT_EQ((*found)->source_path, record.source_path);
      const ImportFailure failure{hostile_text(random), hostile_text(random), hostile_text(random), 5};
      ASSERT_TRUE(store.remember_failure(failure));
      const auto failures = store.failures();
      ASSERT_TRUE(failures && failures->size() == 1);
      ASSERT_EQ(failures->front().source_path, failure.source_path);
      ASSERT_EQ(failures->front().code, failure.code);
      ASSERT_EQ(failures->front().reason, failure.reason);
      ASSERT_TRUE(store.remember_failure({failure.source_path, "", "", 0}));
      if (i % 10 != 0) continue;
      const AccessDocument document = hostile_access(random);
      ASSERT_TRUE(store.replace_access(document));
      const auto access = store.load_access(AccessScope::configured);
      ASSERT_TRUE(access) << access.error().detail;
      ASSERT_EQ(access->document.organizations, document.organizations);
      ASSERT_EQ(access->document.itwins[0].owners, document.itwins[0].owners);
    }
    ASSERT_TRUE(store.check({})->damaged.empty());
    ASSERT_TRUE(store.list([](const StoredThumbnail&) { return true; }));
    ASSERT_TRUE(store.backup(folder.file("copy")));
    ASSERT_TRUE(store.remove(sample::id(1)));
  }
  EXPECT_EQ(texts_of(folder.file("copy"), "SELECT uploaded_by FROM upload"), uploaders);
  const auto known = known_statements(folder.file());
  for (const std::string& statement : statements_seen()) EXPECT_TRUE(known.contains(statement)) << statement;
  EXPECT_GT(statements_seen().size(), 40U);
}

}  // namespace
}  // namespace locket
