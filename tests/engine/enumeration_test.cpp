#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <random>
#include <set>

#include "house.hpp"
#include "statement_trace.hpp"
#include "store/sql.hpp"
#include "timed_pair.hpp"
#include "watched_store.hpp"

namespace locket {
namespace {

// What a caller could learn of iModels that are not for him: from answers, from the work done, from the time it takes.
class Enumeration : public House {
 protected:
  void SetUp() override {
    StatementTrace::install();
    House::SetUp();
    auto access = store_->load_access(AccessScope::whole).value();
    for (std::size_t number = 0; number < 32; ++number) {
      access.document.imodels.push_back({neighbour(number), access.document.itwins[1].id, ImodelMode::none, {}});
    }
    ASSERT_TRUE(store_->replace_access(access.document));
    import(shown_id, make_png(1, 2, 3));
    import(hidden_id, make_png(4, 5, 6));
    watched_ = std::make_unique<WatchedStore>(*store_);
    watched_access_ = make_stored_access_control(*watched_).value();
    engine_ = Engine::create({.store = watched_.get(),
                              .tokens = tokens_.get(),
                              .rates = rates_.get(),
                              .access = watched_access_.get(),
                              .clock = &clock_,
                              .log = &log_},
                             with_default_pictures())
                  .value();
  }

  void TearDown() override {
    engine_.reset();
    watched_access_.reset();
    House::TearDown();
  }

  // The shown iModel's id with one byte changed, of an iModel that is for bob only.
  static Guid neighbour(std::size_t number) {
    Guid id = parse_guid(shown_id).value();
    id.bytes[number % 16] = static_cast<std::uint8_t>(id.bytes[number % 16] + (number < 16 ? 1 : 255));
    return id;
  }

  // What was run for one answer.
  struct Work {
    Response response;
    std::vector<std::string> statements;
    std::vector<std::string_view> calls;
  };

  Work work_of(std::string_view method, std::string_view imodel, const std::string& bearer,
               std::string_view query = "") {
    clock_.advance_s(1);
    watched_->heal();
    const StatementTrace trace;
    Work work;
    work.response = method == "put" ? put(imodel, bearer, "image/png", picture_) : get(imodel, bearer, query);
    work.statements = trace.statements();
    work.calls = watched_->calls;
    return work;
  }

  Bytes picture_ = make_png(7, 8, 9);
  std::unique_ptr<WatchedStore> watched_;
  std::unique_ptr<AccessControl> watched_access_;
};

TEST_F(Enumeration, MissingForbiddenAndMalformedIdsHaveTheSameWorkDone) {
  const std::string alice = bearer_of("alice");
  const std::string bare = to_string(neighbour(3));  // known, hidden, without a picture
  for (const std::string_view method : {"get", "put"}) {
    static_cast<void>(work_of(method, unknown_id, alice));  // takes what only a first call needs
    const Work missing = work_of(method, unknown_id, alice);
    ASSERT_EQ(missing.response.status, 404);
    ASSERT_FALSE(missing.statements.empty());
    for (const std::string_view id :
         {hidden_id, std::string_view(bare), std::string_view("nonsense"), std::string_view()}) {
      for (int time = 0; time < 3; ++time) {
        const Work hidden = work_of(method, id, alice);
        EXPECT_EQ(hidden.response.status, 404);
        EXPECT_EQ(hidden.response.headers, missing.response.headers) << method << ' ' << id;
        EXPECT_EQ(body_of(hidden.response), body_of(missing.response)) << method << ' ' << id;
        EXPECT_EQ(hidden.statements, missing.statements) << method << ' ' << id;
        EXPECT_EQ(hidden.calls, missing.calls) << method << ' ' << id;
      }
    }
  }
}

// Where the engine may remember what a user has asked: the first time, and again.
TEST_F(Enumeration, MissingForbiddenAndMalformedIdsAreRememberedAlike) {
  watched_->tells_epoch = true;
  const std::string bare = to_string(neighbour(3));
  static_cast<void>(work_of("get", shown_id, bearer_of("alice")));  // takes what only a first call needs
  for (const auto& [method, user] : {std::pair{"get", "alice"}, std::pair{"put", "max"}}) {
    const std::string bearer = bearer_of(user);
    const Work missing = work_of(method, unknown_id, bearer);
    const Work missing_again = work_of(method, unknown_id, bearer);
    EXPECT_FALSE(missing.statements.empty());
    EXPECT_TRUE(missing_again.statements.empty());
    for (const std::string_view id :
         {hidden_id, std::string_view(bare), std::string_view("nonsense"), std::string_view("more of it")}) {
      ASSERT_EQ(get(hidden_id, bearer_of("bob")).status, 200);
      for (const Work* expected : {&missing, &missing_again, &missing_again}) {
        const Work hidden = work_of(method, id, bearer);
        EXPECT_EQ(hidden.response.status, 404);
        EXPECT_EQ(hidden.response.headers, missing.response.headers) << method << ' ' << id;
        EXPECT_EQ(body_of(hidden.response), body_of(missing.response)) << method << ' ' << id;
        EXPECT_EQ(hidden.statements, expected->statements) << method << ' ' << id;
        EXPECT_TRUE(std::ranges::is_permutation(hidden.calls, expected->calls)) << method << ' ' << id;
      }
    }
  }
}

TEST_F(Enumeration, ARefusalTouchesNoPictureAndAsksNoMoreThanItMust) {
  const std::string alice = bearer_of("alice");
  const std::string tiny = bearer_of("alice", "client-tiny");
  for (int call = 0; call < 3; ++call) static_cast<void>(get(shown_id, tiny));
  const auto touches_pictures = [](const Work& work) {
    return std::ranges::find(work.calls, "read") != work.calls.end() ||
           std::ranges::find(work.calls, "put") != work.calls.end() ||
           std::ranges::any_of(work.statements,
                               [](const std::string& sql) { return sql.find(" picture ") != std::string::npos; });
  };
  struct Case {
    std::string_view method, imodel;
    std::string bearer;
    std::string_view query;
    int status;
    std::size_t calls_max;  // of the store; the facts' revision is one
  };
  const std::vector<Case> cases{
      {"get", shown_id, "", "", 401, 0},           {"get", shown_id, "Bearer a.b.c", "", 401, 0},
      {"get", shown_id, alice, "size=no", 422, 1}, {"get", hidden_id, alice, "", 404, 4},
      {"get", unknown_id, alice, "", 404, 4},      {"put", shown_id, "", "", 401, 0},
      {"put", hidden_id, alice, "", 404, 4},       {"put", shown_id, alice, "", 403, 4}};
  for (const Case& one : cases) {
    const Work work = work_of(one.method, one.imodel, one.bearer, one.query);
    EXPECT_EQ(work.response.status, one.status) << one.method << ' ' << one.imodel;
    EXPECT_FALSE(touches_pictures(work)) << one.status;
    EXPECT_LE(work.calls.size(), one.calls_max) << one.status;
  }
  clock_.advance_s(-6);  // the tiny client still owes
  const Work limited = work_of("get", shown_id, tiny);
  EXPECT_EQ(limited.response.status, 429);
  EXPECT_LE(limited.calls.size(), 1U);
  EXPECT_FALSE(touches_pictures(limited));
  const std::string etag(get(shown_id, alice).header("etag").value());
  watched_->heal();
  EXPECT_EQ(get(shown_id, alice, "", etag).status, 304);
  EXPECT_EQ(std::ranges::find(watched_->calls, "read"), watched_->calls.end());
}

TEST_F(Enumeration, NoSpellingOfAnotherUsersIdServesHim) {
  const std::string alice = bearer_of("alice");
  std::vector<Guid> hidden{parse_guid(hidden_id).value()};
  for (std::size_t number = 0; number < 32; ++number) hidden.push_back(neighbour(number));
  const std::string refused = body_of(get(unknown_id, alice));
  std::size_t tried = 0;
  for (const Guid& id : hidden) {
    const std::string plain = to_string(id);
    ASSERT_EQ(get(plain, bearer_of("bob")).status, 200);
    std::string upper = plain;
    std::ranges::transform(upper, upper.begin(), [](char letter) {
      return letter >= 'a' && letter <= 'f' ? static_cast<char>(letter - 32) : letter;
    });
    std::string bare = plain;
    std::erase(bare, '-');
    std::string wide;  // full-width digits
    for (const char letter : plain) {
      if (letter >= '0' && letter <= '9') {
        wide += "\xEF\xBC" + std::string(1, static_cast<char>(0x90 + letter - '0'));
      } else {
        wide += letter;
      }
    }
    for (const std::string& spelling : {plain,
                                        upper,
                                        "{" + plain + "}",
                                        "(" + plain + ")",
                                        "urn:uuid:" + plain,
                                        bare,
                                        plain + ".",
                                        plain + "/",
                                        plain + std::string(1, '\0'),
                                        " " + plain,
                                        plain + " ",
                                        "%" + plain,
                                        plain + "%00",
                                        "%7B" + plain + "%7D",
                                        wide,
                                        plain + plain,
                                        plain.substr(1),
                                        "0" + plain,
                                        plain + "?size=large",
                                        "../" + plain,
                                        std::string(shown_id) + "/../" + plain,
                                        std::string(shown_id) + "," + plain}) {
      const Response response = get(spelling, alice);
      EXPECT_EQ(response.status, 404) << spelling;
      EXPECT_EQ(body_of(response), refused);
      const bool right = spelling == plain || spelling == upper;
      EXPECT_EQ(get(spelling, bearer_of("bob")).status, right ? 200 : 404) << "one id has one form: " << spelling;
      clock_.advance_s(1);
      ++tried;
    }
  }
  EXPECT_EQ(tried, hidden.size() * 22);
}

// Strings that would mean something to a database, a shell, a page or a log.
std::vector<std::string> hostile_texts() {
  const std::vector<std::string> pieces{"'",
                                        "\"",
                                        "`",
                                        ";",
                                        "--",
                                        "/*",
                                        "*/",
                                        "%",
                                        "_",
                                        "\\",
                                        "\n",
                                        "\r",
                                        std::string(1, '\0'),
                                        "\x1b[31m",
                                        "' OR 1=1 --",
                                        "'; DROP TABLE picture; --",
                                        "x' UNION SELECT data FROM picture --",
                                        "${x}",
                                        "$(x)",
                                        "<script>",
                                        "{\"a\":1}",
                                        "\xff\xfe",
                                        "\xc0\xaf",
                                        "\xe2\x80\xae",
                                        "../../",
                                        "canary-7f3a"};
  std::vector<std::string> texts;
  std::mt19937 random(9);
  while (texts.size() < 1'000) {
    std::string text;
    for (unsigned left = 1 + random() % 4; left > 0; --left) text += pieces[random() % pieces.size()];
    texts.push_back(text);
  }
  return texts;
}

TEST_F(Enumeration, HostileTextsReachNoStatementNoLogAndNoOtherBody) {
  std::set<std::string> known{""};
  for (std::size_t number = 0; number < store::sql_count; ++number)
    known.emplace(store::sql_text(static_cast<store::Sql>(number)));
  const std::string max = bearer_of("max");
  const StatementTrace trace;
  for (const std::string& text : hostile_texts()) {
    clock_.advance_s(1);
    const std::vector<Response> responses{get(text, max),
                                          get(shown_id, max, "size=" + text),
                                          get(shown_id, max, text),
                                          get(shown_id, text),
                                          get(shown_id, "Bearer " + text),
                                          put(shown_id, max, text.c_str(), picture_),
                                          get(shown_id, max, "", text),
                                          put(shown_id, max, "image/png", picture_, text),
                                          put(shown_id, max, "image/png", as_bytes(text))};
    for (std::size_t i = 0; i < responses.size(); ++i) {
      EXPECT_LT(responses[i].status, 500) << i << ' ' << text;
      const bool quotes = i == 1 || i == 5 || i == 2;
      if (!quotes) {
        EXPECT_EQ(body_of(responses[i]).find("canary"), std::string::npos) << i;
      }
    }
  }
  for (const std::string& sql : trace.statements()) EXPECT_TRUE(known.contains(sql)) << sql;
  for (const std::string& line : log_.lines) EXPECT_EQ(line.find("canary"), std::string::npos) << line;
}

TEST_F(Enumeration, NamesInATokenReachNoStatement) {
  std::set<std::string> known{""};
  for (std::size_t number = 0; number < store::sql_count; ++number)
    known.emplace(store::sql_text(static_cast<store::Sql>(number)));
  const StatementTrace trace;
  int verified = 0;
  for (const std::string& text : hostile_texts()) {
    if (verified == 100) break;
    const Response response = get(shown_id, bearer_of(text, text));
    EXPECT_TRUE(response.status == 401 || response.status == 404) << response.status;
    verified += response.status == 404 ? 1 : 0;
    EXPECT_EQ(body_of(response).find("canary"), std::string::npos);
  }
  EXPECT_EQ(verified, 100);
  for (const std::string& sql : trace.statements()) EXPECT_TRUE(known.contains(sql)) << sql;
}

TEST_F(Enumeration, TheTimeTellsNotWhetherAnImodelExists) {
  if (std::getenv("LOCKET_LONG_TESTS") == nullptr) GTEST_SKIP() << "LOCKET_LONG_TESTS is not set: it takes a minute";
  const std::string alice = bearer_of("alice");
  auto access = store_->load_access(AccessScope::whole).value();
  access.document.clients.clear();
  access.document.tiers = {{"free", {}}};
  ASSERT_TRUE(store_->replace_access(access.document));
  // What is not there lies beside what is hidden, as most ids do in a store of many.
  const std::array<std::string_view, 2> ids{"22222222-2222-4222-8222-222222222221", hidden_id};
  const std::vector<HeaderView> headers{{"Authorization", alice}};
  Request request{.method = Method::get, .imodel_id = {}, .query = {}, .headers = headers, .body = {}};
  for (const std::uint64_t lookup_bytes_max : {std::uint64_t{0}, Limits{}.user_lookup_bytes_max}) {
    EngineOptions options = with_default_pictures();
    options.limits.user_lookup_bytes_max = lookup_bytes_max;
    // The real store, not the one that keeps a list of calls.
    engine_ = Engine::create(parts_over(*store_, *access_), std::move(options)).value();
    int refused = 0;
    const policy::TimedPair times = policy::timed_pair(100'000, [&](int kind) {
      request.imodel_id = ids[static_cast<std::size_t>(kind)];
      refused += engine_->handle(request).status == 404 ? 1 : 0;
    });
    EXPECT_EQ(refused, 100'000);
    // What a network hides many times over; by less than that the decisions of both differ.
    EXPECT_LT(std::fabs(times.difference_ns), 100) << lookup_bytes_max;
    RecordProperty("ns_" + std::to_string(lookup_bytes_max), std::to_string(times.difference_ns));
  }
}

}  // namespace
}  // namespace locket
