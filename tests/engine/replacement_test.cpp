#include <array>
#include <functional>
#include <utility>

#include "house.hpp"
#include "watched_store.hpp"

namespace locket {
namespace {

// An engine whose store changes between its look-ups.
class Replacement : public House {
 protected:
  void SetUp() override {
    House::SetUp();
    import(shown_id, make_png(1, 2, 3));
    StoreOptions nothing_kept;  // a picture in memory is not asked of the store
    nothing_kept.limits.hot_picture_bytes_max = 0;
    unkept_ = open_store((folder_ / "test.locket").string(), nothing_kept).value();
    watched_ = std::make_unique<WatchedStore>(*unkept_);
    looking_ = Engine::create(parts_over(*watched_, *access_), with_default_pictures()).value();
  }

  void TearDown() override {
    looking_.reset();
    watched_.reset();
    unkept_.reset();
    House::TearDown();
  }

  using BeforeCall = std::function<void(std::string_view name)>;

  Response answer_while(Request request, const BeforeCall& before_call) {
    request.imodel_id = shown_id;
    watched_->before_call = before_call;
    Response response = looking_->handle(request);
    watched_->before_call = nullptr;
    return response;
  }

  Response get_while(const BeforeCall& before_call) {
    const std::string bearer = bearer_of("alice");
    const std::array headers{HeaderView{"Authorization", bearer}};
    Request request;
    request.headers = headers;
    return answer_while(request, before_call);
  }

  Response put_while(std::string_view if_none_match, const BeforeCall& before_call) {
    const std::string bearer = bearer_of("max");
    const Bytes picture = make_png(7, 7, 7);
    const std::array headers{HeaderView{"Authorization", bearer}, HeaderView{"Content-Type", "image/png"},
                             HeaderView{"If-None-Match", if_none_match}};
    Request request;
    request.method = Method::put;
    request.headers = headers;
    request.body = picture;
    return answer_while(request, before_call);
  }

  std::unique_ptr<Store> unkept_;
  std::unique_ptr<WatchedStore> watched_;
  std::unique_ptr<Engine> looking_;
};

TEST_F(Replacement, BetweenTheLookUpsGivesTheNewPictureUnderItsOwnTag) {
  bool replaced = false;
  const Response response = get_while([&](std::string_view name) {
    if (name == "read" && !std::exchange(replaced, true)) import(shown_id, make_png(9, 9, 9));
  });
  ASSERT_TRUE(replaced);
  ASSERT_EQ(response.status, 200);
  const Response now = get(shown_id, bearer_of("alice"));
  EXPECT_EQ(body_of(response), body_of(now));
  EXPECT_EQ(response.header("etag"), now.header("etag"));
}

TEST_F(Replacement, AgainAndAgainIsToldAndGivesNoPicture) {
  std::uint8_t version = 10;
  const Response response = get_while([&](std::string_view name) {
    if (name == "read") import(shown_id, make_png(version++, 0, 0));
  });
  EXPECT_EQ(version, 12);
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.header("retry-after"), "1");
  EXPECT_FALSE(sniff_media_type(response.body.view()));
}

// What another upload stored meanwhile may still not be what the condition names.
TEST_F(Replacement, BeforeAnUploadIsStoredIsLookedAtAgain) {
  for (const std::string_view condition : {"\"0123\"", "*"}) {
    ASSERT_TRUE(*store_->remove(parse_guid(shown_id).value()));
    bool replaced = false;
    const Response response = put_while(condition, [&](std::string_view name) {
      if (name == "put" && !std::exchange(replaced, true)) import(shown_id, make_png(9, 9, 9));
    });
    ASSERT_TRUE(replaced);
    EXPECT_EQ(response.status, condition == "*" ? 412 : 201) << condition;
  }
}

TEST_F(Replacement, OfTheFactsByOnesWithoutTheImodelHidesItFromAnUpload) {
  ASSERT_TRUE(*store_->remove(parse_guid(shown_id).value()));
  auto facts = store_->load_access(AccessScope::whole).value().document;
  std::erase_if(facts.imodels, [](const auto& imodel) { return imodel.id == parse_guid(shown_id).value(); });
  const Response response = put_while("\"0123\"", [&](std::string_view name) {
    if (name != "put") return;
    EXPECT_TRUE(store_->replace_access(facts));
  });
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(body_of(response), body_of(get("55555555-5555-4555-8555-555555555555", bearer_of("max"))));
}

TEST_F(Replacement, OfAnEntryByAnothersIsNoLeave) {
  watched_->change_entry = [](ImodelEntry& entry) { entry.facts.imodel_id = parse_guid(empty_id).value(); };
  EXPECT_EQ(get_while(nullptr).status, 503);
}

TEST_F(Replacement, ByNothingGivesTheDefaultPicture) {
  for (const std::string_view when : {"locate", "read"}) {
    import(shown_id, make_png(1, 2, 3));
    bool removed = false;
    const Response response = get_while([&](std::string_view name) {
      if (name != when || std::exchange(removed, true)) return;
      EXPECT_TRUE(*store_->remove(parse_guid(shown_id).value()));
    });
    ASSERT_TRUE(removed);
    EXPECT_EQ(response.status, 200) << when;
    EXPECT_EQ(response.source, ThumbnailSource::default_picture) << when;
  }
}

}  // namespace
}  // namespace locket
