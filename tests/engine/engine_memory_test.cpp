#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>

#include "counted_memory.hpp"
#include "engine/problem.hpp"
#include "house.hpp"
#include "locket/copy_store.hpp"
#include "locket/imodel_file.hpp"
#include "throwing_access.hpp"

namespace locket {
namespace {

using policy::CountedMemory;

/// Lets the first, then the second, ... taking of memory fail in `job`, which gives whether it worked, until it does.
/// Before each, `prepare` has all the memory that it wants. Result: how many times it failed.
std::uint64_t failures_of(const std::function<bool()>& job, const std::function<void()>& prepare = [] {}) {
  for (std::uint64_t times = 0;; ++times) {
    prepare();
    CountedMemory::fail_after(times);
    const bool worked = job();
    CountedMemory::never_fail();
    if (worked || testing::Test::HasFailure()) return times;
  }
}

class EngineMemory : public House {
 protected:
  void SetUp() override {
    House::SetUp();
    import(shown_id, make_png(1, 2, 3));
    import(hidden_id, make_png(4, 5, 6));
    begin_anew();  // without a log, which takes memory too
    unavailable_ = body_of(engine_->problem(Code::access_unavailable, Method::get));
    internal_ = body_of(engine_->problem(Code::internal_error, Method::get));
  }

  /// An engine over the same store that has seen nothing yet: no picture, no token and no facts are in its memory.
  void begin_anew() {
    engine_.reset();
    access_ = make_stored_access_control(*store_).value();
    tokens_ = make_verifier();
    engine_ = Engine::create(parts_over(*store_, *access_), with_default_pictures()).value();
  }

  /// Asks an engine that has seen nothing yet, each time with one taking of memory more, until the answer is the right
  /// one. Result: how many times it was not.
  std::uint64_t ask(const Request& request, const Response& wanted) {
    const auto job = [&] {
      const Response response = engine_->handle(request);
      CountedMemory::never_fail();
      if (response.status == wanted.status) {
        EXPECT_EQ(body_of(response), body_of(wanted));
        return true;
      }
      // A refusal with its whole body, and nothing of a picture.
      EXPECT_TRUE(body_of(response) == unavailable_ || body_of(response) == internal_) << body_of(response);
      return false;
    };
    return failures_of(job, [this] { begin_anew(); });
  }

  const Bytes picture_ = make_png(90, 80, 70);
  std::string unavailable_;
  std::string internal_;
};

struct Question {
  std::string_view user;
  std::string_view imodel;
  std::string_view query;
  std::uint16_t status;
};

TEST_F(EngineMemory, AGetIsAnsweredRightOrRefused) {
  for (const Question& question :
       {Question{"alice", shown_id, "size=large", 200}, Question{"alice", empty_id, "", 200},
        Question{"alice", hidden_id, "", 404}, Question{"alice", unknown_id, "", 404},
        Question{"stranger", shown_id, "", 404}, Question{"alice", shown_id, "size=huge", 422}}) {
    const std::string bearer = bearer_of(std::string(question.user));
    const std::array headers{HeaderView{"Authorization", bearer}};
    Request request;
    request.imodel_id = question.imodel;
    request.query = question.query;
    request.headers = headers;
    const Response wanted = engine_->handle(request);
    ASSERT_EQ(wanted.status, question.status) << question.user << ' ' << question.imodel;
    EXPECT_GT(ask(request, wanted), 3U) << question.user << ' ' << question.imodel;
  }
}

TEST_F(EngineMemory, ATypedFetchIsAnsweredRightOrRefused) {
  const std::string token = token_of("alice");
  const FetchQuestion question{
      .token = token, .imodel_id = parse_guid(shown_id).value(), .size = Size::large, .known_etag = {}};
  const auto wanted = engine_->fetch(question);
  ASSERT_TRUE(wanted);
  const auto job = [&] {
    const auto fetched = engine_->fetch(question);
    CountedMemory::never_fail();
    if (fetched) {
      EXPECT_TRUE(std::ranges::equal(fetched->png.view(), wanted->png.view()));
    } else {
      const Code code = fetched.error().error.code;
      EXPECT_GE(engine::status_of(code), 500) << code_name(code);
    }
    return fetched.has_value();
  };
  EXPECT_GT(failures_of(job, [this] { begin_anew(); }), 3U);
}

TEST_F(EngineMemory, AWrongTokenIsNeverTakenForARightOne) {
  const std::string bearer = bearer_of("alice") + "x";
  const std::array headers{HeaderView{"Authorization", bearer}};
  Request request;
  request.imodel_id = shown_id;
  request.headers = headers;
  const Response wanted = engine_->handle(request);
  ASSERT_EQ(wanted.status, 401);
  EXPECT_GT(ask(request, wanted), 1U);
}

TEST_F(EngineMemory, WhatAPartOfAHostThrowsIsAnAnswerThatMayHaveNoHeaders) {
  ThrowingAccess access;
  engine_ = Engine::create(parts_over(*store_, access), with_default_pictures()).value();
  const std::string bearer = bearer_of("alice");
  const std::array headers{HeaderView{"Authorization", bearer}};
  Request request;
  request.imodel_id = shown_id;
  request.headers = headers;
  const std::uint64_t failures = failures_of([&] {
    const Response response = engine_->handle(request);
    CountedMemory::never_fail();
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(body_of(response), unavailable_);
    return !response.headers.empty();
  });
  EXPECT_GT(failures, 1U);
}

TEST_F(EngineMemory, APutIsStoredWholeOrNotAtAll) {
  const std::string bearer = bearer_of("max");
  const std::array headers{HeaderView{"Authorization", bearer}, HeaderView{"Content-Type", "image/png"}};
  Request request;
  request.method = Method::put;
  request.imodel_id = shown_id;
  request.headers = headers;
  request.body = picture_;
  request.body_bytes = picture_.size();
  const std::string bearer_of_alice = bearer_of("alice");
  const std::string old = body_of(get(shown_id, bearer_of_alice));
  std::string fresh;  // what is stored from the first time on, also when there was no memory left for the answer
  const std::uint64_t failures = failures_of([&] {
    const Response response = engine_->handle(request);
    CountedMemory::never_fail();
    const std::string now = body_of(get(shown_id, bearer_of_alice));
    if (fresh.empty() && now != old) fresh = now;
    EXPECT_EQ(now, fresh.empty() ? old : fresh);
    EXPECT_TRUE(response.status == 201 ? !fresh.empty() : response.status >= 500) << body_of(response);
    return response.status == 201;
  });
  EXPECT_GT(failures, 50U);
  EXPECT_TRUE(store_->check({}).value().damaged.empty());
}

TEST_F(EngineMemory, AnImportIsDoneOrRefused) {
  const Guid id = parse_guid(empty_id).value();
  const std::uint64_t failures = failures_of([&] {
    Upload upload;
    upload.imodel_id = id;
    upload.bytes = picture_;
    const auto imported = engine_->import_picture(upload);
    CountedMemory::never_fail();
    EXPECT_TRUE(imported || imported.error().code == Code::out_of_memory);
    return imported.has_value();
  });
  EXPECT_GT(failures, 50U);
  EXPECT_EQ(get(empty_id, bearer_of("alice")).source, ThumbnailSource::uploaded);
}

TEST_F(EngineMemory, AnEngineIsMadeOrRefused) {
  const EngineParts whole = parts_over(*store_, *access_);
  EngineOptions options;
  const auto job = [&] {
    const auto made = Engine::create(whole, std::move(options));
    CountedMemory::never_fail();
    EXPECT_TRUE(made || made.error().code == Code::out_of_memory);
    return made.has_value();
  };
  const std::uint64_t failures = failures_of(job, [&] { options = with_default_pictures(); });
  EXPECT_GT(failures, 5U);
}

TEST_F(EngineMemory, AnAccessControlIsMadeOrRefused) {
  const std::uint64_t failures = failures_of([&] {
    const auto made = make_stored_access_control(*store_);
    CountedMemory::never_fail();
    EXPECT_TRUE(made || made.error().code == Code::out_of_memory);
    return made.has_value();
  });
  EXPECT_GT(failures, 5U);
}

TEST_F(EngineMemory, APictureIsRenderedOrRefused) {
  const Rendering wanted = render(picture_).value();
  const std::uint64_t failures = failures_of([&] {
    const auto rendered = render(picture_);
    CountedMemory::never_fail();
    if (rendered) {
      EXPECT_TRUE(std::ranges::equal(rendered->large.view(), wanted.large.view()));
    } else {
      EXPECT_EQ(rendered.error().code, Code::out_of_memory) << rendered.error().detail;
    }
    return rendered.has_value();
  });
  EXPECT_GT(failures, 30U);
}

TEST_F(EngineMemory, ASavedViewIsReadOrRefused) {
  const char* const corpus = std::getenv("LOCKET_CORPUS");
  const std::filesystem::path file = std::filesystem::path(corpus == nullptr ? "" : corpus) / "bim" / "JoesHouse.bim";
  if (corpus == nullptr || !std::filesystem::exists(file)) GTEST_SKIP() << "LOCKET_CORPUS names no folder";
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(descriptor, 0);
  const SavedView wanted = read_saved_view(descriptor).value();
  const std::uint64_t failures = failures_of([&] {
    const auto view = read_saved_view(descriptor);
    CountedMemory::never_fail();
    if (view) {
      EXPECT_EQ(view->picture, wanted.picture);
    } else {
      EXPECT_EQ(view.error().code, Code::out_of_memory) << view.error().detail;
    }
    return view.has_value();
  });
  close(descriptor);
  EXPECT_GT(failures, 10U);
}

TEST_F(EngineMemory, AFileThatIsMissingIsToldOrThatThereIsNoMemory) {
  const std::string missing = (folder_ / "missing.bim").string();
  const std::uint64_t failures = failures_of([&] {
    const auto view = read_saved_view(missing);
    CountedMemory::never_fail();
    const Code code = view.error().code;
    EXPECT_TRUE(code == Code::file_not_readable || code == Code::out_of_memory) << code_name(code);
    return code == Code::file_not_readable;
  });
  EXPECT_GT(failures, 0U);
}

TEST_F(EngineMemory, ACopyIsWholeOrTellsWhy) {
  CopyOptions alone;
  alone.jobs = 1;  // memory fails in this thread only
  // Once the facts are there, less memory is taken before the pictures: those that have them look at each step of
  // these.
  for (const bool has_facts : {false, true}) {
    const auto other = open_store((folder_ / (has_facts ? "facts.locket" : "bare.locket")).string()).value();
    if (has_facts) {
      ASSERT_TRUE(other->replace_access(store_->load_access(AccessScope::whole)->document));
    }
    const std::uint64_t failures = failures_of([&] {
      const auto report = copy_store(*store_, *other, alone);
      CountedMemory::never_fail();
      if (report) {
        EXPECT_TRUE(report->failed.empty());
        EXPECT_EQ(report->copied + report->unchanged, 2U);
      } else {
        EXPECT_EQ(report.error().code, Code::out_of_memory) << report.error().detail;
      }
      return report.has_value();
    });
    EXPECT_GT(failures, 50U);
    EXPECT_EQ(other->statistics()->thumbnails, 2U);
  }
}

}  // namespace
}  // namespace locket
