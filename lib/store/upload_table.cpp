#include "store/upload_table.hpp"

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

// Nothing where the entry is damaged: also where no iModel with a thumbnail has it, or no recipe its number.
std::optional<StoredThumbnail> read_thumbnail(const Statement& statement) {
  StoredThumbnail thumbnail;
  const bool sound = statement.copy(0, thumbnail.facts.imodel_id) && statement.copy(1, thumbnail.facts.itwin_id) &&
                     statement.copy(5, thumbnail.source_digest) && !statement.is_null(2) && !statement.is_null(6);
  if (!sound) return std::nullopt;
  thumbnail.revision = static_cast<std::uint64_t>(statement.integer(2));
  thumbnail.small_bytes = static_cast<std::uint64_t>(statement.integer(3));
  thumbnail.large_bytes = static_cast<std::uint64_t>(statement.integer(4));
  thumbnail.recipe = statement.text(6);
  thumbnail.source_path = statement.text(7);
  thumbnail.updated_at_s = statement.integer(8);
  thumbnail.uploaded_by = statement.text(9);
  SourceFacts& source = thumbnail.source;
  source.media_type =
      statement.integer(10) == static_cast<std::int64_t>(MediaType::jpeg) ? MediaType::jpeg : MediaType::png;
  source.size = {static_cast<std::uint32_t>(statement.integer(11)), static_cast<std::uint32_t>(statement.integer(12))};
  source.bytes = static_cast<std::uint64_t>(statement.integer(13));
  source.orientation = static_cast<std::uint8_t>(statement.integer(14));
  source.buffered = statement.integer(15) != 0;
  source.profile_ignored = statement.integer(16) != 0;
  return thumbnail;
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

Result<std::optional<StoredThumbnail>> find_upload(Connection& connection, const Guid& imodel_id) {
  auto statement = connection.statement(Sql::find_thumbnail);
  const auto row = statement.bind(1, imodel_id).step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  auto thumbnail = read_thumbnail(statement);
  if (!thumbnail) {
    return fail(Code::store_corrupt, "the entry of the upload of iModel " + to_string(imodel_id) + " is damaged");
  }
  return thumbnail;
}

Result<std::vector<ListedUpload>> next_uploads(Connection& connection, const std::optional<Guid>& after,
                                               std::int64_t count) {
  auto statement = connection.statement(Sql::next_thumbnails);
  statement.bind_after(1, after).bind(2, count);
  std::vector<ListedUpload> uploads;
  while (true) {
    const auto row = statement.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    ListedUpload& upload = uploads.emplace_back();
    if (!statement.copy(0, upload.imodel_id)) return fail(Code::store_corrupt, "the id of an upload is damaged");
    upload.thumbnail = read_thumbnail(statement);
  }
  if (after && !uploads.empty() && uploads.back().imodel_id <= *after) {
    return fail(Code::store_corrupt, "the ids of the uploads are out of order");
  }
  return uploads;
}

}  // namespace locket::store
