#include "store/imodel_table.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <string>

namespace locket::store {
namespace {

constexpr std::int64_t rows_more_max = 64;

Error damaged(const Guid& imodel_id) {
  return {Code::store_corrupt, "the entry of iModel " + to_string(imodel_id) + " is damaged"};
}

void add_picture(Sealer& sealer, const PictureKey& key) {
  sealer.add(key.picture_id).add(key.bytes).add(key.sha256).add(key.xxh3);
}

std::int64_t seal_of(const ImodelRow& row) {
  Sealer sealer;
  sealer.add(row.imodel_id).add(row.itwin_id);
  if (row.thumbnail) {
    sealer.add(row.thumbnail->revision);
    add_picture(sealer, row.thumbnail->small);
    add_picture(sealer, row.thumbnail->large);
  }
  return sealer.seal();
}

bool read_picture(const Statement& statement, int column, PictureKey& key) {
  key.picture_id = statement.integer(column);
  key.bytes = statement.integer(column + 1);
  const bool has_sha256 = statement.copy(column + 2, key.sha256);
  const bool has_xxh3 = statement.copy(column + 3, key.xxh3);
  return key.bytes > 0 && has_sha256 && has_xxh3;
}

// All is read and both seals are made whether there is a thumbnail or not, so that the time tells little of it.
SealedRow read_row(const Statement& statement) {
  SealedRow sealed;
  ImodelRow& row = sealed.row;
  sealed.has_id = statement.copy(0, row.imodel_id);
  const bool has_itwin = statement.copy(1, row.itwin_id);
  const std::int64_t bare_seal = seal_of(row);
  ThumbnailKey& thumbnail = row.thumbnail.emplace();
  thumbnail.revision = statement.integer(2);
  const bool small_sound = read_picture(statement, 3, thumbnail.small);
  const bool large_sound = read_picture(statement, 7, thumbnail.large);
  const std::int64_t whole_seal = seal_of(row);
  const bool is_bare = statement.is_null(2);
  if (is_bare) row.thumbnail.reset();
  sealed.sound = sealed.has_id && has_itwin && (is_bare || (small_sound && large_sound)) &&
                 statement.integer(11) == (is_bare ? bare_seal : whole_seal);
  return sealed;
}

void bind_picture(Statement& statement, int place, const PictureKey& key) {
  statement.bind(place, key.picture_id)
      .bind(place + 1, key.bytes)
      .bind(place + 2, key.sha256)
      .bind(place + 3, key.xxh3);
}

Result<void> write_row(Connection& connection, Sql sql, const ImodelRow& row) {
  auto statement = connection.statement(sql);
  statement.bind(1, row.imodel_id).bind(2, row.itwin_id);
  if (row.thumbnail) {
    statement.bind(3, row.thumbnail->revision);
    bind_picture(statement, 4, row.thumbnail->small);
    bind_picture(statement, 8, row.thumbnail->large);
  }
  statement.bind(12, seal_of(row));
  return statement.run();
}

}  // namespace

Result<std::optional<SealedRow>> find_sealed_row(Connection& connection, const Guid& imodel_id) {
  auto statement = connection.statement(Sql::find_imodel);
  const auto row = statement.bind(1, imodel_id).step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  SealedRow sealed = read_row(statement);
  sealed.sound = sealed.sound && sealed.row.imodel_id == imodel_id;
  sealed.row.imodel_id = imodel_id;
  return sealed;
}

Result<std::optional<ImodelRow>> find_imodel_row(Connection& connection, const Guid& imodel_id) {
  const auto sealed = find_sealed_row(connection, imodel_id);
  if (!sealed) return std::unexpected(sealed.error());
  if (!*sealed) return std::nullopt;
  if (!(*sealed)->sound) return std::unexpected(damaged(imodel_id));
  return (*sealed)->row;
}

// A range is looked up to the last step, where the search for one key ends at once when it meets the key. And towards
// the middle nearly every store has a row to be read.
Result<std::optional<ImodelRow>> find_imodel_row_evenly(Connection& connection, const Guid& imodel_id) {
  const bool in_lower_half = imodel_id.bytes[0] < 0x80;
  auto statement = connection.statement(in_lower_half ? Sql::find_imodel_or_above : Sql::find_imodel_or_below);
  const auto row = statement.bind(1, imodel_id).step();
  if (!row) return std::unexpected(row.error());
  Result<std::optional<ImodelRow>> found;
  if (!*row) return found;
  Guid read_id;
  const SealedRow sealed = read_row(statement);
  if (!statement.copy(0, read_id) || read_id != imodel_id) return found;
  if (!sealed.sound) return std::unexpected(damaged(imodel_id));
  *found = sealed.row;
  return found;
}

Result<std::vector<SealedRow>> next_imodel_rows(Connection& connection, const std::optional<Guid>& after,
                                                std::int64_t count) {
  auto statement = connection.statement(Sql::next_imodels);
  statement.bind_after(1, after).bind(2, count + rows_more_max);
  std::vector<SealedRow> rows;
  const auto is_full = [&] { return rows.size() >= static_cast<std::size_t>(count); };
  while (!is_full() || !rows.back().has_id) {
    const auto row = statement.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    rows.push_back(read_row(statement));
  }
  if (is_full()) {
    // After the last one the next slice begins. One without an id may stand anywhere.
    const auto last = std::ranges::find_if(rows.rbegin(), rows.rend(), &SealedRow::has_id);
    if (last != rows.rend()) std::rotate(rows.rbegin(), last, last + 1);
  }
  if (is_full() && (!rows.back().has_id || (after && rows.back().row.imodel_id <= *after))) {
    return fail(Code::store_corrupt, "the ids of the iModels are out of order");
  }
  return rows;
}

Result<void> insert_imodel_row(Connection& connection, const ImodelRow& row) {
  return write_row(connection, Sql::insert_imodel, row);
}

Result<void> update_imodel_row(Connection& connection, const ImodelRow& row) {
  return write_row(connection, Sql::update_imodel, row);
}

Result<void> set_itwin_of_damaged(Connection& connection, const Guid& imodel_id, const Guid& itwin_id) {
  auto statement = connection.statement(Sql::update_itwin_of_imodel);
  auto updated = statement.bind(1, imodel_id).bind(2, itwin_id).run();
  if (!updated && (sqlite3_errcode(connection.handle()) & 0xFF) == SQLITE_CONSTRAINT) {
    return std::unexpected(damaged(imodel_id));
  }
  return updated;
}

Result<void> delete_imodel_row(Connection& connection, const Guid& imodel_id) {
  auto statement = connection.statement(Sql::delete_imodel);
  return statement.bind(1, imodel_id).run();
}

Result<std::int64_t> count_thumbnails(Connection& connection) {
  auto statement = connection.statement(Sql::count_thumbnails);
  const auto row = statement.step();
  if (!row) return std::unexpected(row.error());
  return statement.integer(0);
}

}  // namespace locket::store
