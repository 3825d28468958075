#include <array>
#include <tuple>
#include <utility>
#include <vector>

#include "house.hpp"

namespace locket {
namespace {

class UploadTest : public House {
 protected:
  /// The head of a PUT; the views live as long as the fixture.
  Request head_of(std::string_view imodel_id, const std::string& user, std::uint64_t body_bytes) {
    bearer_ = bearer_of(user);
    headers_ = {{"Authorization", bearer_}, {"Content-Type", "image/png"}};
    Request head;
    head.method = Method::put;
    head.imodel_id = imodel_id;
    head.headers = headers_;
    head.body_bytes = body_bytes;
    return head;
  }

  std::string bearer_;
  std::vector<HeaderView> headers_;
};

TEST_F(UploadTest, StoresBothSizesAndAnswers201WithoutABody) {
  const Bytes picture = make_png(30, 60, 90);
  const Response created = put(shown_id, bearer_of("max"), "image/png", picture);
  ASSERT_EQ(created.status, 201) << body_of(created);
  EXPECT_TRUE(created.body.empty());
  EXPECT_EQ(created.header("content-length"), "0");
  EXPECT_EQ(get(shown_id, bearer_of("alice")).source, ThumbnailSource::uploaded);
  EXPECT_EQ(put(shown_id, bearer_of("max"), "image/png", make_png(90, 60, 30)).status, 201) << "also when it replaces";
}

TEST_F(UploadTest, AsksForManageOfThoseWhoMayView) {
  const Bytes picture = make_png(30, 60, 90);
  const Response forbidden = put(shown_id, bearer_of("alice"), "image/png", picture);
  EXPECT_EQ(forbidden.status, 403);
  EXPECT_NE(body_of(forbidden).find("InsufficientPermissions"), std::string::npos);
  EXPECT_EQ(put(shown_id, bearer_of("bob"), "image/png", picture).status, 404);
  EXPECT_EQ(put(unknown_id, bearer_of("max"), "image/png", picture).status, 404);
  EXPECT_EQ(put("nonsense", bearer_of("max"), "image/png", picture).status, 404);
  for (const std::string user : {"owner", "admin", "max"}) {
    EXPECT_EQ(put(shown_id, bearer_of(user), "image/png", picture).status, 201) << user;
  }
}

TEST_F(UploadTest, ChecksTheContentTypeBeforeTheIdAndTheBytesAfterIt) {
  const Bytes picture = make_png(30, 60, 90);
  EXPECT_NE(body_of(put(unknown_id, bearer_of("max"), "", picture)).find("MissingRequiredHeader"), std::string::npos);
  EXPECT_NE(body_of(put(unknown_id, bearer_of("max"), "image/gif", picture)).find("'image/gif' is not supported"),
            std::string::npos);
  EXPECT_EQ(put(unknown_id, bearer_of("max"), "image/png", as_bytes("no picture")).status, 404);
  EXPECT_EQ(put(shown_id, bearer_of("max"), "image/png", as_bytes("no picture")).status, 422);
}

TEST_F(UploadTest, RefusesWhatIsNoPictureOfTheDeclaredKind) {
  const Bytes picture = make_png(30, 60, 90);
  const BytesView half = BytesView(picture).first(picture.size() / 2);
  for (const auto& [type, bytes] :
       {std::pair{"image/jpeg", BytesView(picture)}, std::pair{"image/png", as_bytes("GIF89a")},
        std::pair{"image/png", BytesView()}, std::pair{"image/png", half}}) {
    const Response response = put(shown_id, bearer_of("max"), type, bytes);
    EXPECT_EQ(response.status, 422);
    EXPECT_NE(body_of(response).find("InvalidThumbnailFormat"), std::string::npos);
  }
  EXPECT_EQ(get(shown_id, bearer_of("alice")).source, ThumbnailSource::default_picture);
}

TEST_F(UploadTest, TakesTheByteLimitItselfAndRefusesOneMore) {
  // Bytes behind a PNG's end are no part of it, so that padding makes a picture of any size.
  Bytes picture = make_png(30, 60, 90);
  picture.resize(Limits{}.picture_bytes_max);
  EXPECT_EQ(put(shown_id, bearer_of("max"), "image/png", picture).status, 201);
  picture.resize(Limits{}.picture_bytes_max + 1);
  const Response refused = put(shown_id, bearer_of("max"), "image/png", picture);
  EXPECT_EQ(refused.status, 413);
  EXPECT_NE(body_of(refused).find("5242880"), std::string::npos);
}

TEST_F(UploadTest, RefusesADeclaredLengthWithoutReadingIt) {
  const std::string bearer = bearer_of("max");
  const std::vector<HeaderView> headers{{"Authorization", bearer}, {"Content-Type", "image/png"}};
  Request request;
  request.method = Method::put;
  request.imodel_id = shown_id;
  request.headers = headers;
  request.body_bytes = 10'000'000'000;
  EXPECT_EQ(engine_->handle(request).status, 413);
}

TEST_F(UploadTest, ThePermitComesBeforeTheBytesAndStoresThem) {
  const Bytes picture = make_png(30, 60, 90);
  auto permit = engine_->open_upload(head_of(shown_id, "max", picture.size()));
  ASSERT_TRUE(permit) << body_of(permit.error());
  EXPECT_EQ(engine_->finish_upload(std::move(*permit), picture).status, 201);
  EXPECT_EQ(get(shown_id, bearer_of("alice")).source, ThumbnailSource::uploaded);
}

TEST_F(UploadTest, APermitIsGoodForOneUpload) {
  const Bytes picture = make_png(30, 60, 90);
  auto permit = engine_->open_upload(head_of(shown_id, "max", picture.size()));
  ASSERT_TRUE(permit);
  ASSERT_EQ(engine_->finish_upload(std::move(*permit), picture).status, 201);
  const std::string etag(get(shown_id, bearer_of("alice")).header("etag").value());
  EXPECT_EQ(engine_->finish_upload(std::move(*permit), make_png(90, 60, 30)).status, 500);
  EXPECT_EQ(get(shown_id, bearer_of("alice")).header("etag"), etag);
}

TEST_F(UploadTest, APermitIsGoodForItsEngineOnly) {
  const Bytes picture = make_png(30, 60, 90);
  const auto other = Engine::create(parts_over(*store_, *access_), with_default_pictures()).value();
  auto permit = other->open_upload(head_of(shown_id, "max", picture.size()));
  ASSERT_TRUE(permit);
  EXPECT_EQ(engine_->finish_upload(std::move(*permit), picture).status, 500);
  EXPECT_FALSE(store_->find_imodel(parse_guid(shown_id).value())->value().uploaded);
}

// It is no list (RFC 9110, section 8.3), and nobody can say which line the sender meant.
TEST_F(UploadTest, SeveralContentTypesAreRefusedWhicheverStandsLast) {
  const Bytes picture = make_png(30, 60, 90);
  const std::string max = bearer_of("max");
  for (const auto& [first, last] : {std::pair{"image/png", "image/png"}, std::pair{"image/gif", "image/png"},
                                    std::pair{"image/png; a=b", "text/html"}, std::pair{"", "image/png"}}) {
    const std::array headers{HeaderView{"Authorization", max}, HeaderView{"Content-Type", first},
                             HeaderView{"content-type", last}};
    const Response refused = engine_->handle(
        {.method = Method::put, .imodel_id = shown_id, .query = {}, .headers = headers, .body = picture});
    EXPECT_EQ(refused.status, 422);
    const std::string quoted = "'" + std::string(first) + "," + last + "' is not supported 'content-type'";
    EXPECT_NE(body_of(refused).find(quoted), std::string::npos) << body_of(refused);
  }
}

TEST_F(UploadTest, WithoutThePermitTheAnswerIsThatOfThePut) {
  const std::uint64_t over = Limits{}.picture_bytes_max + 1;
  for (const auto& [id, user, bytes] :
       {std::tuple{shown_id, "alice", std::uint64_t{5}}, std::tuple{shown_id, "bob", std::uint64_t{5}},
        std::tuple{unknown_id, "max", std::uint64_t{5}}, std::tuple{unknown_id, "max", over}}) {
    const Request head = head_of(id, user, bytes);
    const auto refused = engine_->open_upload(head);
    ASSERT_FALSE(refused);
    EXPECT_EQ(body_of(refused.error()), body_of(engine_->handle(head)));
  }
}

TEST_F(UploadTest, APermitEndsWithThePermissionBehindIt) {
  const Bytes picture = make_png(30, 60, 90);
  auto permit = engine_->open_upload(head_of(shown_id, "max", picture.size()));
  ASSERT_TRUE(permit);
  Store::Access access = store_->load_access(AccessScope::whole).value();
  for (auto& imodel : access.document.imodels) {
    imodel.granted.clear();
    imodel.mode = ImodelMode::users;
  }
  ASSERT_TRUE(store_->replace_access(access.document));
  EXPECT_EQ(engine_->finish_upload(std::move(*permit), picture).status, 404);
  EXPECT_FALSE(store_->find_imodel(parse_guid(shown_id).value())->value().uploaded);
}

TEST_F(UploadTest, APermitDoesNotOutliveTheLeaveToReplace) {
  const Bytes picture = make_png(30, 60, 90);
  auto permit = engine_->open_upload(head_of(shown_id, "max", picture.size()));
  ASSERT_TRUE(permit);
  AccessDocument document = store_->load_access(AccessScope::whole).value().document;
  for (auto& member : document.itwins.at(0).members) member.roles = {"viewer"};
  ASSERT_TRUE(store_->replace_access(document));
  const Response refused = engine_->finish_upload(std::move(*permit), picture);
  EXPECT_EQ(refused.status, 403);
  EXPECT_NE(body_of(refused).find("InsufficientPermissions"), std::string::npos);
  EXPECT_FALSE(store_->find_imodel(parse_guid(shown_id).value())->value().uploaded);
}

TEST_F(UploadTest, ABodyThatIsLongerThanItsHeadSaidIsRefused) {
  Bytes picture = make_png(30, 60, 90);
  auto permit = engine_->open_upload(head_of(shown_id, "max", picture.size()));
  ASSERT_TRUE(permit);
  picture.resize(Limits{}.picture_bytes_max + 1);
  EXPECT_EQ(engine_->finish_upload(std::move(*permit), picture).status, 413);
  EXPECT_FALSE(store_->find_imodel(parse_guid(shown_id).value())->value().uploaded);
}

TEST_F(UploadTest, AnUploadInTwoHalvesIsChargedOnce) {
  const Bytes picture = make_png(30, 60, 90);
  AccessDocument document = store_->load_access(AccessScope::whole).value().document;
  document.tiers = {{"two", {{2, 3600}}}};
  document.clients = {{"client-1", "two"}};
  ASSERT_TRUE(store_->replace_access(document));
  for (const int status : {201, 201, 429}) {
    auto permit = engine_->open_upload(head_of(shown_id, "max", picture.size()));
    EXPECT_EQ(permit ? engine_->finish_upload(std::move(*permit), picture).status : permit.error().status, status);
  }
}

TEST_F(UploadTest, AHostsOwnOperationIsAdmittedOrGetsTheExactAnswer) {
  const auto admission = engine_->admit_caller(head_of(unknown_id, "alice", 0));
  ASSERT_TRUE(admission);
  EXPECT_EQ(admission->identity().user(), "alice");
  Request nobody;
  const auto refused = engine_->admit_caller(nobody);
  ASSERT_FALSE(refused);
  EXPECT_EQ(body_of(refused.error()), body_of(engine_->handle(nobody)));
  const Response busy = engine_->problem(Code::store_busy, Method::put);
  EXPECT_EQ(busy.status, 503);
  EXPECT_EQ(busy.header("retry-after"), "1");
  const Response limited = engine_->problem(Code::rate_limit_exceeded, Method::put);
  EXPECT_EQ(limited.status, 429);
  EXPECT_EQ(limited.header("itwinplatform-ratelimited-api"), "iModels");
  EXPECT_EQ(limited.header("itwinplatform-ratelimited-operation"), "upload-imodel-thumbnail");
  EXPECT_EQ(limited.header("itwinplatform-ratelimited-tier"), std::nullopt) << "which nobody knows";
}

TEST_F(UploadTest, IfMatchReplacesOnlyThePictureThatItNames) {
  const std::string max = bearer_of("max");
  EXPECT_EQ(put(shown_id, max, "image/png", make_png(1, 1, 1), "*").status, 412) << "there is none yet";
  ASSERT_EQ(put(shown_id, max, "image/png", make_png(1, 1, 1)).status, 201);
  const std::string small_tag(get(shown_id, max).header("etag").value());
  const std::string large_tag(get(shown_id, max, "size=large").header("etag").value());
  EXPECT_EQ(put(shown_id, max, "image/png", make_png(50, 2, 2), "\"0123\"").status, 412);
  EXPECT_EQ(put(shown_id, max, "image/png", make_png(50, 2, 2), "W/" + small_tag).status, 412) << "it must be strong";
  EXPECT_EQ(put(shown_id, max, "image/png", make_png(50, 2, 2), small_tag).status, 201);
  EXPECT_EQ(store_->find_thumbnail(parse_guid(shown_id).value())->value().uploaded_by, "max");
  EXPECT_EQ(put(shown_id, max, "image/png", make_png(90, 3, 3), large_tag).status, 412)
      << "it names the picture before";
  EXPECT_EQ(put(shown_id, max, "image/png", make_png(90, 3, 3), "*").status, 201);
}

TEST_F(UploadTest, IfNoneMatchStoresOnlyWhereItNamesNothing) {
  const std::string max = bearer_of("max");
  const auto status_with = [&](std::string_view condition, const Bytes& picture, std::string_view if_match = {}) {
    std::vector<HeaderView> headers{
        {"Authorization", max}, {"Content-Type", "image/png"}, {"If-None-Match", condition}};
    if (!if_match.empty()) headers.push_back({"If-Match", if_match});
    return engine_
        ->handle({.method = Method::put, .imodel_id = shown_id, .query = {}, .headers = headers, .body = picture})
        .status;
  };
  const std::string default_tag(get(shown_id, max).header("etag").value());
  EXPECT_EQ(status_with("*", make_png(1, 1, 1), "*"), 412) << "both must hold";
  EXPECT_EQ(status_with(default_tag, make_png(1, 1, 1)), 201) << "a default picture was never uploaded";
  const Response first = get(shown_id, max);
  EXPECT_EQ(status_with("*", make_png(50, 2, 2)), 412);
  const std::string large_tag(get(shown_id, max, "size=large").header("etag").value());
  EXPECT_EQ(status_with("W/" + large_tag, make_png(50, 2, 2)), 412);
  EXPECT_EQ(status_with("\"0123\", " + large_tag, make_png(50, 2, 2), large_tag), 412);
  EXPECT_EQ(get(shown_id, max).headers, first.headers);
  EXPECT_EQ(status_with("\"0123\"", make_png(50, 2, 2), large_tag), 201);
  EXPECT_EQ(status_with(large_tag, make_png(90, 3, 3)), 201) << "it names the picture before";
  ASSERT_TRUE(store_->remove(parse_guid(shown_id).value()));
  EXPECT_EQ(status_with("*", make_png(1, 1, 1)), 201);
}

// RFC 9110 section 5.3: the lines of a list are one list, in whatever order they stand.
TEST_F(UploadTest, SeveralLinesOfTagsAreOneList) {
  const std::string max = bearer_of("max");
  const Bytes picture = make_png(1, 1, 1);
  ASSERT_EQ(put(shown_id, max, "image/png", picture).status, 201);
  const std::string tag(get(shown_id, max).header("etag").value());
  for (const auto& [one, other] : {std::pair<std::string_view, std::string_view>{tag, "\"b\""}, {"\"b\"", tag}}) {
    const auto status_with = [&](Method method, std::string_view name) {
      const std::array headers{HeaderView{"Authorization", max}, HeaderView{"Content-Type", "image/png"},
                               HeaderView{name, one}, HeaderView{name, other}};
      return engine_
          ->handle({.method = method, .imodel_id = shown_id, .query = {}, .headers = headers, .body = picture})
          .status;
    };
    EXPECT_EQ(status_with(Method::get, "if-none-match"), 304) << one;
    EXPECT_EQ(status_with(Method::put, "If-None-Match"), 412) << one;
    EXPECT_EQ(status_with(Method::put, "If-Match"), 201) << one;
  }
}

TEST_F(UploadTest, TellsTheLimitOfAPictureWithTooManyPixels) {
  Bytes picture = make_png(30, 60, 90);
  picture[16] = std::byte{0x7F};  // the width's first byte; the check of the header comes before that of its CRC
  const Response response = put(shown_id, bearer_of("max"), "image/png", picture);
  EXPECT_EQ(response.status, 422);
  EXPECT_NE(body_of(response).find("InvalidThumbnailFormat"), std::string::npos);
}

TEST_F(UploadTest, TheSameRecipeMakesTheSameBytesAsAnImport) {
  const Bytes picture = make_png(30, 60, 90);
  import(empty_id, picture);
  ASSERT_EQ(put(shown_id, bearer_of("max"), "image/png", picture).status, 201);
  EXPECT_EQ(get(shown_id, bearer_of("max")).header("etag"), get(empty_id, bearer_of("max")).header("etag"));
}

TEST_F(UploadTest, ImportSkipsWhatIsStoredUnchanged) {
  const Bytes picture = make_png(30, 60, 90);
  Upload upload;
  upload.imodel_id = parse_guid(shown_id).value();
  upload.bytes = picture;
  EXPECT_FALSE(engine_->import_picture(upload)->unchanged);
  EXPECT_TRUE(engine_->import_picture(upload)->unchanged);
  upload.force = true;
  EXPECT_FALSE(engine_->import_picture(upload)->unchanged);
  upload.imodel_id = parse_guid(unknown_id).value();
  const auto homeless = engine_->import_picture(upload);
  ASSERT_FALSE(homeless);
  EXPECT_EQ(homeless.error().code, Code::argument_invalid);
}

TEST_F(UploadTest, AnImportOverTheByteLimitIsRefusedBeforeItIsRead) {
  const Bytes large(Limits().picture_bytes_max + 1);
  Upload upload;
  upload.imodel_id = parse_guid(shown_id).value();
  upload.bytes = large;
  EXPECT_EQ(engine_->import_picture(upload).error().code, Code::picture_bytes_over_limit);
  EXPECT_EQ(engine_->draft_import(upload).error().code, Code::picture_bytes_over_limit);
}

TEST_F(UploadTest, ADraftOfAnImportStoresNothingUntilItIsPut) {
  const Bytes picture = make_png(31, 60, 90);
  Upload upload;
  upload.imodel_id = parse_guid(empty_id).value();
  upload.bytes = picture;
  const auto draft = engine_->draft_import(upload);
  ASSERT_TRUE(draft && draft->record);
  EXPECT_FALSE(*store_->find_thumbnail(upload.imodel_id));
  ASSERT_TRUE(store_->put(*draft->record));
  const auto again = engine_->draft_import(upload);
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->record);
  EXPECT_EQ(again->revision, store_->find_thumbnail(upload.imodel_id)->value().revision);
}

TEST_F(UploadTest, AnImportMayHaveItsOwnRecipe) {
  const Bytes picture = make_png(32, 60, 90);
  Upload upload;
  upload.imodel_id = parse_guid(empty_id).value();
  upload.bytes = picture;
  upload.recipe = Recipe{.fit = Fit::contain};
  ASSERT_TRUE(engine_->import_picture(upload));
  EXPECT_EQ(store_->find_thumbnail(upload.imodel_id)->value().recipe, to_string(*upload.recipe));
  EXPECT_TRUE(engine_->import_picture(upload)->unchanged);
  upload.recipe.reset();
  EXPECT_FALSE(engine_->import_picture(upload)->unchanged);
}

}  // namespace
}  // namespace locket
