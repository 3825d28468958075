#include "store/thumbnail_rows.hpp"

#include <utility>

#include "store/imodel_table.hpp"
#include "store/state_row.hpp"
#include "store/upload_table.hpp"

namespace locket::store {
namespace {

NewPicture as_picture(const HashedBytes& png) { return {png.view(), png.sha256(), png.checksum()}; }

Result<void> drop_both(Connection& connection, State& state, const ThumbnailKey& old) {
  if (auto dropped = drop_if_unused(connection, state, old.small.picture_id); !dropped) return dropped;
  return drop_if_unused(connection, state, old.large.picture_id);
}

Result<void> check_expectation(const Record& record, const std::optional<ImodelRow>& row) {
  if (!record.expected_revision) return {};
  const bool has_thumbnail = row && row->thumbnail;
  const std::uint64_t revision = has_thumbnail ? static_cast<std::uint64_t>(row->thumbnail->revision) : 0;
  if (revision != *record.expected_revision) return fail(Code::precondition_failed, "the thumbnail has changed");
  return {};
}

Result<ThumbnailKey> keep_both(Connection& connection, State& state, const ProvenRecord& proven) {
  const auto small = keep_picture(connection, state, proven.small);
  if (!small) return std::unexpected(small.error());
  const auto large = keep_picture(connection, state, proven.large);
  if (!large) return std::unexpected(large.error());
  return ThumbnailKey{++state.content_revision, *small, *large};
}

// Whether something is configured on an iModel: then the facts prove its iTwin.
Result<bool> is_configured(Connection& connection, const Guid& imodel_id) {
  auto statement = connection.statement(Sql::find_imodel_access);
  return statement.bind(1, imodel_id).step();
}

// The iTwin in a damaged entry may be another's, whose members would see what is stored next. So an entry on which
// nothing is configured goes whole, and who stores anew must say the iTwin.
Result<void> drop_damaged(Connection& connection, const ImodelRow& damaged) {
  const auto configured = is_configured(connection, damaged.imodel_id);
  if (!configured) return std::unexpected(configured.error());
  if (!*configured) return delete_imodel_row(connection, damaged.imodel_id);
  return update_imodel_row(connection, {damaged.imodel_id, damaged.itwin_id, std::nullopt});
}

// Of what damage has met the count may tell too much.
Result<void> count_anew(Connection& connection, State& state) {
  const auto counted = count_thumbnails(connection);
  if (!counted) return std::unexpected(counted.error());
  state.thumbnails = *counted;
  return {};
}

}  // namespace

Result<ProvenRecord> prove(const Record& record, const Limits& limits) {
  if (auto checked = check_record(record, limits); !checked) return std::unexpected(std::move(checked.error()));
  return ProvenRecord{record, as_picture(record.small), as_picture(record.large)};
}

Result<Receipt> put_thumbnail(Connection& connection, const ProvenRecord& proven, std::int64_t now_s) {
  const Record& record = proven.record;
  const auto found = find_imodel_row(connection, record.imodel_id);
  if (!found) return std::unexpected(found.error());
  if (!*found && !record.itwin_id) return fail(Code::argument_invalid, "an unknown iModel, and no iTwin is given");
  if (auto expected = check_expectation(record, *found); !expected) return std::unexpected(expected.error());
  auto state = load_state(connection);
  if (!state) return std::unexpected(std::move(state.error()));

  const auto thumbnail = keep_both(connection, *state, proven);
  if (!thumbnail) return std::unexpected(thumbnail.error());
  const ImodelRow row{record.imodel_id, *found ? (*found)->itwin_id : *record.itwin_id, *thumbnail};
  const bool replaced = *found && (*found)->thumbnail;
  const auto left_behind = replaced ? false : drop_upload(connection, record.imodel_id);
  if (!left_behind) return std::unexpected(left_behind.error());
  auto written = *found ? update_imodel_row(connection, row) : insert_imodel_row(connection, row);
  if (written) written = save_upload(connection, record, now_s);
  if (written && replaced) written = drop_both(connection, *state, *(*found)->thumbnail);
  if (!replaced) ++state->thumbnails;
  if (written && *left_behind) written = count_anew(connection, *state);
  if (written) written = save_state(connection, *state);
  if (!written) return std::unexpected(std::move(written.error()));
  return Receipt{record.imodel_id, static_cast<std::uint64_t>(thumbnail->revision), replaced};
}

Result<bool> remove_thumbnail(Connection& connection, const Guid& imodel_id) {
  const auto found = find_sealed_row(connection, imodel_id);
  if (!found) return std::unexpected(found.error());
  const auto upload = drop_upload(connection, imodel_id);
  if (!upload) return std::unexpected(upload.error());
  const bool is_damaged = *found && !(*found)->sound;
  const auto old = *found ? (*found)->row.thumbnail : std::nullopt;
  if (!old && !is_damaged && !*upload) return false;
  auto state = load_state(connection);
  if (!state) return std::unexpected(std::move(state.error()));

  Result<void> written;
  if (is_damaged) {
    written = drop_damaged(connection, (*found)->row);
  } else if (old) {
    written = update_imodel_row(connection, {imodel_id, (*found)->row.itwin_id, std::nullopt});
  }
  if (written && old) written = drop_both(connection, *state, *old);
  if (is_damaged || !old) {
    if (written) written = count_anew(connection, *state);
  } else {
    --state->thumbnails;
  }
  ++state->content_revision;
  if (written) written = save_state(connection, *state);
  if (!written) return std::unexpected(std::move(written.error()));
  return true;
}

}  // namespace locket::store
