#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "house.hpp"

namespace locket {
namespace {

constexpr std::array<std::string_view, 9> callers{"nobody", "forger",  "unscoped", "stranger", "outsider",
                                                  "viewer", "manager", "owner",    "admin"};
constexpr std::array<std::string_view, 6> imodels{"with_picture",    "without_picture", "removed_picture",
                                                  "damaged_picture", "unknown",         "malformed"};
constexpr std::array<std::string_view, 5> actions{"get-small", "get-large", "head", "fetch", "put"};

struct Answer {
  std::string who;
  std::string imodel;
  std::string action;  // read: all but put
  int status = 0;
  std::string tells;

  bool matches(std::string_view caller, std::string_view asked, std::string_view act) const {
    const std::string_view kind = act == "put" ? "put" : "read";
    return who == caller && (imodel == "-" || imodel == asked) && (action == "-" || action == kind);
  }
};

std::vector<Answer> read_answers() {
  std::vector<Answer> answers;
  std::ifstream file(std::string(std::getenv("LOCKET_TEST_DATA")) + "/engine/answers.tsv");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    Answer& answer = answers.emplace_back();
    std::istringstream(line) >> answer.who >> answer.imodel >> answer.action >> answer.status >> answer.tells;
  }
  return answers;
}

class AnswerMatrix : public House {
 protected:
  void SetUp() override {
    House::SetUp();
    auto access = store_->load_access(AccessScope::whole).value();
    for (std::size_t state = 0; state < 4; ++state) {
      for (std::size_t who = 0; who < callers.size(); ++who) {
        access.document.imodels.push_back({id_of(state, who), access.document.itwins[0].id, ImodelMode::none, {}});
      }
    }
    ASSERT_TRUE(store_->replace_access(access.document));
    for (std::size_t state : {0U, 2U, 3U}) prepare(state);
  }

  // Reads share one iModel of each state; every caller writes to one of his own.
  static Guid id_of(std::size_t state, std::size_t who) {
    Guid id = parse_guid("cccccccc-0000-4000-8000-000000000000").value();
    id.bytes[14] = static_cast<std::uint8_t>(state);
    id.bytes[15] = static_cast<std::uint8_t>(who);
    return id;
  }

  std::string imodel_text(std::size_t state, std::size_t who) const {
    if (imodels[state] == "unknown") return std::string(unknown_id);
    if (imodels[state] == "malformed") return "nonsense";
    return to_string(id_of(state, who));
  }

  std::string authorization(std::string_view who) const {
    if (who == "nobody") return "";
    if (who == "forger") return bearer_of("admin").substr(0, 150) + "AAAA";
    if (who == "unscoped") {
      TokenRequest request{.user = "admin",
                           .client_id = "client-1",
                           .issuer = "https://ims.example",
                           .audience = "https://itwin.example",
                           .scopes = {"another-platform"}};
      return "Bearer " + key_->sign(make_claims(request, clock_.now())).value();
    }
    if (who == "viewer") return bearer_of("alice");
    if (who == "manager") return bearer_of("max");
    if (who == "outsider") return bearer_of("bob");
    return bearer_of(std::string(who));
  }

  std::pair<int, std::string> ask(std::size_t who, std::size_t state, std::string_view action) {
    const std::string authorized = authorization(callers[who]);
    const std::string imodel = imodel_text(state, action == "put" ? who : 0);
    if (action == "fetch") return fetch(authorized, imodel);
    Response response;
    if (action == "put") {
      response = put(imodel, authorized, "image/png", picture_);
    } else if (action == "head") {
      const std::vector<HeaderView> headers{{"Authorization", authorized}};
      Request request{.method = Method::head, .imodel_id = imodel, .query = {}, .headers = headers, .body = {}};
      response = engine_->handle(request);
    } else {
      response = get(imodel, authorized, action == "get-small" ? "size=small" : "size=large");
    }
    if (response.status == 201) return {201, "created"};
    if (response.status == 200) return {200, std::string(response.header("x-thumbnail-source").value())};
    const std::string body = body_of(response);
    const std::size_t start = body.find("\"code\":\"") + 8;
    return {response.status, body.substr(start, body.find('"', start) - start)};
  }

  std::pair<int, std::string> fetch(const std::string& authorized, const std::string& imodel) {
    const std::string token = authorized.empty() ? "" : authorized.substr(7);
    const auto fetched = engine_->fetch(
        {.token = token, .imodel_id = parse_guid(imodel).value_or(Guid{}), .size = Size::small, .known_etag = {}});
    if (fetched) return {200, fetched->source == ThumbnailSource::uploaded ? "uploaded" : "default"};
    switch (fetched.error().error.code) {
      case Code::token_rejected: return {401, authorized.empty() ? "HeaderNotFound" : "Unauthorized"};
      case Code::imodel_not_found: return {404, "iModelNotFound"};
      case Code::store_corrupt: return {500, "InternalServerError"};
      default: return {0, std::string(code_name(fetched.error().error.code))};
    }
  }

  Bytes picture_ = make_png(4, 5, 6);

 private:
  void prepare(std::size_t state) {
    for (std::size_t who : {0U, 5U, 6U, 7U, 8U}) {
      const Guid id = id_of(state, who);
      import(to_string(id), make_png(static_cast<std::uint8_t>(who * 9), static_cast<std::uint8_t>(state), 1));
      if (imodels[state] == "removed_picture") {
        ASSERT_TRUE(store_->remove(id).value());
      }
      if (imodels[state] == "damaged_picture") damage(to_string(id));
    }
  }
};

TEST_F(AnswerMatrix, EveryCellIsAnsweredAsTheTableSays) {
  const std::vector<Answer> answers = read_answers();
  std::size_t asked = 0;
  for (std::size_t state = 0; state < imodels.size(); ++state) {
    for (std::size_t who = 0; who < callers.size(); ++who) {
      for (const std::string_view action : actions) {
        std::vector<Answer> right;
        for (const Answer& answer : answers) {
          if (answer.matches(callers[who], imodels[state], action)) right.push_back(answer);
        }
        ASSERT_EQ(right.size(), 1U) << callers[who] << ' ' << imodels[state] << ' ' << action;
        EXPECT_EQ(ask(who, state, action), std::pair(right[0].status, right[0].tells))
            << callers[who] << ' ' << imodels[state] << ' ' << action;
        ++asked;
      }
    }
  }
  EXPECT_EQ(asked, callers.size() * imodels.size() * actions.size());
}

}  // namespace
}  // namespace locket
