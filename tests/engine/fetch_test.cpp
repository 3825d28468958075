#include "house.hpp"

namespace locket {
namespace {

class FetchTest : public House {};

TEST_F(FetchTest, GivesAnUploadedPictureInBothSizes) {
  import(shown_id, make_png(200, 10, 10));
  const Response small = get(shown_id, bearer_of("alice"));
  ASSERT_EQ(small.status, 200) << body_of(small);
  EXPECT_EQ(small.source, ThumbnailSource::uploaded);
  EXPECT_EQ(small.header("content-type"), "image/png");
  EXPECT_EQ(small.header("content-length"), std::to_string(small.body.size()));
  EXPECT_EQ(small.header("cache-control"), "private, no-cache");
  EXPECT_EQ(small.header("x-thumbnail-source"), "uploaded");
  EXPECT_EQ(png_size(small.body.view()), small_size);
  const Response large = get(shown_id, bearer_of("alice"), "size=large");
  ASSERT_EQ(large.status, 200);
  EXPECT_EQ(png_size(large.body.view()), large_size);
  EXPECT_NE(small.header("etag"), large.header("etag"));
}

TEST_F(FetchTest, GivesTheDefaultPictureWhereNoneWasUploaded) {
  for (const auto& [query, size] : {std::pair{"size=small", small_size}, std::pair{"size=large", large_size}}) {
    const Response response = get(empty_id, bearer_of("alice"), query);
    ASSERT_EQ(response.status, 200) << body_of(response);
    EXPECT_EQ(response.source, ThumbnailSource::default_picture);
    EXPECT_EQ(response.header("x-thumbnail-source"), "default");
    EXPECT_EQ(png_size(response.body.view()), size);
  }
}

TEST_F(FetchTest, Answers304OnlyForThePictureThatIsStored) {
  import(shown_id, make_png(200, 10, 10));
  const Response first = get(shown_id, bearer_of("alice"));
  const std::string etag(first.header("etag").value());
  const Response again = get(shown_id, bearer_of("alice"), "", etag);
  EXPECT_EQ(again.status, 304);
  EXPECT_TRUE(again.body.empty());
  EXPECT_EQ(again.header("etag"), etag);
  EXPECT_EQ(again.header("cache-control"), "private, no-cache");
  EXPECT_EQ(get(shown_id, bearer_of("alice"), "size=large", etag).status, 200);
  import(shown_id, make_png(10, 200, 10));
  EXPECT_EQ(get(shown_id, bearer_of("alice"), "", etag).status, 200);
  const std::string default_etag(get(empty_id, bearer_of("alice")).header("etag").value());
  EXPECT_EQ(get(empty_id, bearer_of("alice"), "", default_etag).status, 304);
}

TEST_F(FetchTest, AsksForATokenFirst) {
  const Response missing = get(shown_id, "");
  EXPECT_EQ(missing.status, 401);
  EXPECT_NE(body_of(missing).find("HeaderNotFound"), std::string::npos);
  EXPECT_EQ(missing.header("www-authenticate"), "Bearer");
  for (const std::string& value : {std::string("Basic abc"), std::string("Bearer x.y.z"), token_of("alice")}) {
    const Response bad = get(shown_id, value);
    EXPECT_EQ(bad.status, 401);
    EXPECT_NE(body_of(bad).find("invalid access_token"), std::string::npos);
  }
}

TEST_F(FetchTest, TakesATokenFromNowhereButTheHeader) {
  const std::string token = token_of("alice");
  for (const std::string& query : {"access_token=" + token, "size=small&access_token=" + token, token}) {
    const Response missing = get(shown_id, "", query);
    EXPECT_EQ(missing.status, 401);
    EXPECT_NE(body_of(missing).find("HeaderNotFound"), std::string::npos);
    EXPECT_EQ(missing.header("www-authenticate"), "Bearer");  // and no error code, as none was tried
    EXPECT_EQ(get(shown_id, "Bearer a.b.c", query).status, 401);
  }
  EXPECT_EQ(get(shown_id, "Bearer " + token, "access_token=another").status, 200);
}

TEST_F(FetchTest, RefusesTwoAuthorizationHeaders) {
  const std::string bearer = bearer_of("alice");
  const std::vector<HeaderView> headers{{"Authorization", bearer}, {"authorization", bearer}};
  Request request;
  request.imodel_id = shown_id;
  request.headers = headers;
  EXPECT_EQ(engine_->handle(request).status, 401);
}

// Scopes of an enterprise may come to more than what a token may have by default.
TEST_F(FetchTest, TakesTokensAsLargeAsTheHostsOwnLimit) {
  constexpr std::uint32_t roomy_bytes = 20'000;
  EngineOptions options = with_default_pictures();
  options.limits.token_bytes_max = roomy_bytes;
  const auto tokens = make_jwks_token_verifier({}, make_static_key_source(key_->to_jwks()), options.limits, clock_);
  ASSERT_TRUE(tokens) << tokens.error().detail;
  EngineParts parts = parts_over(*store_, *access_);
  parts.tokens = tokens->get();
  engine_ = std::move(*Engine::create(parts, options));
  TokenRequest request{.user = "alice", .client_id = "client-1"};
  request.scopes.emplace_back(Limits().token_bytes_max, 's');
  const std::string token = key_->sign(make_claims(request, clock_.now())).value();
  ASSERT_GT(token.size(), Limits().token_bytes_max);
  ASSERT_LT(token.size(), roomy_bytes);
  EXPECT_EQ(get(shown_id, "Bearer " + token).status, 200);
  EXPECT_EQ(get(shown_id, "Bearer " + std::string(roomy_bytes + 1, 'a')).status, 401);
}

TEST_F(FetchTest, ARefusalNamesTheClientOnceTheTokenIsVerifiedAndTheDecisionOnceThereIsOne) {
  const std::string token = token_of("alice");
  const auto ask = [&](std::string_view imodel, std::string_view with) {
    const auto fetched =
        engine_->fetch({.token = with, .imodel_id = *parse_guid(imodel), .size = Size::small, .known_etag = {}});
    EXPECT_FALSE(fetched);
    return fetched ? FetchRefusal() : fetched.error();
  };
  EXPECT_EQ(ask(shown_id, "no token").client_id, "");
  const FetchRefusal hidden = ask(hidden_id, token);
  EXPECT_EQ(hidden.error.code, Code::imodel_not_found);
  EXPECT_EQ(hidden.client_id, "client-1");
  ASSERT_TRUE(hidden.decision);
  EXPECT_FALSE(hidden.decision->allowed);
  import(shown_id, make_png(1, 2, 3));
  damage(shown_id);
  const FetchRefusal damaged = ask(shown_id, token);
  EXPECT_EQ(damaged.error.code, Code::store_corrupt);
  EXPECT_EQ(damaged.client_id, "client-1");
  ASSERT_TRUE(damaged.decision);
  EXPECT_TRUE(damaged.decision->allowed);
}

TEST_F(FetchTest, RefusesATokenThatHasEnded) {
  const std::string bearer = "Bearer " + token_of("alice", "client-1", 100);
  EXPECT_EQ(get(shown_id, bearer).status, 200);
  clock_.advance_s(100 + 61);
  EXPECT_EQ(get(shown_id, bearer).status, 401);
}

TEST_F(FetchTest, HidesWhatIsMissingAndWhatIsForbiddenAlike) {
  import(hidden_id, make_png(1, 2, 3));
  ASSERT_EQ(get(hidden_id, bearer_of("bob")).status, 200);
  const Response unknown = get(unknown_id, bearer_of("alice"));
  ASSERT_EQ(unknown.status, 404);
  EXPECT_EQ(body_of(unknown), R"({"error":{"code":"iModelNotFound","message":"Requested iModel is not available."}})");
  const std::string upper = "22222222-2222-4222-8222-22222222222A";
  for (const std::string_view id : {hidden_id, std::string_view(upper), std::string_view("nonsense"),
                                    std::string_view(), std::string_view("{22222222-2222-4222-8222-222222222222}"),
                                    std::string_view("22222222-2222-4222-8222-222222222222."),
                                    std::string_view("%32%32222222-2222-4222-8222-222222222222")}) {
    const Response response = get(id, bearer_of("alice"));
    EXPECT_EQ(response.status, 404) << id;
    EXPECT_EQ(response.headers, unknown.headers) << id;
    EXPECT_EQ(body_of(response), body_of(unknown)) << id;
  }
}

TEST_F(FetchTest, TellsWhichSizesThereAre) {
  const Response response = get(shown_id, bearer_of("alice"), "size=medium");
  EXPECT_EQ(response.status, 422);
  EXPECT_EQ(
      body_of(response),
      R"({"error":{"code":"InvalidiModelsRequest","message":"Cannot get Thumbnail.","details":[{"code":"InvalidValue",)"
      R"("message":"'medium' is not a valid 'size'. Valid 'size' values are: 'small', 'large'.","target":"size"}]}})");
}

TEST_F(FetchTest, LimitsTheRateOfAClientAndTellsATrueWait) {
  const std::string bearer = bearer_of("alice", "client-tiny");
  EXPECT_EQ(get(shown_id, bearer).status, 200);
  EXPECT_EQ(get(shown_id, bearer).status, 200);
  const Response refused = get(shown_id, bearer);
  ASSERT_EQ(refused.status, 429);
  EXPECT_EQ(refused.header("itwinplatform-ratelimited-tier"), "tiny");
  EXPECT_EQ(refused.header("itwinplatform-ratelimited-api"), "iModels");
  EXPECT_EQ(refused.header("itwinplatform-ratelimited-operation"), "get-imodel-thumbnail");
  EXPECT_EQ(refused.header("itwinplatform-ratelimited-application"), "client-tiny");
  const int wait_s = std::stoi(std::string(refused.header("retry-after").value()));
  ASSERT_GE(wait_s, 1);
  clock_.advance_s(wait_s - 1);
  EXPECT_EQ(get(shown_id, bearer).status, 429);
  clock_.advance_s(1);
  EXPECT_EQ(get(shown_id, bearer).status, 200);
  EXPECT_EQ(get(shown_id, bearer_of("alice")).status, 200) << "another client is not limited";
}

TEST_F(FetchTest, AWithdrawnPermissionHoldsFromTheNextRequestOn) {
  const std::string bearer = bearer_of("alice");
  ASSERT_EQ(get(shown_id, bearer).status, 200);
  auto access = store_->load_access(AccessScope::whole).value();
  std::erase_if(access.document.itwins[0].members, [](const auto& member) { return member.user == "alice"; });
  ASSERT_TRUE(store_->replace_access(access.document));
  EXPECT_EQ(get(shown_id, bearer).status, 404);
}

TEST_F(FetchTest, HeadIsAGetWithoutTheBody) {
  import(shown_id, make_png(9, 9, 9));
  const std::string bearer = bearer_of("alice");
  const std::vector<HeaderView> headers{{"Authorization", bearer}};
  Request request;
  request.imodel_id = shown_id;
  request.headers = headers;
  const Response whole = engine_->handle(request);
  request.method = Method::head;
  const Response head = engine_->handle(request);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers, whole.headers);
  EXPECT_TRUE(head.body.empty());
  for (const Method method : {Method::other, static_cast<Method>(99)}) {
    request.method = method;
    EXPECT_EQ(engine_->handle(request).status, 405);
  }
}

TEST_F(FetchTest, OnlyPutStoresAPicture) {
  const std::string bearer = bearer_of("max");
  const std::vector<HeaderView> headers{{"Authorization", bearer}, {"Content-Type", "image/png"}};
  const Bytes picture = make_png(200, 10, 10);
  Request request;
  request.method = static_cast<Method>(99);
  request.imodel_id = shown_id;
  request.headers = headers;
  request.body = picture;
  EXPECT_EQ(engine_->handle(request).status, 405);
  EXPECT_FALSE(*store_->find_thumbnail(parse_guid(shown_id).value()));
}

TEST_F(FetchTest, TypedCallGivesTheSameWithoutHttpWords) {
  import(shown_id, make_png(200, 10, 10));
  const std::string token = token_of("alice");
  FetchQuestion question{
      .token = token, .imodel_id = parse_guid(shown_id).value(), .size = Size::large, .known_etag = {}};
  const auto fetched = engine_->fetch(question);
  ASSERT_TRUE(fetched) << fetched.error().error.detail;
  EXPECT_EQ(fetched->decision.rule, Rule::itwin_permission);
  EXPECT_EQ(png_size(fetched->png.view()), large_size);
  question.known_etag = fetched->etag;
  EXPECT_TRUE(engine_->fetch(question)->not_modified);
  question.imodel_id = parse_guid(hidden_id).value();
  const auto hidden = engine_->fetch(question);
  ASSERT_FALSE(hidden);
  EXPECT_EQ(hidden.error().error.code, Code::imodel_not_found);
  ASSERT_TRUE(hidden.error().decision);
  EXPECT_EQ(hidden.error().decision->rule, Rule::itwin_permission);
}

TEST_F(FetchTest, EveryDecisionIsToldToTheHost) {
  EXPECT_EQ(get(shown_id, bearer_of("alice")).status, 200);
  EXPECT_EQ(get(hidden_id, bearer_of("alice")).status, 404);
  ASSERT_EQ(decisions_.decisions.size(), 2u);
  EXPECT_TRUE(decisions_.decisions[0].allowed);
  EXPECT_FALSE(decisions_.decisions[1].allowed);
  EXPECT_EQ(decisions_.users[1], "alice");
}

TEST_F(FetchTest, NeitherBodiesNorLogsHoldTheToken) {
  const std::string token = token_of("alice");
  std::string all;
  for (const Response& response : {get(hidden_id, "Bearer " + token), get(shown_id, "Bearer " + token + "x"),
                                   get(shown_id, "Bearer " + token, "size=no")}) {
    all += body_of(response);
    for (const Header& header : response.headers) all += header.value;
  }
  for (const std::string& line : log_.lines) all += line;
  for (std::size_t start = 0; start + 20 < token.size(); start += 20) {
    EXPECT_EQ(all.find(token.substr(start, 20)), std::string::npos);
  }
}

}  // namespace
}  // namespace locket
