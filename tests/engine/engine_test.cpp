#include "locket/engine.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "house.hpp"
#include "locket/version.hpp"

namespace locket {
namespace {

/// A house whose engine can be made anew with other parts and options.
class EngineTest : public House {
 protected:
  EngineParts parts() { return parts_over(*store_, *access_); }

  static Code code_of(const EngineParts& parts, EngineOptions options = {}) {
    const auto engine = Engine::create(parts, std::move(options));
    EXPECT_FALSE(engine);
    return engine ? Code::internal_error : engine.error().code;
  }

  /// The picture that the house's own engine shows where there is none.
  Bytes default_picture(std::string_view query) {
    const Response answer = get(empty_id, bearer_of("alice"), query);
    EXPECT_EQ(answer.status, 200);
    const BytesView png = answer.body.view();
    return {png.begin(), png.end()};
  }
};

TEST_F(EngineTest, IsMadeWithAStoreAndAllPolicyPartsOrNone) {
  EngineParts without_store = parts();
  without_store.store = nullptr;
  EXPECT_EQ(code_of(without_store), Code::argument_invalid);
  for (int missing = 0; missing < 3; ++missing) {
    EngineParts some = parts();
    if (missing == 0) some.tokens = nullptr;
    if (missing == 1) some.rates = nullptr;
    if (missing == 2) some.access = nullptr;
    EXPECT_EQ(code_of(some), Code::argument_invalid) << missing;
  }
  EXPECT_TRUE(Engine::create(parts()));
}

TEST_F(EngineTest, RefusesARecipeThatThereCanNotBe) {
  std::array<Recipe, 3> none;
  none[0].fit = static_cast<Fit>(3);
  none[1].filter = static_cast<Filter>(5);
  none[2].effort = static_cast<Effort>(2);
  const Bytes picture = make_png(9, 8, 7);
  for (const Recipe& recipe : none) {
    EngineOptions options;
    options.recipe = recipe;
    EXPECT_EQ(code_of(parts(), std::move(options)), Code::argument_invalid);
    const auto rendered = render(picture, recipe);
    ASSERT_FALSE(rendered);
    EXPECT_EQ(rendered.error().code, Code::argument_invalid);
    Upload upload{.imodel_id = parse_guid(shown_id).value(), .itwin_id = {}, .bytes = picture, .source_path = {}};
    upload.recipe = recipe;
    const auto imported = engine_->import_picture(upload);
    ASSERT_FALSE(imported);
    EXPECT_EQ(imported.error().code, Code::argument_invalid);
  }
}

// Though it would be written down as one that there is.
TEST_F(EngineTest, ARecipeThatThereCanNotBeIsNeverCalledUnchanged) {
  const Bytes picture = make_png(9, 8, 7);
  Upload upload{.imodel_id = parse_guid(shown_id).value(), .itwin_id = {}, .bytes = picture, .source_path = {}};
  upload.recipe = Recipe{.effort = Effort::small};
  ASSERT_TRUE(engine_->import_picture(upload));
  ASSERT_TRUE(engine_->import_picture(upload)->unchanged);
  upload.recipe->effort = static_cast<Effort>(99);
  EXPECT_EQ(engine_->import_picture(upload).error().code, Code::argument_invalid);
}

TEST_F(EngineTest, WithoutPolicyPartsImportsAndServesNobody) {
  auto importer = Engine::create({.store = store_.get(), .clock = &clock_});
  ASSERT_TRUE(importer) << importer.error().detail;
  const Bytes picture = make_png(9, 8, 7);
  Upload upload;
  upload.imodel_id = parse_guid(shown_id).value();
  upload.bytes = picture;
  EXPECT_TRUE((*importer)->import_picture(upload));
  const std::string token = token_of("alice");
  const auto fetched = (*importer)->fetch({.token = token, .imodel_id = upload.imodel_id, .known_etag = {}});
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().error.code, Code::argument_invalid);
  std::swap(engine_, *importer);
  EXPECT_EQ(get(shown_id, bearer_of("alice")).status, 500);
}

TEST_F(EngineTest, ShowsAHostsOwnDefaultPictures) {
  // A byte behind the end tells them from the engine's own.
  EngineOptions options;
  options.default_small = default_picture("");
  options.default_large = default_picture("size=large");
  options.default_small->push_back(std::byte{1});
  options.default_large->push_back(std::byte{2});
  const Bytes small = *options.default_small;
  const Bytes large = *options.default_large;
  const std::string own_etag(get(empty_id, bearer_of("alice")).header("etag").value());
  auto engine = Engine::create(parts(), std::move(options));
  ASSERT_TRUE(engine) << engine.error().detail;
  engine_ = std::move(*engine);
  EXPECT_EQ(default_picture(""), small);
  EXPECT_EQ(default_picture("size=large"), large);
  EXPECT_NE(get(empty_id, bearer_of("alice")).header("etag"), own_etag);
}

/// CRC-32 of PNG chunks (specification, annex D).
std::uint32_t crc_of(BytesView bytes) {
  std::uint32_t crc = 0xFFFF'FFFF;
  for (const std::byte byte : bytes) {
    crc ^= std::to_integer<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (0xEDB8'8320 & (0U - (crc & 1)));
  }
  return ~crc;
}

/// A PNG of one data chunk whose compressed data are damaged, under a checksum that is right.
Bytes with_damaged_data(Bytes png) {
  constexpr std::size_t data_name_at = 37;
  const std::size_t end = png.size() - 16;  // of the data: its checksum and the last chunk follow
  png[end - 6] ^= std::byte{0x55};
  const std::uint32_t crc = crc_of(BytesView(png).subspan(data_name_at, end - data_name_at));
  for (std::size_t i = 0; i < 4; ++i) png[end + i] = static_cast<std::byte>(crc >> (24 - 8 * i));
  return png;
}

TEST_F(EngineTest, TakesNoDefaultPictureOfAnotherSizeOrKind) {
  const Bytes small = default_picture("");
  const Bytes large = default_picture("size=large");
  Bytes start(small.begin(), small.begin() + 24);
  Bytes other_height = small;
  other_height[23] = std::byte{251};
  const Bytes cut(small.begin(), small.end() - 40);
  for (const Bytes& wrong :
       {large, Bytes{}, Bytes(100, std::byte{0}), start, other_height, cut, with_damaged_data(small)}) {
    EngineOptions options;
    options.default_small = wrong;
    EXPECT_EQ(code_of(parts(), std::move(options)), Code::argument_invalid) << wrong.size() << " bytes";
  }
  EngineOptions options;
  options.default_large = small;
  EXPECT_EQ(code_of(parts(), std::move(options)), Code::argument_invalid);
}

TEST_F(EngineTest, HasTheSystemsClockWhereItGetsNone) {
  EngineParts wanted = parts();
  wanted.clock = nullptr;
  const auto engine = Engine::create(wanted, with_default_pictures());
  ASSERT_TRUE(engine);
  clock_.unix_seconds = 4'102'444'800;  // the year 2100: what is signed then does not hold yet
  const std::string token = token_of("alice");
  const auto fetched = (*engine)->fetch(
      {.token = token, .imodel_id = parse_guid(shown_id).value(), .size = Size::small, .known_etag = {}});
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().error.code, Code::token_rejected);
}

TEST(LinkedLibraries, AreToldByTheirNamesAndVersions) {
  const std::vector<LinkedLibrary> all = linked_libraries();
  for (const std::string_view name : {"libdeflate", "libpng", "OpenSSL", "nlohmann-json", "SQLite"}) {
    const auto found = std::ranges::find(all, name, &LinkedLibrary::name);
    ASSERT_NE(found, all.end()) << name;
    EXPECT_FALSE(found->version.empty()) << name;
  }
  for (const auto& client : {redis_client_library(), rados_client_library()}) {
    if (!client) continue;  // built without it
    EXPECT_TRUE(std::ranges::any_of(
        all, [&](const auto& one) { return one.name == client->name && one.version == client->version; }));
  }
}

}  // namespace
}  // namespace locket
