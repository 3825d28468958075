#include "store/schema.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "store/access_tables.hpp"
#include "store/state_row.hpp"

namespace locket::store {
namespace {

// Page size and identity must be set before the first table is made.
constexpr const char* identity =
    "PRAGMA page_size = 16384;"
    "PRAGMA application_id = 1819233108;"
    "PRAGMA user_version = 1;";
static_assert(application_id == 1819233108 && schema_version == 1);

struct Table {
  std::string_view name;
  const char* sql;
};

// In the order of their names, as `list_schema` gives them.
constexpr std::array tables = {
    Table{"client",
          "CREATE TABLE client (\n"
          "  client_id TEXT NOT NULL PRIMARY KEY,\n"
          "  tier_name TEXT NOT NULL REFERENCES tier (name)\n"
          ") STRICT, WITHOUT ROWID"},
    Table{"failure",
          "CREATE TABLE failure (\n"
          "  source_path TEXT NOT NULL PRIMARY KEY,\n"
          "  code TEXT NOT NULL,\n"
          "  reason TEXT NOT NULL,\n"
          "  at_s INTEGER NOT NULL\n"
          ") STRICT, WITHOUT ROWID"},
    Table{"group_as_member",
          "CREATE TABLE group_as_member (\n"
          "  itwin_id BLOB NOT NULL,\n"
          "  group_name TEXT NOT NULL,\n"
          "  PRIMARY KEY (itwin_id, group_name),\n"
          "  FOREIGN KEY (itwin_id, group_name) REFERENCES itwin_group\n"
          ") STRICT, WITHOUT ROWID"},
    Table{"group_member",
          "CREATE TABLE group_member (\n"
          "  itwin_id BLOB NOT NULL,\n"
          "  group_name TEXT NOT NULL,\n"
          "  user_name TEXT NOT NULL,\n"
          "  PRIMARY KEY (itwin_id, group_name, user_name),\n"
          "  FOREIGN KEY (itwin_id, group_name) REFERENCES itwin_group\n"
          ") STRICT, WITHOUT ROWID"},
    Table{"group_role",
          "CREATE TABLE group_role (\n"
          "  itwin_id BLOB NOT NULL,\n"
          "  group_name TEXT NOT NULL,\n"
          "  role_name TEXT NOT NULL,\n"
          "  PRIMARY KEY (itwin_id, group_name, role_name),\n"
          "  FOREIGN KEY (itwin_id, group_name) REFERENCES group_as_member\n"
          ") STRICT, WITHOUT ROWID"},
    // What a fetch reads first: one small row tells where both sizes lie and what they must hash to. The seal is a
    // digest of the row's other columns, because the database engine does not notice a flipped bit.
    Table{"imodel",
          "CREATE TABLE imodel (\n"
          "  imodel_id BLOB NOT NULL PRIMARY KEY CHECK (length(imodel_id) = 16),\n"
          "  itwin_id BLOB NOT NULL CHECK (length(itwin_id) = 16),\n"
          "  revision INTEGER,\n"
          "  small_picture_id INTEGER REFERENCES picture,\n"
          "  small_bytes INTEGER,\n"
          "  small_sha256 BLOB CHECK (length(small_sha256) = 32),\n"
          "  small_xxh3 BLOB CHECK (length(small_xxh3) = 16),\n"
          "  large_picture_id INTEGER REFERENCES picture,\n"
          "  large_bytes INTEGER,\n"
          "  large_sha256 BLOB CHECK (length(large_sha256) = 32),\n"
          "  large_xxh3 BLOB CHECK (length(large_xxh3) = 16),\n"
          "  seal INTEGER NOT NULL,\n"
          "  CHECK ((revision IS NULL) = (small_picture_id IS NULL)),\n"
          "  CHECK ((revision IS NULL) = (large_picture_id IS NULL))\n"
          ") STRICT, WITHOUT ROWID"},
    Table{"imodel_access",
          "CREATE TABLE imodel_access (\n"
          "  imodel_id BLOB NOT NULL PRIMARY KEY REFERENCES imodel,\n"
          "  mode INTEGER NOT NULL CHECK (mode IN (1, 2))\n"
          ") STRICT, WITHOUT ROWID"},
    Table{"imodel_grant",
          "CREATE TABLE imodel_grant (\n"
          "  imodel_id BLOB NOT NULL REFERENCES imodel_access,\n"
          "  grantee TEXT NOT NULL,\n"
          "  permissions INTEGER NOT NULL CHECK (permissions BETWEEN 0 AND 31),\n"
          "  PRIMARY KEY (imodel_id, grantee)\n"
          ") STRICT, WITHOUT ROWID"},
    Table{"imodel_large_picture",
          "CREATE INDEX imodel_large_picture ON imodel (large_picture_id) WHERE large_picture_id IS NOT NULL"},
    Table{"imodel_small_picture",
          "CREATE INDEX imodel_small_picture ON imodel (small_picture_id) WHERE small_picture_id IS NOT NULL"},
    Table{"itwin",
          "CREATE TABLE itwin (\n"
          "  itwin_id BLOB NOT NULL PRIMARY KEY CHECK (length(itwin_id) = 16),\n"
          "  organization_id BLOB NOT NULL REFERENCES organization\n"
          ") STRICT, WITHOUT ROWID"},
    Table{"itwin_group",
          "CREATE TABLE itwin_group (\n"
          "  itwin_id BLOB NOT NULL REFERENCES itwin,\n"
          "  group_name TEXT NOT NULL,\n"
          "  PRIMARY KEY (itwin_id, group_name)\n"
          ") STRICT, WITHOUT ROWID"},
    Table{"itwin_owner",
          "CREATE TABLE itwin_owner (\n"
          "  itwin_id BLOB NOT NULL REFERENCES itwin,\n"
          "  user_name TEXT NOT NULL,\n"
          "  PRIMARY KEY (itwin_id, user_name)\n"
          ") STRICT, WITHOUT ROWID"},
    Table{"itwin_role",
          "CREATE TABLE itwin_role (\n"
          "  itwin_id BLOB NOT NULL REFERENCES itwin,\n"
          "  role_name TEXT NOT NULL,\n"
          "  permissions INTEGER NOT NULL CHECK (permissions BETWEEN 0 AND 31),\n"
          "  PRIMARY KEY (itwin_id, role_name)\n"
          ") STRICT, WITHOUT ROWID"},
    Table{"organization",
          "CREATE TABLE organization (\n"
          "  organization_id BLOB NOT NULL PRIMARY KEY CHECK (length(organization_id) = 16)\n"
          ") STRICT, WITHOUT ROWID"},
    Table{"organization_administrator",
          "CREATE TABLE organization_administrator (\n"
          "  organization_id BLOB NOT NULL REFERENCES organization,\n"
          "  user_name TEXT NOT NULL,\n"
          "  PRIMARY KEY (organization_id, user_name)\n"
          ") STRICT, WITHOUT ROWID"},
    Table{"organization_role",
          "CREATE TABLE organization_role (\n"
          "  organization_id BLOB NOT NULL REFERENCES organization,\n"
          "  role_name TEXT NOT NULL,\n"
          "  permissions INTEGER NOT NULL CHECK (permissions BETWEEN 0 AND 31),\n"
          "  PRIMARY KEY (organization_id, role_name)\n"
          ") STRICT, WITHOUT ROWID"},
    // The bytes: a rowid table, because a key table would be slow to read with them inside; last in their row, so
    // that the columns before them are read without walking the pages of the picture.
    Table{"picture",
          "CREATE TABLE picture (\n"
          "  picture_id INTEGER PRIMARY KEY,\n"
          "  sha256 BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32),\n"
          "  xxh3 BLOB NOT NULL CHECK (length(xxh3) = 16),\n"
          "  bytes INTEGER NOT NULL CHECK (bytes > 0),\n"
          "  data BLOB NOT NULL CHECK (length(data) = bytes)\n"
          ") STRICT"},
    Table{"recipe",
          "CREATE TABLE recipe (\n"
          "  recipe_id INTEGER PRIMARY KEY,\n"
          "  name TEXT NOT NULL UNIQUE\n"
          ") STRICT"},
    Table{"state",
          "CREATE TABLE state (\n"
          "  one INTEGER PRIMARY KEY CHECK (one = 1),\n"
          "  content_revision INTEGER NOT NULL,\n"
          "  access_revision INTEGER NOT NULL,\n"
          "  access_xxh3 BLOB NOT NULL CHECK (length(access_xxh3) = 16),\n"
          "  next_picture_id INTEGER NOT NULL,\n"
          "  thumbnails INTEGER NOT NULL,\n"
          "  pictures INTEGER NOT NULL,\n"
          "  picture_bytes INTEGER NOT NULL,\n"
          "  seal INTEGER NOT NULL\n"
          ") STRICT"},
    Table{"tier",
          "CREATE TABLE tier (\n"
          "  position INTEGER PRIMARY KEY,\n"
          "  name TEXT NOT NULL UNIQUE\n"
          ") STRICT"},
    Table{"tier_window",
          "CREATE TABLE tier_window (\n"
          "  tier_position INTEGER NOT NULL REFERENCES tier,\n"
          "  position INTEGER NOT NULL,\n"
          "  calls INTEGER NOT NULL CHECK (calls > 0),\n"
          "  seconds INTEGER NOT NULL CHECK (seconds > 0),\n"
          "  PRIMARY KEY (tier_position, position)\n"
          ") STRICT, WITHOUT ROWID"},
    Table{"upload",
          "CREATE TABLE upload (\n"
          "  imodel_id BLOB NOT NULL PRIMARY KEY REFERENCES imodel,\n"
          "  source_sha256 BLOB NOT NULL CHECK (length(source_sha256) = 32),\n"
          "  media_type INTEGER NOT NULL CHECK (media_type IN (0, 1)),\n"
          "  width_px INTEGER NOT NULL,\n"
          "  height_px INTEGER NOT NULL,\n"
          "  bytes INTEGER NOT NULL,\n"
          "  orientation INTEGER NOT NULL CHECK (orientation BETWEEN 1 AND 8),\n"
          "  buffered INTEGER NOT NULL CHECK (buffered IN (0, 1)),\n"
          "  profile_ignored INTEGER NOT NULL CHECK (profile_ignored IN (0, 1)),\n"
          "  recipe_id INTEGER NOT NULL REFERENCES recipe,\n"
          "  source_path TEXT NOT NULL,\n"
          "  uploaded_by TEXT NOT NULL,\n"
          "  updated_at_s INTEGER NOT NULL\n"
          ") STRICT, WITHOUT ROWID"},
    Table{"user_member",
          "CREATE TABLE user_member (\n"
          "  itwin_id BLOB NOT NULL REFERENCES itwin,\n"
          "  user_name TEXT NOT NULL,\n"
          "  PRIMARY KEY (itwin_id, user_name)\n"
          ") STRICT, WITHOUT ROWID"},
    Table{"user_role",
          "CREATE TABLE user_role (\n"
          "  itwin_id BLOB NOT NULL,\n"
          "  user_name TEXT NOT NULL,\n"
          "  role_name TEXT NOT NULL,\n"
          "  PRIMARY KEY (itwin_id, user_name, role_name),\n"
          "  FOREIGN KEY (itwin_id, user_name) REFERENCES user_member\n"
          ") STRICT, WITHOUT ROWID"},
};

Result<std::int64_t> number(Connection& connection, Sql sql) {
  auto statement = connection.statement(sql);
  const auto row = statement.step();
  if (!row) return std::unexpected(row.error());
  return *row ? statement.integer(0) : 0;
}

}  // namespace

Result<void> create_schema(Connection& connection) {
  if (auto made = connection.run_script(identity, "marking a new store"); !made) return made;
  if (auto begun = connection.run(Sql::begin_write); !begun) return begun;
  Transaction transaction(connection);
  for (const Table& table : tables) {
    if (auto made = connection.run_script(table.sql, "making a table"); !made) return made;
  }
  State state;
  state.access_xxh3 = access_checksum({});
  if (auto saved = save_state(connection, state); !saved) return saved;
  if (auto committed = transaction.commit(); !committed) return committed;
  return connection.run_script("PRAGMA journal_mode = WAL", "switching to a write-ahead log");
}

Result<std::uint32_t> read_schema_version(Connection& connection) {
  const auto id = number(connection, Sql::application_id);
  if (!id) return std::unexpected(id.error());
  if (static_cast<std::uint32_t>(*id) != application_id) {
    return fail(Code::store_foreign, "a database of another program");
  }
  const auto version = number(connection, Sql::user_version);
  if (!version) return std::unexpected(version.error());
  if (*version > static_cast<std::int64_t>(schema_version)) {
    return fail(Code::store_newer, "version " + std::to_string(*version) + " of the tables; this build knows up to " +
                                       std::to_string(schema_version));
  }
  if (*version < 1) return fail(Code::store_foreign, "no version of the tables is given");
  return static_cast<std::uint32_t>(*version);
}

Result<void> verify_schema(Connection& connection) {
  auto statement = connection.statement(Sql::list_schema);
  for (const Table& table : tables) {
    const auto row = statement.step();
    if (!row) return std::unexpected(row.error());
    if (!*row || statement.text(0) != table.name || statement.text(1) != table.sql) {
      return fail(Code::store_corrupt, "the table or index " + std::string(table.name) + " is not as it was made");
    }
  }
  const auto more = statement.step();
  if (!more) return std::unexpected(more.error());
  if (*more) return fail(Code::store_corrupt, "a table, index, view or trigger that does not belong here");
  return {};
}

Result<void> migrate(Connection& connection, std::span<const Migration> steps, std::uint32_t target) {
  if (auto begun = connection.run(Sql::begin_write); !begun) return begun;
  Transaction transaction(connection);
  const auto version = number(connection, Sql::user_version);  // another process may have been faster
  if (!version) return std::unexpected(version.error());
  auto reached = static_cast<std::uint32_t>(*version);
  for (const Migration& step : steps) {
    if (step.from != reached) continue;
    if (auto made = connection.run_script(step.script, "bringing the tables forward"); !made) return made;
    const auto told = number(connection, Sql::user_version);
    if (!told) return std::unexpected(told.error());
    if (*told != static_cast<std::int64_t>(reached) + 1) {
      return fail(Code::store_failed, "a step from version " + std::to_string(reached) + " does not tell the next");
    }
    ++reached;
  }
  if (reached != target) {
    return fail(Code::store_failed,
                "no way leads from version " + std::to_string(reached) + " of the tables to " + std::to_string(target));
  }
  return transaction.commit();
}

std::span<const Migration> migrations() noexcept { return {}; }

}  // namespace locket::store
