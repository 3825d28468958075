#include <algorithm>
#include <array>
#include <functional>

#include "house.hpp"

namespace locket {
namespace {

/// One fault of a request, in the order in which the contract checks them. A request with any set of faults must be
/// answered by the first of them.
enum Fault : unsigned {
  no_token,
  bad_token,
  over_limit,
  wrong_request,  // GET: size; PUT: content type
  body_too_long,  // PUT only
  not_visible,
  not_managed,  // PUT only
  no_picture,   // PUT only
  known_etag,   // GET only; not a fault, but answered before the picture is read
  damaged,      // GET only: what is stored is not what was stored
  fault_count,
};

class PrecedenceTest : public House {
 protected:
  bool has(unsigned faults, Fault fault) const { return (faults & 1U << fault) != 0; }

  std::string authorization(unsigned faults, bool is_put) const {
    if (has(faults, no_token)) return "";
    if (has(faults, bad_token)) return "Bearer not.a.token";
    const std::string client = has(faults, over_limit) ? "client-tiny" : "client-1";
    return bearer_of(is_put && !has(faults, not_managed) ? "max" : "alice", client);
  }

  std::string_view imodel(unsigned faults) const { return has(faults, not_visible) ? hidden_id : shown_id; }

  // Two iModels with a damaged picture, of which one may be seen.
  void damage_pictures() {
    for (const std::string_view id : {empty_id, hidden_id}) {
      import(id, picture_);
      damage(id);
    }
  }

  Response answer_get(unsigned faults) {
    const std::string etag = has(faults, known_etag) ? "*" : "";
    const std::string_view id = has(faults, damaged) && !has(faults, not_visible) ? empty_id : imodel(faults);
    return get(id, authorization(faults, false), has(faults, wrong_request) ? "size=no" : "", etag);
  }

  Response answer_put(unsigned faults) {
    Bytes body = has(faults, no_picture) ? Bytes(10) : picture_;
    if (has(faults, body_too_long)) body.resize(Limits{}.picture_bytes_max + 1);
    const std::string_view type = has(faults, wrong_request) ? "text/html" : "image/png";
    return put(imodel(faults), authorization(faults, true), type, body);
  }

  // Uses up what the small tier allows, so that the next call is one too many.
  void exhaust() {
    for (int call = 0; call < 2; ++call) {
      const Response response = get(shown_id, bearer_of("alice", "client-tiny"));
      ASSERT_TRUE(response.status == 200 || response.status == 429);
    }
  }

  Bytes picture_ = make_png(1, 2, 3);
};

constexpr std::array<std::uint16_t, fault_count> get_status{401, 401, 429, 422, 0, 404, 0, 0, 304, 500};
constexpr std::array<std::uint16_t, fault_count> put_status{401, 401, 429, 422, 413, 404, 403, 422, 0, 0};
constexpr std::array<std::string_view, fault_count> codes{
    "HeaderNotFound",          "Unauthorized",           "RateLimitExceeded",
    "InvalidiModelsRequest",   "RequestTooLarge",        "iModelNotFound",
    "InsufficientPermissions", "InvalidThumbnailFormat", "",
    "InternalServerError"};

// Every set of faults, not only every pair: 128 for GET and 256 for PUT.
void expect_first_fault(const std::array<std::uint16_t, fault_count>& status, unsigned faults, std::uint16_t success,
                        const Response& response) {
  for (unsigned fault = 0; fault < fault_count; ++fault) {
    if ((faults & 1U << fault) == 0) continue;
    EXPECT_EQ(response.status, status[fault]) << "faults " << faults;
    EXPECT_NE(body_of(response).find(codes[fault]), std::string::npos) << "faults " << faults;
    return;
  }
  EXPECT_EQ(response.status, success) << "faults " << faults;
}

TEST_F(PrecedenceTest, OfAGetIsTheDocumentedOne) {
  damage_pictures();
  exhaust();
  for (unsigned faults = 0; faults < 1U << fault_count; ++faults) {
    if (has(faults, body_too_long) || has(faults, not_managed) || has(faults, no_picture)) continue;
    expect_first_fault(get_status, faults, 200, answer_get(faults));
  }
}

TEST_F(PrecedenceTest, OfAPutIsTheDocumentedOne) {
  exhaust();
  for (unsigned faults = 0; faults < 1U << known_etag; ++faults) {
    expect_first_fault(put_status, faults, 201, answer_put(faults));
    clock_.advance_s(has(faults, over_limit) ? 0 : 1);  // keeps the other client within its limits
    exhaust();
  }
}

TEST_F(PrecedenceTest, ARefusedCallIsNotCharged) {
  exhaust();
  const Response first = get(shown_id, bearer_of("alice", "client-tiny"));
  ASSERT_EQ(first.status, 429);
  for (int call = 0; call < 10; ++call) EXPECT_EQ(get(shown_id, bearer_of("alice", "client-tiny")).status, 429);
  EXPECT_EQ(get(shown_id, bearer_of("alice", "client-tiny")).header("retry-after"), first.header("retry-after"));
}

}  // namespace
}  // namespace locket
