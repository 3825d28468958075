#include "house.hpp"

#include <sqlite3.h>

#include <cstdlib>

#include "codec/png_writer.hpp"
#include "engine/default_picture.hpp"

namespace locket {
namespace {

constexpr std::string_view access_json = R"({
  "organizations": [{"id": "aaaaaaaa-0000-4000-8000-000000000001", "administrators": ["admin"]}],
  "itwins": [
    {"id": "bbbbbbbb-0000-4000-8000-000000000001", "organization_id": "aaaaaaaa-0000-4000-8000-000000000001",
     "owners": ["owner"],
     "roles": [{"id": "viewer", "permissions": ["imodels_webview"]},
               {"id": "manager", "permissions": ["imodels_webview", "imodels_manage"]}],
     "members": [{"user": "alice", "roles": ["viewer"]}, {"user": "max", "roles": ["manager"]}]},
    {"id": "bbbbbbbb-0000-4000-8000-000000000002", "organization_id": "aaaaaaaa-0000-4000-8000-000000000001",
     "roles": [{"id": "viewer", "permissions": ["imodels_webview"]}],
     "members": [{"user": "bob", "roles": ["viewer"]}]}],
  "imodels": [
    {"id": "11111111-1111-4111-8111-111111111111", "itwin_id": "bbbbbbbb-0000-4000-8000-000000000001"},
    {"id": "22222222-2222-4222-8222-222222222222", "itwin_id": "bbbbbbbb-0000-4000-8000-000000000002"},
    {"id": "33333333-3333-4333-8333-333333333333", "itwin_id": "bbbbbbbb-0000-4000-8000-000000000001"}],
  "tiers": [{"name": "community", "limits": [{"calls": 500, "seconds": 60}, {"calls": 5000, "seconds": 3600}]},
            {"name": "tiny", "limits": [{"calls": 2, "seconds": 10}]}],
  "clients": [{"id": "client-1", "tier": "community"}, {"id": "client-tiny", "tier": "tiny"}]
})";

constexpr std::string_view issuer = "https://ims.example";
constexpr std::string_view audience = "https://itwin.example";

Bytes draw(Size size) { return codec::write_png(engine::draw_default_picture(size), Effort::fast).value(); }

}  // namespace

EngineOptions with_default_pictures() {
  static const Bytes small = draw(Size::small);
  static const Bytes large = draw(Size::large);
  EngineOptions options;
  options.default_small = small;
  options.default_large = large;
  return options;
}

void House::SetUp() {
  std::string name = (std::filesystem::temp_directory_path() / "locket-house-XXXXXX").string();
  ASSERT_NE(mkdtemp(name.data()), nullptr);
  folder_ = name;
  StoreOptions store_options;
  store_options.log = &log_;
  auto store = open_store((folder_ / "test.locket").string(), store_options);
  ASSERT_TRUE(store) << store.error().detail;
  store_ = std::move(*store);
  auto document = parse_access_document(access_json);
  ASSERT_TRUE(document) << document.error().detail;
  auto revision = store_->replace_access(*document);
  ASSERT_TRUE(revision) << revision.error().detail;

  auto key = SigningKey::generate(Algorithm::es256);
  ASSERT_TRUE(key);
  key_ = std::make_unique<SigningKey>(std::move(*key));
  tokens_ = make_verifier();
  ASSERT_NE(tokens_, nullptr);
  rates_ = make_memory_rate_limiter();
  auto access = make_stored_access_control(*store_);
  ASSERT_TRUE(access) << access.error().detail;
  access_ = std::move(*access);
  EngineParts parts = parts_over(*store_, *access_);
  parts.log = &log_;
  parts.decisions = &decisions_;
  auto engine = Engine::create(parts, with_default_pictures());
  ASSERT_TRUE(engine) << engine.error().detail;
  engine_ = std::move(*engine);
}

EngineParts House::parts_over(Store& store, AccessControl& access) {
  return {.store = &store, .tokens = tokens_.get(), .rates = rates_.get(), .access = &access, .clock = &clock_};
}

std::unique_ptr<TokenVerifier> House::make_verifier() const {
  TokenRules rules;
  rules.issuer = issuer;
  rules.audience = audience;
  auto tokens = make_jwks_token_verifier(rules, make_static_key_source(key_->to_jwks()), {}, clock_);
  EXPECT_TRUE(tokens) << tokens.error().detail;
  return tokens ? std::move(*tokens) : nullptr;
}

void House::TearDown() {
  engine_.reset();
  access_.reset();
  store_.reset();
  std::filesystem::remove_all(folder_);
}

std::string House::token_of(const std::string& user, const std::string& client, std::uint32_t expires_in_s) const {
  TokenRequest request;
  request.user = user;
  request.client_id = client;
  request.issuer = issuer;
  request.audience = audience;
  request.expires_in_s = expires_in_s;
  return key_->sign(make_claims(request, clock_.now())).value();
}

Response House::get(std::string_view imodel_id, std::string_view authorization, std::string_view query,
                    std::string_view if_none_match) {
  std::vector<HeaderView> headers;
  if (!authorization.empty()) headers.push_back({"Authorization", authorization});
  if (!if_none_match.empty()) headers.push_back({"If-None-Match", if_none_match});
  Request request;
  request.imodel_id = imodel_id;
  request.query = query;
  request.headers = headers;
  return engine_->handle(request);
}

Response House::put(std::string_view imodel_id, std::string_view authorization, std::string_view content_type,
                    BytesView body, std::string_view if_match) {
  std::vector<HeaderView> headers;
  if (!authorization.empty()) headers.push_back({"authorization", authorization});
  if (!content_type.empty()) headers.push_back({"content-type", content_type});
  if (!if_match.empty()) headers.push_back({"If-Match", if_match});
  Request request;
  request.method = Method::put;
  request.imodel_id = imodel_id;
  request.headers = headers;
  request.body = body;
  request.body_bytes = body.size();
  return engine_->handle(request);
}

void House::import(std::string_view imodel_id, BytesView picture) {
  Upload upload;
  upload.imodel_id = parse_guid(imodel_id).value();
  upload.bytes = picture;
  auto imported = engine_->import_picture(upload);
  ASSERT_TRUE(imported) << imported.error().detail;
}

void House::damage(std::string_view imodel_id) {
  const Guid id = parse_guid(imodel_id).value();
  sqlite3* file = nullptr;
  ASSERT_EQ(sqlite3_open((folder_ / "test.locket").c_str(), &file), SQLITE_OK);
  sqlite3_stmt* statement = nullptr;
  constexpr std::string_view sql =
      "UPDATE picture SET data = zeroblob(bytes) WHERE picture_id IN (SELECT small_picture_id FROM imodel WHERE "
      "imodel_id = ?1 UNION SELECT large_picture_id FROM imodel WHERE imodel_id = ?1)";
  ASSERT_EQ(sqlite3_prepare_v2(file, sql.data(), static_cast<int>(sql.size()), &statement, nullptr), SQLITE_OK);
  sqlite3_bind_blob(statement, 1, id.bytes.data(), 16, SQLITE_STATIC);
  EXPECT_EQ(sqlite3_step(statement), SQLITE_DONE);
  EXPECT_EQ(sqlite3_changes(file), 2);
  sqlite3_finalize(statement);
  sqlite3_close(file);
}

Bytes make_png(std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
  Image image{.size = {64, 40}, .format = RowFormat::rgb, .samples = {}};
  for (int pixel = 0; pixel < 64 * 40; ++pixel) {
    image.samples.push_back(red);
    image.samples.push_back(static_cast<std::uint8_t>(green + pixel % 7));
    image.samples.push_back(blue);
  }
  return codec::write_png(image, Effort::fast).value();
}

PixelSize png_size(BytesView png) {
  if (sniff_media_type(png) != MediaType::png || png.size() < 24) return {};
  PixelSize size;
  for (std::size_t i = 0; i < 4; ++i) {
    size.width_px = size.width_px << 8 | std::to_integer<std::uint32_t>(png[16 + i]);
    size.height_px = size.height_px << 8 | std::to_integer<std::uint32_t>(png[20 + i]);
  }
  return size;
}

}  // namespace locket
