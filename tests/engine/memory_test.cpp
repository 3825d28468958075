#include <chrono>
#include <fstream>
#include <thread>
#include <utility>

#include "counting_store.hpp"
#include "house.hpp"
#include "store/second_process.hpp"
#include "watched_store.hpp"

namespace locket {
namespace {

class MemoryTest : public House {
 protected:
  void SetUp() override {
    House::SetUp();
    counting_ = std::make_unique<CountingStore>(*store_);
    engine_ = Engine::create(parts_over(*counting_, *access_), with_default_pictures()).value();
    import(shown_id, make_png(1, 2, 3));
    import(hidden_id, make_png(4, 5, 6));
  }

  // Has another process replace the access facts: bob may see nothing any more.
  void withdraw_from_bob() {
    auto access = store_->load_access(AccessScope::whole).value().document;
    for (AccessDocument::Itwin& itwin : access.itwins) {
      std::erase_if(itwin.members, [](const auto& member) { return member.user == "bob"; });
    }
    const std::string file = (folder_ / "access.json").string();
    std::ofstream(file) << to_json(access);
    ASSERT_EQ(sample::in_another_process({"access", (folder_ / "test.locket").string(), file}), 0);
  }

  // Opens a second store on the file, which may overlook others' commits for a time, and an engine over it.
  void look_with_staleness(std::uint32_t staleness_ms_max) {
    StoreOptions options;
    options.staleness_ms_max = staleness_ms_max;
    stale_store_ = open_store((folder_ / "test.locket").string(), options).value();
    stale_access_ = make_stored_access_control(*stale_store_).value();
    engine_ = Engine::create(parts_over(*stale_store_, *stale_access_), with_default_pictures()).value();
  }

  // Has another process store a sample picture for an iModel, or remove the one that is there.
  void replace_elsewhere(std::uint64_t version) {
    const std::string store = (folder_ / "test.locket").string();
    ASSERT_EQ(sample::in_another_process({"put-as", store, std::string(shown_id), std::to_string(version)}), 0);
  }
  void remove_elsewhere() {
    const std::string store = (folder_ / "test.locket").string();
    ASSERT_EQ(sample::in_another_process({"remove-as", store, std::string(shown_id)}), 0);
  }

  // Moves the hidden iModel to the iTwin of the shown one.
  void give_hidden_to_alice() {
    AccessDocument document = store_->load_access(AccessScope::whole).value().document;
    for (AccessDocument::Imodel& imodel : document.imodels) {
      if (imodel.id == parse_guid(hidden_id).value()) imodel.itwin_id = document.itwins[0].id;
    }
    ASSERT_TRUE(store_->replace_access(document));
  }

  // How often the store is looked into when a user asks for what that user may not see.
  std::uint64_t looks_of_denial(std::string_view imodel_id, std::string_view user) {
    const std::uint64_t before = counting_->looked_into_the_store;
    EXPECT_EQ(get(imodel_id, bearer_of(std::string(user))).status, 404);
    return counting_->looked_into_the_store - before;
  }

  std::unique_ptr<CountingStore> counting_;
  std::unique_ptr<Store> stale_store_;
  std::unique_ptr<AccessControl> stale_access_;
};

TEST_F(MemoryTest, AHotPictureIsServedWithoutALookIntoTheStore) {
  const std::string alice = bearer_of("alice");
  const Response first = get(shown_id, alice);
  ASSERT_EQ(first.status, 200);
  const std::uint64_t looked = counting_->looked_into_the_store;
  for (int i = 0; i < 5; ++i) {
    const Response again = get(shown_id, alice);
    EXPECT_EQ(again.status, 200);
    EXPECT_EQ(again.headers, first.headers);
    EXPECT_EQ(again.body.view().data(), first.body.view().data());
  }
  EXPECT_EQ(counting_->looked_into_the_store, looked);
  EXPECT_EQ(counting_->answered_from_memory, 5U);
}

TEST_F(MemoryTest, APermissionWithdrawnInAnotherProcessIsGoneAtTheNextRequest) {
  const std::string bob = bearer_of("bob");
  ASSERT_EQ(get(hidden_id, bob).status, 200);
  ASSERT_EQ(get(hidden_id, bob).status, 200);
  withdraw_from_bob();
  EXPECT_EQ(get(hidden_id, bob).status, 404);
}

TEST_F(MemoryTest, WhatWasGrantedInAnotherProcessIsThereAtTheNextRequest) {
  withdraw_from_bob();
  const std::string bob = bearer_of("bob");
  ASSERT_EQ(get(hidden_id, bob).status, 404);
  const std::string file = (folder_ / "access.json").string();
  auto access = store_->load_access(AccessScope::whole).value().document;
  for (AccessDocument::Itwin& itwin : access.itwins) itwin.owners.emplace_back("bob");
  std::ofstream(file) << to_json(access);
  ASSERT_EQ(sample::in_another_process({"access", (folder_ / "test.locket").string(), file}), 0);
  EXPECT_EQ(get(hidden_id, bob).status, 200);
}

// Whatever others have fetched or been denied before.
TEST_F(MemoryTest, ADenialLooksIntoTheStoreTheFirstTimeThatAUserAsks) {
  const std::string bob = bearer_of("bob");
  for (const std::string_view user : {"alice", "carol"}) {
    for (const std::string_view id :
         {hidden_id, unknown_id, std::string_view("nonsense"), std::string_view("more of it"), std::string_view()}) {
      EXPECT_EQ(looks_of_denial(id, user), 1U) << user << ' ' << id;
      ASSERT_EQ(get(hidden_id, bob).status, 200);  // now it is hot
      EXPECT_EQ(looks_of_denial(id, user), 0U) << user << ' ' << id;
    }
  }
}

TEST_F(MemoryTest, ADenialLooksIntoTheStoreAgainWhenAnybodyHasCommitted) {
  for (int i = 0; i < 2; ++i) {
    for (const std::string_view id : {hidden_id, unknown_id}) {
      EXPECT_EQ(looks_of_denial(id, "alice"), 1U);
      EXPECT_EQ(looks_of_denial(id, "alice"), 0U);
    }
    replace_elsewhere(static_cast<std::uint64_t>(i) + 1);
    for (const std::string_view id : {hidden_id, unknown_id}) EXPECT_EQ(looks_of_denial(id, "alice"), 1U);
    import(shown_id, make_png(static_cast<std::uint8_t>(i), 1, 1));
  }
}

TEST_F(MemoryTest, AnImodelThatWasUnknownIsThereAtTheNextRequest) {
  const std::string max = bearer_of("max");
  ASSERT_EQ(get(unknown_id, max).status, 404);
  ASSERT_EQ(get(unknown_id, max).status, 404);
  const Guid itwin_id = store_->find_imodel(parse_guid(shown_id).value())->value().facts.itwin_id;
  ASSERT_TRUE(engine_->import_picture({.imodel_id = parse_guid(unknown_id).value(),
                                       .itwin_id = itwin_id,
                                       .bytes = make_png(3, 3, 3),
                                       .source_path = {}}));
  EXPECT_EQ(get(unknown_id, max).status, 200);
}

// What was read before a commit is not kept for what comes after it.
TEST_F(MemoryTest, ACommitDuringALookUpIsSeenByTheNextRequest) {
  WatchedStore watched(*store_);
  watched.tells_epoch = true;
  engine_ = Engine::create(parts_over(watched, *access_), with_default_pictures()).value();
  bool moved = false;
  watched.change_entry = [&](ImodelEntry&) {
    if (!std::exchange(moved, true)) give_hidden_to_alice();
  };
  EXPECT_EQ(get(hidden_id, bearer_of("alice")).status, 404);
  EXPECT_EQ(get(hidden_id, bearer_of("alice")).status, 200);
}

// Neither where the hidden iModel is of an iTwin that alice does not know, nor where it is of one that she has left,
// may she see it.
TEST_F(MemoryTest, ADecisionRestsOnOneStateOfTheStore) {
  const AccessDocument before = store_->load_access(AccessScope::whole).value().document;
  give_hidden_to_alice();
  AccessDocument after = store_->load_access(AccessScope::whole).value().document;
  std::erase_if(after.itwins[0].members, [](const auto& member) { return member.user == "alice"; });
  ASSERT_TRUE(store_->replace_access(after));
  WatchedStore watched(*store_);
  watched.tells_epoch = true;
  const auto access = make_stored_access_control(watched).value();
  engine_ = Engine::create(parts_over(watched, *access), with_default_pictures()).value();
  const std::string alice = bearer_of("alice");
  EXPECT_EQ(get(hidden_id, alice).status, 404);
  bool looked_up = false;
  bool replaced = false;
  watched.before_call = [&](std::string_view name) {
    looked_up = looked_up || name == "find_imodel";
    if (name != "access_revision" || !looked_up || std::exchange(replaced, true)) return;
    ASSERT_TRUE(store_->replace_access(before));
  };
  EXPECT_EQ(get(hidden_id, alice).status, 404);
  watched.before_call = nullptr;
  EXPECT_EQ(get(hidden_id, alice).status, 404);
}

TEST_F(MemoryTest, AStoreThatNeverStaysTheSameIsToldAsUnavailable) {
  WatchedStore watched(*store_);
  watched.tells_epoch = true;
  const auto access = make_stored_access_control(watched).value();
  engine_ = Engine::create(parts_over(watched, *access), with_default_pictures()).value();
  int commits = 0;
  watched.before_call = [&](std::string_view name) {
    if (name != "access_revision") return;
    ASSERT_TRUE(store_->remember_failure({"a.png", "picture_empty", "no bytes", ++commits}));
  };
  EXPECT_EQ(get(shown_id, bearer_of("alice")).status, 503);
  EXPECT_EQ(get(hidden_id, bearer_of("alice")).status, 404);
  watched.before_call = nullptr;
  EXPECT_EQ(get(shown_id, bearer_of("alice")).status, 200);
}

TEST_F(MemoryTest, AStaleEngineDecidesByOneStateToo) {
  look_with_staleness(3'600'000);
  const std::string alice = bearer_of("alice");
  ASSERT_EQ(get(shown_id, alice).status, 200);  // the facts are remembered
  give_hidden_to_alice();
  AccessDocument after = store_->load_access(AccessScope::whole).value().document;
  std::erase_if(after.itwins[0].members, [](const auto& member) { return member.user == "alice"; });
  ASSERT_TRUE(store_->replace_access(after));
  EXPECT_EQ(get(hidden_id, alice).status, 404);
}

TEST_F(MemoryTest, AStoreThatIsOpenedAnewTellsAnotherEpoch) {
  const auto again = open_store((folder_ / "test.locket").string()).value();
  EXPECT_NE(again->content_epoch(), store_->content_epoch());
}

TEST_F(MemoryTest, WithoutMemoryEveryDenialLooksIntoTheStore) {
  auto options = with_default_pictures();
  options.limits.user_lookup_bytes_max = 0;
  engine_ = Engine::create(parts_over(*counting_, *access_), std::move(options)).value();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(looks_of_denial(hidden_id, "alice"), 1U);
    EXPECT_EQ(looks_of_denial(unknown_id, "alice"), 1U);
  }
}

TEST_F(MemoryTest, APictureThatAnotherProcessReplacedOrRemovedIsNeverServedAgain) {
  const std::string alice = bearer_of("alice");
  std::string last = body_of(get(shown_id, alice));
  for (std::uint64_t version = 1; version <= 3; ++version) {
    ASSERT_EQ(body_of(get(shown_id, alice)), last);  // it is hot
    replace_elsewhere(version);
    const Response fetched = get(shown_id, alice);
    ASSERT_EQ(fetched.status, 200);
    EXPECT_NE(body_of(fetched), last);
    EXPECT_EQ(fetched.source, ThumbnailSource::uploaded);
    last = body_of(fetched);
  }
  remove_elsewhere();
  EXPECT_EQ(get(shown_id, alice).source, ThumbnailSource::default_picture);
}

TEST_F(MemoryTest, AStaleEngineServesWhatAnotherProcessRemovedNoLongerThanItsBound) {
  constexpr std::uint32_t staleness_ms_max = 20;
  look_with_staleness(staleness_ms_max);
  const std::string alice = bearer_of("alice");
  const std::string bob = bearer_of("bob");
  ASSERT_EQ(get(shown_id, alice).source, ThumbnailSource::uploaded);
  ASSERT_EQ(get(hidden_id, bob).status, 200);
  remove_elsewhere();
  withdraw_from_bob();
  std::this_thread::sleep_for(std::chrono::milliseconds(staleness_ms_max + 1));
  EXPECT_EQ(get(shown_id, alice).source, ThumbnailSource::default_picture);
  EXPECT_EQ(get(hidden_id, bob).status, 404);
}

TEST_F(MemoryTest, AStaleEngineStillSeesItsOwnStoreAtOnce) {
  look_with_staleness(3'600'000);
  const std::string bob = bearer_of("bob");
  ASSERT_EQ(get(hidden_id, bob).status, 200);
  ASSERT_EQ(get(hidden_id, bob).source, ThumbnailSource::uploaded);
  ASSERT_TRUE(stale_store_->remove(parse_guid(hidden_id).value()).value());
  EXPECT_EQ(get(hidden_id, bob).source, ThumbnailSource::default_picture);
  auto access = stale_store_->load_access(AccessScope::whole).value().document;
  for (AccessDocument::Itwin& itwin : access.itwins) {
    std::erase_if(itwin.members, [](const auto& member) { return member.user == "bob"; });
  }
  ASSERT_TRUE(stale_store_->replace_access(access));
  EXPECT_EQ(get(hidden_id, bob).status, 404);
}

TEST_F(MemoryTest, AnUploadIsServedToTheNextWhoAsks) {
  const std::string max = bearer_of("max");
  const auto old = get(shown_id, max, "size=large").header("etag").has_value();
  ASSERT_TRUE(old);
  std::string last;
  for (std::uint8_t i = 0; i < 4; ++i) {
    ASSERT_EQ(put(shown_id, max, "image/png", make_png(i, 90, 7)).status, 201);
    const Response fetched = get(shown_id, max, "size=large");
    ASSERT_EQ(fetched.status, 200);
    EXPECT_NE(body_of(fetched), last);
    last = body_of(fetched);
  }
}

}  // namespace
}  // namespace locket
