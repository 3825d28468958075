#include "store/imodel_table.hpp"

#include <string>

namespace locket::store {
namespace {

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
  return key.bytes > 0 && statement.copy(column + 2, key.sha256) && statement.copy(column + 3, key.xxh3);
}

SealedRow read_row(const Statement& statement) {
  SealedRow sealed;
  ImodelRow& row = sealed.row;
  bool sound = statement.copy(0, row.imodel_id) && statement.copy(1, row.itwin_id);
  if (!statement.is_null(2)) {
    ThumbnailKey& thumbnail = row.thumbnail.emplace();
    thumbnail.revision = statement.integer(2);
    sound = read_picture(statement, 3, thumbnail.small) && read_picture(statement, 7, thumbnail.large) && sound;
  }
  sealed.sound = sound && statement.integer(11) == seal_of(row);
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

Result<std::optional<ImodelRow>> find_imodel_row(Connection& connection, const Guid& imodel_id) {
  auto statement = connection.statement(Sql::find_imodel);
  const auto row = statement.bind(1, imodel_id).step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  const SealedRow sealed = read_row(statement);
  if (!sealed.sound || sealed.row.imodel_id != imodel_id) {
    return fail(Code::store_corrupt, "the entry of iModel " + to_string(imodel_id) + " is damaged");
  }
  return sealed.row;
}

Result<std::vector<SealedRow>> next_imodel_rows(Connection& connection, const std::optional<Guid>& after,
                                                std::int64_t count) {
  auto statement = connection.statement(Sql::next_imodels);
  statement.bind_after(1, after).bind(2, count);
  std::vector<SealedRow> rows;
  while (true) {
    const auto row = statement.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    rows.push_back(read_row(statement));
  }
  if (after && !rows.empty() && rows.back().row.imodel_id <= *after) {
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

}  // namespace locket::store
