#include "locket/copy_store.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <functional>
#include <utility>
#include <vector>

#include "store/sample.hpp"
#include "two_stores.hpp"
#include "watched_store.hpp"

namespace locket {
namespace {

constexpr std::uint64_t imodels = 1'100;  // more than are looked at together

TEST_F(CopyStore, CopiesAllThatIsKnown) {
  ASSERT_TRUE(from->put(record(7)));
  ASSERT_TRUE(from->remember_failure({"a.png", "picture_empty", "no bytes", 7}));
  const CopyReport report = copy();
  EXPECT_EQ(report.copied, 1U);
  EXPECT_TRUE(report.access_copied);
  EXPECT_TRUE(report.failed.empty());
  const auto one = *from->find_thumbnail(sample::id(7));
  const auto other = *to->find_thumbnail(sample::id(7));
  ASSERT_TRUE(one && other);
  EXPECT_EQ(other->facts, one->facts);
  EXPECT_EQ(other->source_digest, one->source_digest);
  EXPECT_EQ(other->recipe, one->recipe);
  EXPECT_EQ(other->source_path, one->source_path);
  EXPECT_EQ(other->uploaded_by, "olivia");
  EXPECT_EQ(other->updated_at_s, 1'700'000'007);
  EXPECT_EQ(other->source.media_type, MediaType::jpeg);
  EXPECT_EQ(other->source.size.width_px, 640U);
  EXPECT_EQ(other->source.size.height_px, 480U);
  EXPECT_EQ(other->source.bytes, 12'345U);
  EXPECT_EQ(other->source.orientation, 6);
  EXPECT_TRUE(other->source.buffered && other->source.profile_ignored);
  const auto both = *to->read_for_operator(sample::id(7));
  ASSERT_TRUE(both);
  EXPECT_TRUE(sample::same(both->small, record(7).small));
  EXPECT_TRUE(sample::same(both->large, record(7).large));
  EXPECT_EQ(to->load_access(AccessScope::whole)->document, from->load_access(AccessScope::whole)->document);
  EXPECT_EQ((**to->find_imodel(sample::id(7))).facts, one->facts);
  ASSERT_EQ(to->failures()->size(), 1U);
  EXPECT_EQ((*to->failures())[0].source_path, "a.png");
}

TEST_F(CopyStore, AStoreThatNeverHadAccessFactsLeavesThoseOfTheOther) {
  const auto bare = std::move(*open_store(folder.file("bare.locket")));
  ASSERT_TRUE(bare->put(record(7)));
  const auto report = copy_store(*bare, *from);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->copied, 1U);
  EXPECT_FALSE(report->access_copied);
  EXPECT_EQ(from->load_access(AccessScope::configured)->document.itwins.size(), 1U);
  // Facts that were emptied are facts: who lost every permission there loses it here.
  ASSERT_TRUE(bare->replace_access({}));
  EXPECT_TRUE(copy_store(*bare, *from)->access_copied);
  EXPECT_TRUE(from->load_access(AccessScope::configured)->document.itwins.empty());
}

// What is stored there would be shown to the members of that iTwin.
TEST_F(CopyStore, LeavesAnIModelThatIsOfAnotherITwinThere) {
  copy();  // the facts, which take iModels without a thumbnail with them
  for (const bool with_thumbnail : {false, true}) {
    SCOPED_TRACE(with_thumbnail);
    const std::uint64_t number = with_thumbnail ? 21 : 20;
    Record there = record(number);
    there.itwin_id = Guid{{0x77}};
    ASSERT_TRUE(to->put(there));
    if (!with_thumbnail) {
      ASSERT_TRUE(*to->remove(there.imodel_id));
    }
    ASSERT_TRUE(from->put(record(number)));
    const CopyReport report = copy();
    ASSERT_EQ(report.failed.size(), 1U);
    EXPECT_EQ(report.failed.back().imodel_id, there.imodel_id);
    EXPECT_EQ(report.failed.back().error.code, Code::argument_invalid);
    EXPECT_EQ((*to->find_thumbnail(there.imodel_id)).has_value(), with_thumbnail);
    ASSERT_TRUE(*from->remove(there.imodel_id));
  }
}

TEST_F(CopyStore, WritesTheAccessFactsOnceThoughTheOtherStoreHasIModelsOfItsOwn) {
  EXPECT_TRUE(copy().access_copied);
  Record own = record(9);
  own.itwin_id = Guid{{3}};
  ASSERT_TRUE(to->put(own));
  const auto revision = *to->access_revision();
  EXPECT_FALSE(copy().access_copied);
  EXPECT_EQ(*to->access_revision(), revision);
  EXPECT_TRUE(*to->find_thumbnail(own.imodel_id));
  ASSERT_TRUE(from->replace_access({}));
  EXPECT_TRUE(copy().access_copied);
  EXPECT_TRUE(to->load_access(AccessScope::configured)->document.itwins.empty());
}

TEST_F(CopyStore, GoesOnWhereItWasCutOffAndTakesWhatChangedSince) {
  for (std::uint64_t i = 0; i < imodels; ++i) ASSERT_TRUE(from->put(record(i)));
  CopyOptions once;
  once.progress = [](std::uint64_t, std::uint64_t) { return false; };
  const CopyReport first = copy(once);
  EXPECT_TRUE(first.stopped);
  EXPECT_GT(first.copied, 0U);
  EXPECT_LT(first.copied, imodels);
  ASSERT_TRUE(from->put(record(3, 2)));
  const CopyReport second = copy();
  EXPECT_FALSE(second.stopped);
  EXPECT_EQ(first.copied + second.copied, imodels + (second.unchanged < first.copied ? 1 : 0));
  EXPECT_EQ(second.copied + second.unchanged, imodels);
  EXPECT_FALSE(second.access_copied);
  const CopyReport third = copy();
  EXPECT_EQ(third.copied, 0U);
  EXPECT_EQ(third.unchanged, imodels);
  EXPECT_TRUE(sample::same((*to->read_for_operator(sample::id(3)))->large, record(3, 2).large));
}

TEST_F(CopyStore, TakesWhatDiffersInOneFieldAlone) {
  const std::vector<Record> others{
      changed([](Record& one) { one.source_digest[0] ^= 1; }),
      changed([](Record& one) { one.recipe = "1 contain lanczos3 fast 00000000"; }),
      changed([](Record& one) { one.small = HashedBytes(sample::bytes(61, 1)); }),
      changed([](Record& one) { one.large = HashedBytes(sample::bytes(91, 1)); }),
      changed([](Record& one) { one.source_path = "pictures/other.jpg"; }),
      changed([](Record& one) { one.uploaded_by = "ada"; }),
      changed([](Record& one) { one.updated_at_s = 1'700'000'999; }),
  };
  ASSERT_TRUE(from->put(record(1)));
  const StoredThumbnail wanted = **from->find_thumbnail(sample::id(1));
  for (const Record& other : others) {
    ASSERT_TRUE(to->put(other));
    const CopyReport report = copy();
    EXPECT_EQ(report.copied, 1U);
    const StoredThumbnail now = **to->find_thumbnail(sample::id(1));
    EXPECT_EQ(now.source_digest, wanted.source_digest);
    EXPECT_EQ(now.recipe, wanted.recipe);
    EXPECT_EQ(now.source_path, wanted.source_path);
    EXPECT_EQ(now.uploaded_by, wanted.uploaded_by);
    EXPECT_EQ(now.updated_at_s, wanted.updated_at_s);
    const auto both = **to->read_for_operator(sample::id(1));
    EXPECT_TRUE(sample::same(both.small, record(1).small) && sample::same(both.large, record(1).large));
  }
  EXPECT_EQ(copy().unchanged, 1U);
}

TEST_F(CopyStore, TellsHowFarItIs) {
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(from->put(record(i)));
  std::vector<std::pair<std::uint64_t, std::uint64_t>> told;
  CopyOptions options;
  options.progress = [&told](std::uint64_t done, std::uint64_t total) {
    told.emplace_back(done, total);
    return true;
  };
  const CopyReport report = copy(options);
  EXPECT_EQ(report.copied, 3U);
  EXPECT_FALSE(report.stopped);
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.back(), (std::pair<std::uint64_t, std::uint64_t>(3, 3)));
}

// Each thread of the default size would take more than there are addresses.
TEST_F(CopyStore, IsDoneByOneThreadWhereThereCanBeNoOther) {
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(from->put(record(i)));
  pthread_attr_t before;
  pthread_attr_t giant;
  ASSERT_EQ(pthread_getattr_default_np(&before), 0);
  ASSERT_EQ(pthread_attr_init(&giant), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&giant, std::size_t{1} << 48), 0);
  ASSERT_EQ(pthread_setattr_default_np(&giant), 0);
  CopyOptions together;
  together.jobs = 4;
  const auto report = copy_store(*from, *to, together);
  EXPECT_EQ(pthread_setattr_default_np(&before), 0);
  pthread_attr_destroy(&giant);
  pthread_attr_destroy(&before);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->copied, 3U);
}

// Whatever call fails, and however, a copy tells so, claims nothing that is not there, and the next one ends it.
TEST_F(CopyStore, TellsEveryFaultAndIsEndedByTheNext) {
  using Fault = WatchedStore::Fault;
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(from->put(record(i)));
  ASSERT_TRUE(from->remember_failure({"a.png", "picture_empty", "no bytes", 7}));
  CopyOptions alone;
  alone.jobs = 1;
  int faults = 0;
  for (const bool source_fails : {true, false}) {
    for (const auto& [fault, code] : {std::pair(Fault::error, Code::store_io_failed),
                                      {Fault::error, Code::store_busy},
                                      {Fault::exception, Code::internal_error}}) {
      for (std::size_t number = 1;; ++number, ++faults) {
        SCOPED_TRACE(number);
        to = std::move(*open_store(folder.file("to-" + std::to_string(faults) + ".locket")));
        WatchedStore source(*from);
        WatchedStore target(*to);
        WatchedStore& failing = source_fails ? source : target;
        failing.fail_at(number, false, fault, code);
        const auto report = copy_store(source, target, alone);
        if (failing.calls.size() < number) break;
        if (report) {
          ASSERT_FALSE(report->failed.empty());
          EXPECT_EQ(report->failed[0].error.code, code);
          EXPECT_LE(report->copied, to->statistics()->thumbnails);
        } else {
          EXPECT_EQ(report.error().code, code);
        }
        const CopyReport next = copy(alone);
        EXPECT_TRUE(next.failed.empty());
        EXPECT_EQ(next.copied + next.unchanged, 3U);
        EXPECT_EQ(to->failures()->size(), 1U);
        EXPECT_EQ(to->load_access(AccessScope::whole)->document, from->load_access(AccessScope::whole)->document);
      }
    }
  }
  EXPECT_GT(faults, 60);
}

TEST_F(CopyStore, EndsWithTheSliceInWhichTheStoreCouldNotGoOn) {
  for (std::uint64_t i = 0; i < imodels; ++i) ASSERT_TRUE(from->put(record(i)));
  WatchedStore target(*to);
  std::uint64_t looked_at = 0;
  target.before_call = [&](std::string_view name) {
    looked_at += name == "find_thumbnail" ? 1 : 0;
    if (looked_at == 1 && name == "put") target.fail_at(1, true, WatchedStore::Fault::error, Code::store_full);
  };
  CopyOptions alone;
  alone.jobs = 1;
  const auto report = copy_store(*from, target, alone);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::store_full);
  EXPECT_GT(looked_at, 1U);
  EXPECT_LT(looked_at, imodels);
}

TEST_F(CopyStore, TellsAPictureThatIsOverTheLimitOfTheOtherStore) {
  StoreOptions narrow;
  narrow.limits.stored_picture_bytes_max = 80;
  to = std::move(*open_store(folder.file("narrow.locket"), narrow));
  ASSERT_TRUE(from->put(record(1)));
  Record small = record(2);
  small.large = HashedBytes(sample::bytes(80, 2));
  ASSERT_TRUE(from->put(small));
  const CopyReport report = copy();
  EXPECT_EQ(report.copied, 1U);
  ASSERT_EQ(report.failed.size(), 1U);
  EXPECT_EQ(report.failed[0].imodel_id, sample::id(1));
  EXPECT_EQ(report.failed[0].error.code, Code::argument_invalid);
}

TEST_F(CopyStore, TellsWhatWasReplacedOrRemovedWhileItWasCopied) {
  CopyOptions alone;
  alone.jobs = 1;
  for (const std::string_view when : {"read_for_operator", "find_thumbnail"}) {
    for (const bool removed : {false, true}) {
      ASSERT_TRUE(from->put(record(1)));
      WatchedStore source(*from);
      source.before_call = [&](std::string_view name) {
        if (name == when) replace_or_remove(*from, removed);
      };
      const auto report = copy_store(source, *to, alone);
      ASSERT_TRUE(report);
      EXPECT_EQ(report->copied, 0U);
      ASSERT_EQ(report->failed.size(), 1U);
      EXPECT_EQ(report->failed[0].error.code, Code::store_busy);
      EXPECT_FALSE(*to->find_thumbnail(sample::id(1)));
    }
  }
}

TEST_F(CopyStore, TellsACopyThatIsNotWhatWasCopied) {
  ASSERT_TRUE(from->put(record(1)));
  WatchedStore target(*to);
  CopyOptions alone;
  alone.jobs = 1;
  const SharedBytes other(sample::bytes(60, 9));
  const std::vector<std::function<void(Store::Both&)>> changes{[&](Store::Both& both) { both.small = other; },
                                                               [&](Store::Both& both) { both.large = other; }};
  for (const auto& change : changes) {
    EXPECT_TRUE(to->remove(sample::id(1)));
    target.change_read = change;
    const auto report = copy_store(*from, target, alone);
    ASSERT_TRUE(report);
    ASSERT_EQ(report->failed.size(), 1U);
    EXPECT_EQ(report->failed[0].error.code, Code::store_corrupt);
  }
}

TEST_F(CopyStore, LeavesWhatIsUploadedThereMeanwhile) {
  ASSERT_TRUE(from->put(record(1)));
  CopyOptions alone;
  alone.jobs = 1;
  for (const bool is_known : {false, true}) {
    for (const std::string_view when : {"put", "read_for_operator"}) {
      to = std::move(*open_store(folder.file(std::string(when) + (is_known ? "-known" : "-new"))));
      if (is_known) {
        ASSERT_TRUE(to->put(record(1, 3)));
      }
      WatchedStore target(*to);
      target.before_call = [&](std::string_view name) {
        if (name != when) return;
        EXPECT_TRUE(to->put(record(1, 2)));
      };
      const auto report = copy_store(*from, target, alone);
      ASSERT_TRUE(report);
      ASSERT_EQ(report->failed.size(), 1U);
      EXPECT_EQ(report->failed[0].error.code, Code::store_busy) << report->failed[0].error.detail;
      EXPECT_EQ(to->find_thumbnail(sample::id(1)).value()->source_digest, record(1, 2).source_digest);
    }
  }
}

TEST_F(CopyStore, TellsWhatIsRemovedThereBeforeItCouldBeCompared) {
  ASSERT_TRUE(from->put(record(1)));
  WatchedStore target(*to);
  target.before_call = [&](std::string_view name) {
    if (name == "read_for_operator") replace_or_remove(*to, true);
  };
  CopyOptions alone;
  alone.jobs = 1;
  const auto report = copy_store(*from, target, alone);
  ASSERT_TRUE(report);
  ASSERT_EQ(report->failed.size(), 1U);
  EXPECT_EQ(report->failed[0].error.code, Code::store_busy);
}

TEST_F(CopyStore, TellsThatItCouldNotAskWhyACopyDiffers) {
  ASSERT_TRUE(from->put(record(1)));
  WatchedStore target(*to);
  const SharedBytes other(sample::bytes(60, 9));
  target.change_read = [&](Store::Both& both) {
    both.small = other;
    target.fail_at(1, true, WatchedStore::Fault::error, Code::store_io_failed);
  };
  CopyOptions alone;
  alone.jobs = 1;
  const auto report = copy_store(*from, target, alone);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::store_io_failed);
}

TEST_F(CopyStore, RefusesWhatMakesNoSense) {
  EXPECT_EQ(copy_store(*from, *from).error().code, Code::argument_invalid);
  for (const std::uint32_t jobs : {0U, 257U}) {
    CopyOptions options;
    options.jobs = jobs;
    EXPECT_EQ(copy_store(*from, *to, options).error().code, Code::argument_invalid);
  }
}

}  // namespace
}  // namespace locket
