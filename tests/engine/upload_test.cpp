#include "house.hpp"

namespace locket {
namespace {

class UploadTest : public House {};

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

TEST_F(UploadTest, IfMatchReplacesOnlyThePictureThatItNames) {
  const std::string max = bearer_of("max");
  EXPECT_EQ(put(shown_id, max, "image/png", make_png(1, 1, 1), "*").status, 412) << "there is none yet";
  ASSERT_EQ(put(shown_id, max, "image/png", make_png(1, 1, 1)).status, 201);
  const std::string small_tag(get(shown_id, max).header("etag").value());
  const std::string large_tag(get(shown_id, max, "size=large").header("etag").value());
  EXPECT_EQ(put(shown_id, max, "image/png", make_png(50, 2, 2), "\"0123\"").status, 412);
  EXPECT_EQ(put(shown_id, max, "image/png", make_png(50, 2, 2), small_tag).status, 201);
  EXPECT_EQ(put(shown_id, max, "image/png", make_png(90, 3, 3), large_tag).status, 412)
      << "it names the picture before";
  EXPECT_EQ(put(shown_id, max, "image/png", make_png(90, 3, 3), "*").status, 201);
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

}  // namespace
}  // namespace locket
