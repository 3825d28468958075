#include "store/upload_table.hpp"

#include <string_view>
#include <utility>

namespace locket::store {
namespace {

Result<std::int64_t> recipe_id(Connection& connection, const std::string& name) {
  {
    auto statement = connection.statement(Sql::find_recipe);
    const auto row = statement.bind(1, std::string_view(name)).step();
    if (!row) return std::unexpected(row.error());
    if (*row) return statement.integer(0);
  }
  auto statement = connection.statement(Sql::insert_recipe);
  const auto row = statement.bind(1, std::string_view(name)).step();
  if (!row) return std::unexpected(row.error());
  const std::int64_t id = statement.integer(0);
  if (auto done = statement.run(); !done) return std::unexpected(std::move(done.error()));
  return id;
}

UploadRow read_upload(const Statement& statement) {
  UploadRow upload;
  if (Guid imodel_id; statement.copy(0, imodel_id)) upload.imodel_id = imodel_id;
  StoredThumbnail thumbnail;
  // A number of a recipe that there is not joins no name.
  if (!statement.copy(1, thumbnail.source_digest) || statement.is_null(2)) return upload;
  thumbnail.recipe = statement.text(2);
  thumbnail.source_path = statement.text(3);
  thumbnail.updated_at_s = statement.integer(4);
  thumbnail.uploaded_by = statement.text(5);
  SourceFacts& source = thumbnail.source;
  source.media_type =
      statement.integer(6) == static_cast<std::int64_t>(MediaType::jpeg) ? MediaType::jpeg : MediaType::png;
  source.size = {static_cast<std::uint32_t>(statement.integer(7)), static_cast<std::uint32_t>(statement.integer(8))};
  source.bytes = static_cast<std::uint64_t>(statement.integer(9));
  source.orientation = static_cast<std::uint8_t>(statement.integer(10));
  source.buffered = statement.integer(11) != 0;
  source.profile_ignored = statement.integer(12) != 0;
  upload.thumbnail = std::move(thumbnail);
  return upload;
}

std::string_view key_of(const Guid& imodel_id) {
  return {reinterpret_cast<const char*>(imodel_id.bytes.data()), imodel_id.bytes.size()};
}

}  // namespace

Result<void> save_upload(Connection& connection, const Record& record, std::int64_t now_s) {
  const auto recipe = recipe_id(connection, record.recipe);
  if (!recipe) return std::unexpected(recipe.error());
  const SourceFacts& source = record.source;
  auto statement = connection.statement(Sql::save_upload);
  statement.bind(1, record.imodel_id)
      .bind(2, record.source_digest)
      .bind(3, static_cast<std::int64_t>(source.media_type))
      .bind(4, static_cast<std::int64_t>(source.size.width_px))
      .bind(5, static_cast<std::int64_t>(source.size.height_px))
      .bind(6, static_cast<std::int64_t>(source.bytes))
      .bind(7, static_cast<std::int64_t>(source.orientation))
      .bind(8, static_cast<std::int64_t>(source.buffered))
      .bind(9, static_cast<std::int64_t>(source.profile_ignored))
      .bind(10, *recipe)
      .bind(11, std::string_view(record.source_path))
      .bind(12, std::string_view(record.uploaded_by))
      .bind(13, record.updated_at_s.value_or(now_s));
  return statement.run();
}

Result<std::optional<UploadRow>> find_upload(Connection& connection, const Guid& imodel_id) {
  auto statement = connection.statement(Sql::find_upload);
  const auto row = statement.bind(1, imodel_id).step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  return read_upload(statement);
}

Result<bool> drop_upload(Connection& connection, const Guid& imodel_id) {
  const auto found = find_upload(connection, imodel_id);
  if (!found) return std::unexpected(found.error());
  if (!*found) return false;
  auto statement = connection.statement(Sql::delete_upload);
  if (auto deleted = statement.bind(1, imodel_id).run(); !deleted) return std::unexpected(std::move(deleted.error()));
  return true;
}

UploadWalk::UploadWalk(Connection& connection, const std::optional<Guid>& after)
    : after_(after), statement_(connection.statement(Sql::next_uploads)) {
  statement_.bind_after(1, after_);
}

Result<std::optional<UploadRow>> UploadWalk::next(const std::optional<Guid>& last) {
  const auto row = statement_.step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  // An id of another length has its place among them too.
  const auto bytes = statement_.blob(0);
  const std::string_view key(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!order_.rises(statement_) || (after_ && key <= key_of(*after_))) {
    return fail(Code::store_corrupt, "the ids of the uploads are out of order");
  }
  if (last && key > key_of(*last)) return std::nullopt;
  return read_upload(statement_);
}

}  // namespace locket::store
