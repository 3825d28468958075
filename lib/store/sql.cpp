#include "store/sql.hpp"

#include <array>

namespace locket::store {
namespace {

// What one row of an iModel is read from; literals are joined by the preprocessor only.
#define LOCKET_SELECT_IMODEL                                                                        \
  "SELECT imodel_id, itwin_id, revision, small_picture_id, small_bytes, small_sha256, small_xxh3, " \
  "large_picture_id, large_bytes, large_sha256, large_xxh3, seal FROM imodel "

// What the entry of an upload is read from. Joined from the left: one with a number of a recipe that there is not is
// damaged, and is to be told of.
#define LOCKET_SELECT_UPLOAD                                                                                  \
  "SELECT u.imodel_id, u.source_sha256, r.name, u.source_path, u.updated_at_s, u.uploaded_by, u.media_type, " \
  "u.width_px, u.height_px, u.bytes, u.orientation, u.buffered, u.profile_ignored "                           \
  "FROM upload u LEFT JOIN recipe r USING (recipe_id) "

struct Entry {
  Sql sql;
  const char* text;
};

constexpr Entry entries[] = {
    {Sql::begin_read, "BEGIN DEFERRED"},
    {Sql::begin_write, "BEGIN IMMEDIATE"},
    {Sql::commit, "COMMIT"},
    {Sql::rollback, "ROLLBACK"},
    {Sql::savepoint, "SAVEPOINT item"},
    {Sql::release_savepoint, "RELEASE item"},
    {Sql::rollback_to_savepoint, "ROLLBACK TO item"},

    {Sql::load_state,
     "SELECT content_revision, access_revision, access_xxh3, next_picture_id, thumbnails, pictures, picture_bytes, "
     "seal "
     "FROM state WHERE one = 1"},
    {Sql::save_state,
     "INSERT OR REPLACE INTO state (one, content_revision, access_revision, access_xxh3, next_picture_id, thumbnails, "
     "pictures, picture_bytes, seal) VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"},
    {Sql::load_access_revision, "SELECT access_revision FROM state WHERE one = 1"},

    {Sql::find_imodel, LOCKET_SELECT_IMODEL "WHERE imodel_id = ?1"},
    {Sql::find_imodel_or_above, LOCKET_SELECT_IMODEL "WHERE imodel_id >= ?1 ORDER BY imodel_id LIMIT 1"},
    {Sql::find_imodel_or_below, LOCKET_SELECT_IMODEL "WHERE imodel_id <= ?1 ORDER BY imodel_id DESC LIMIT 1"},
    {Sql::insert_imodel,
     "INSERT INTO imodel (imodel_id, itwin_id, revision, small_picture_id, small_bytes, small_sha256, small_xxh3, "
     "large_picture_id, large_bytes, large_sha256, large_xxh3, seal) "
     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"},
    {Sql::update_imodel,
     "UPDATE imodel SET itwin_id = ?2, revision = ?3, small_picture_id = ?4, small_bytes = ?5, small_sha256 = ?6, "
     "small_xxh3 = ?7, large_picture_id = ?8, large_bytes = ?9, large_sha256 = ?10, large_xxh3 = ?11, seal = ?12 "
     "WHERE imodel_id = ?1"},
    {Sql::update_itwin_of_imodel, "UPDATE imodel SET itwin_id = ?2 WHERE imodel_id = ?1"},
    {Sql::next_imodels, LOCKET_SELECT_IMODEL "WHERE imodel_id > ?1 ORDER BY imodel_id LIMIT ?2"},
    // One of which an upload tells is bare by damage.
    {Sql::delete_bare_imodels,
     "DELETE FROM imodel WHERE revision IS NULL AND imodel_id NOT IN (SELECT imodel_id FROM upload)"},
    {Sql::delete_imodel, "DELETE FROM imodel WHERE imodel_id = ?1"},
    {Sql::count_thumbnails, "SELECT count(*) FROM imodel WHERE revision IS NOT NULL"},

    {Sql::find_picture_by_sha256, "SELECT picture_id, bytes, xxh3 FROM picture WHERE sha256 = ?1"},
    {Sql::find_picture, "SELECT picture_id, sha256, xxh3, bytes FROM picture WHERE picture_id = ?1"},
    {Sql::insert_picture, "INSERT INTO picture (picture_id, sha256, xxh3, bytes, data) VALUES (?1, ?2, ?3, ?4, ?5)"},
    {Sql::repair_picture, "UPDATE picture SET xxh3 = ?2, bytes = ?3, data = ?4 WHERE picture_id = ?1"},
    {Sql::find_unused_picture,
     "SELECT bytes FROM picture WHERE picture_id = ?1 "
     "AND NOT EXISTS (SELECT 1 FROM imodel WHERE small_picture_id = ?1) "
     "AND NOT EXISTS (SELECT 1 FROM imodel WHERE large_picture_id = ?1)"},
    {Sql::delete_picture, "DELETE FROM picture WHERE picture_id = ?1"},
    {Sql::next_pictures,
     "SELECT picture_id, sha256, xxh3, bytes FROM picture WHERE picture_id > ?1 ORDER BY picture_id LIMIT ?2"},

    {Sql::find_recipe, "SELECT recipe_id FROM recipe WHERE name = ?1"},
    {Sql::insert_recipe, "INSERT INTO recipe (name) VALUES (?1) RETURNING recipe_id"},
    {Sql::save_upload,
     "INSERT OR REPLACE INTO upload (imodel_id, source_sha256, media_type, width_px, height_px, bytes, orientation, "
     "buffered, profile_ignored, recipe_id, source_path, uploaded_by, updated_at_s) "
     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"},
    {Sql::delete_upload, "DELETE FROM upload WHERE imodel_id = ?1"},
    {Sql::find_upload, LOCKET_SELECT_UPLOAD "WHERE u.imodel_id = ?1"},
    {Sql::next_uploads, LOCKET_SELECT_UPLOAD "WHERE u.imodel_id > ?1 ORDER BY u.imodel_id"},

    // With a condition a count goes row by row; without one it is a single step, which nothing could end.
    {Sql::count_imodels, "SELECT count(*) FROM imodel WHERE imodel_id IS NOT NULL"},
    {Sql::count_by_recipe,
     "SELECT r.name, c.uses FROM (SELECT recipe_id, count(*) AS uses FROM upload GROUP BY recipe_id) c "
     "JOIN recipe r USING (recipe_id) ORDER BY r.name"},
    {Sql::count_failures, "SELECT count(*) FROM failure WHERE source_path IS NOT NULL"},
    {Sql::save_failure, "INSERT OR REPLACE INTO failure (source_path, code, reason, at_s) VALUES (?1, ?2, ?3, ?4)"},
    {Sql::delete_failure, "DELETE FROM failure WHERE source_path = ?1"},
    {Sql::delete_failures, "DELETE FROM failure"},
    {Sql::list_failures, "SELECT source_path, code, reason, at_s FROM failure ORDER BY source_path"},

    {Sql::insert_organization, "INSERT INTO organization (organization_id) VALUES (?1)"},
    {Sql::insert_organization_administrator,
     "INSERT INTO organization_administrator (organization_id, user_name) VALUES (?1, ?2)"},
    {Sql::insert_organization_role,
     "INSERT INTO organization_role (organization_id, role_name, permissions) VALUES (?1, ?2, ?3)"},
    {Sql::insert_itwin, "INSERT INTO itwin (itwin_id, organization_id) VALUES (?1, ?2)"},
    {Sql::insert_itwin_owner, "INSERT INTO itwin_owner (itwin_id, user_name) VALUES (?1, ?2)"},
    {Sql::insert_itwin_role, "INSERT INTO itwin_role (itwin_id, role_name, permissions) VALUES (?1, ?2, ?3)"},
    {Sql::insert_itwin_group, "INSERT INTO itwin_group (itwin_id, group_name) VALUES (?1, ?2)"},
    {Sql::insert_group_member, "INSERT INTO group_member (itwin_id, group_name, user_name) VALUES (?1, ?2, ?3)"},
    {Sql::insert_user_member, "INSERT INTO user_member (itwin_id, user_name) VALUES (?1, ?2)"},
    {Sql::insert_user_role, "INSERT INTO user_role (itwin_id, user_name, role_name) VALUES (?1, ?2, ?3)"},
    {Sql::insert_group_as_member, "INSERT INTO group_as_member (itwin_id, group_name) VALUES (?1, ?2)"},
    {Sql::insert_group_role, "INSERT INTO group_role (itwin_id, group_name, role_name) VALUES (?1, ?2, ?3)"},
    {Sql::find_imodel_access, "SELECT mode FROM imodel_access WHERE imodel_id = ?1"},
    {Sql::insert_imodel_access, "INSERT INTO imodel_access (imodel_id, mode) VALUES (?1, ?2)"},
    {Sql::insert_imodel_grant, "INSERT INTO imodel_grant (imodel_id, grantee, permissions) VALUES (?1, ?2, ?3)"},
    {Sql::insert_tier, "INSERT INTO tier (position, name) VALUES (?1, ?2)"},
    {Sql::insert_tier_window,
     "INSERT INTO tier_window (tier_position, position, calls, seconds) VALUES (?1, ?2, ?3, ?4)"},
    {Sql::insert_client, "INSERT INTO client (client_id, tier_name) VALUES (?1, ?2)"},

    {Sql::delete_organizations, "DELETE FROM organization"},
    {Sql::delete_organization_administrators, "DELETE FROM organization_administrator"},
    {Sql::delete_organization_roles, "DELETE FROM organization_role"},
    {Sql::delete_itwins, "DELETE FROM itwin"},
    {Sql::delete_itwin_owners, "DELETE FROM itwin_owner"},
    {Sql::delete_itwin_roles, "DELETE FROM itwin_role"},
    {Sql::delete_itwin_groups, "DELETE FROM itwin_group"},
    {Sql::delete_group_members, "DELETE FROM group_member"},
    {Sql::delete_user_members, "DELETE FROM user_member"},
    {Sql::delete_user_roles, "DELETE FROM user_role"},
    {Sql::delete_groups_as_members, "DELETE FROM group_as_member"},
    {Sql::delete_group_roles, "DELETE FROM group_role"},
    {Sql::delete_imodel_access, "DELETE FROM imodel_access"},
    {Sql::delete_imodel_grants, "DELETE FROM imodel_grant"},
    {Sql::delete_tiers, "DELETE FROM tier"},
    {Sql::delete_tier_windows, "DELETE FROM tier_window"},
    {Sql::delete_clients, "DELETE FROM client"},

    {Sql::list_organizations, "SELECT organization_id FROM organization ORDER BY organization_id"},
    {Sql::list_organization_administrators,
     "SELECT organization_id, user_name FROM organization_administrator ORDER BY organization_id, user_name"},
    {Sql::list_organization_roles,
     "SELECT organization_id, role_name, permissions FROM organization_role ORDER BY organization_id, role_name"},
    {Sql::list_itwins, "SELECT itwin_id, organization_id FROM itwin ORDER BY itwin_id"},
    {Sql::list_itwin_owners, "SELECT itwin_id, user_name FROM itwin_owner ORDER BY itwin_id, user_name"},
    {Sql::list_itwin_roles, "SELECT itwin_id, role_name, permissions FROM itwin_role ORDER BY itwin_id, role_name"},
    {Sql::list_itwin_groups, "SELECT itwin_id, group_name FROM itwin_group ORDER BY itwin_id, group_name"},
    {Sql::list_group_members,
     "SELECT itwin_id, group_name, user_name FROM group_member ORDER BY itwin_id, group_name, user_name"},
    {Sql::list_user_members, "SELECT itwin_id, user_name FROM user_member ORDER BY itwin_id, user_name"},
    {Sql::list_user_roles,
     "SELECT itwin_id, user_name, role_name FROM user_role ORDER BY itwin_id, user_name, role_name"},
    {Sql::list_groups_as_members, "SELECT itwin_id, group_name FROM group_as_member ORDER BY itwin_id, group_name"},
    {Sql::list_group_roles,
     "SELECT itwin_id, group_name, role_name FROM group_role ORDER BY itwin_id, group_name, role_name"},
    {Sql::list_configured_imodels,
     "SELECT a.imodel_id, m.itwin_id, a.mode FROM imodel_access a JOIN imodel m USING (imodel_id) "
     "ORDER BY a.imodel_id"},
    {Sql::list_imodel_grants, "SELECT imodel_id, grantee, permissions FROM imodel_grant ORDER BY imodel_id, grantee"},
    {Sql::list_tiers, "SELECT position, name FROM tier ORDER BY position"},
    {Sql::list_tier_windows,
     "SELECT tier_position, calls, seconds, position FROM tier_window ORDER BY tier_position, position"},
    {Sql::list_clients, "SELECT client_id, tier_name FROM client ORDER BY client_id"},

    // ANALYZE, run by a person, adds tables of SQLite's own; they hold no facts.
    {Sql::list_schema, "SELECT name, sql FROM sqlite_schema WHERE name NOT GLOB 'sqlite_*' ORDER BY name"},
    {Sql::list_small_tables,
     "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name <> 'picture' "
     "ORDER BY name"},
    {Sql::application_id, "PRAGMA application_id"},
    {Sql::user_version, "PRAGMA user_version"},
    {Sql::integrity_check, "PRAGMA integrity_check(100)"},
    {Sql::integrity_check_of_table, "SELECT integrity_check FROM pragma_integrity_check(?1)"},
    {Sql::checkpoint_passive, "PRAGMA wal_checkpoint(PASSIVE)"},
    {Sql::checkpoint_truncate, "PRAGMA wal_checkpoint(TRUNCATE)"},
};

constexpr bool entries_stand_in_order() {
  std::size_t place = 0;
  for (const Entry& entry : entries) {
    if (static_cast<std::size_t>(entry.sql) != place) return false;
    ++place;
  }
  return place == sql_count;
}
static_assert(entries_stand_in_order());

}  // namespace

const char* sql_text(Sql sql) noexcept { return entries[static_cast<std::size_t>(sql)].text; }

}  // namespace locket::store
