#include <atomic>
#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "counting_store.hpp"
#include "house.hpp"
#include "trusting_verifier.hpp"
#include "watched_store.hpp"

namespace locket {
namespace {

using Fault = WatchedStore::Fault;

class StoredAccessControlTest : public House {
 protected:
  void SetUp() override {
    House::SetUp();
    watched_ = std::make_unique<WatchedStore>(*store_);
  }

  // Has the facts read anew at the next question.
  void change_facts() { ASSERT_TRUE(store_->replace_access(store_->load_access(AccessScope::whole).value().document)); }

  Decision view_of(AccessControl& access, std::string_view user) {
    const Admission admission = policy::TrustingVerifier::admission(user);
    const ImodelFacts facts = (**store_->find_imodel(parse_guid(shown_id).value())).facts;
    const auto grant = access.authorize_view(admission, facts);
    return grant ? grant->decision() : grant.error();
  }

  std::unique_ptr<WatchedStore> watched_;
};

TEST_F(StoredAccessControlTest, IsNotMadeWithoutFacts) {
  for (const auto& [fault, code] : {std::pair(Fault::error, Code::store_io_failed),
                                    {Fault::exception, Code::access_unavailable},
                                    {Fault::foreign_exception, Code::access_unavailable},
                                    {Fault::no_memory, Code::out_of_memory}}) {
    watched_->fail_at(1, true, fault, Code::store_io_failed);
    const auto access = make_stored_access_control(*watched_);
    ASSERT_FALSE(access);
    EXPECT_EQ(access.error().code, code);
  }
}

TEST_F(StoredAccessControlTest, DeniesWhenFactsThatChangedCanNotBeRead) {
  const auto access = make_stored_access_control(*watched_).value();
  ASSERT_TRUE(view_of(*access, "alice").allowed);
  change_facts();
  for (const Fault fault : {Fault::error, Fault::exception}) {
    watched_->fail_at(2, false, fault, Code::store_io_failed);
    const Decision decision = view_of(*access, "alice");
    EXPECT_EQ(watched_->calls.back(), "load_access");
    EXPECT_FALSE(decision.allowed);
    EXPECT_EQ(decision.rule, Rule::facts_unavailable);
  }
  watched_->heal();
  EXPECT_TRUE(view_of(*access, "alice").allowed);
}

TEST_F(StoredAccessControlTest, TakesFactsWithinTheLimitsThatItWasGiven) {
  Limits limits;
  limits.itwin_roles_max = 2'000;
  AccessDocument document = store_->load_access(AccessScope::whole).value().document;
  for (int role = 0; role < 1'500; ++role) document.itwins[0].roles.push_back({"role-" + std::to_string(role), {}});
  ASSERT_TRUE(parse_access_document(to_json(document), limits));
  StoreOptions wide;
  wide.limits = limits;
  const auto wide_store = open_store((folder_ / "test.locket").string(), wide).value();
  ASSERT_TRUE(wide_store->replace_access(document));
  EXPECT_EQ(make_stored_access_control(*store_).error().code, Code::access_document_invalid);
  const auto access = make_stored_access_control(*store_, limits).value();
  EXPECT_TRUE(view_of(*access, "alice").allowed);
  ASSERT_TRUE(wide_store->replace_access(document));
  EXPECT_TRUE(view_of(*access, "alice").allowed);
}

TEST_F(StoredAccessControlTest, TellsOnceWhyNobodyIsLetInAndOnceThatItIsOver) {
  KeptLog log;
  const auto access = make_stored_access_control(*watched_, {}, log).value();
  ASSERT_TRUE(view_of(*access, "alice").allowed);
  change_facts();
  for (const std::size_t call : {2, 1}) {  // the facts, their revision
    log.lines.clear();
    for (int asked = 0; asked < 3; ++asked) {
      watched_->fail_at(call, false, Fault::error, Code::store_io_failed);
      EXPECT_FALSE(view_of(*access, "alice").allowed);
      watched_->fail_at(call, false, Fault::error, Code::store_io_failed);
      EXPECT_EQ(access->tier_of("app"), nullptr);
    }
    EXPECT_EQ(log.lines, std::vector<std::string>{
                             "access.unreadable: store_io_failed: the disk is on fire at secret-path-of-the-store"});
    watched_->heal();
    EXPECT_TRUE(call == 2 ? view_of(*access, "alice").allowed : access->tier_of("app") != nullptr);
    ASSERT_EQ(log.lines.size(), 2U);
    EXPECT_EQ(log.lines[1], "access.readable: the access facts can be read again");
  }
}

TEST_F(StoredAccessControlTest, TellsThatTheStoreThrew) {
  KeptLog log;
  const auto access = make_stored_access_control(*watched_, {}, log).value();
  watched_->fail_at(1, true, Fault::exception, Code::store_failed);
  EXPECT_FALSE(view_of(*access, "alice").allowed);
  EXPECT_EQ(access->tier_of("app"), nullptr);
  ASSERT_EQ(log.lines.size(), 1U);
  EXPECT_TRUE(log.lines[0].starts_with("access.unreadable: access_unavailable"));
}

// Whoever asks while they are read waits for these, and does not read them once more.
TEST_F(StoredAccessControlTest, ReadsFactsThatChangedOnceForAllWhoAsk) {
  constexpr std::uint64_t rounds = 200;
  constexpr std::uint64_t askers = 2;
  CountingStore counting(*store_);
  const auto access = make_stored_access_control(counting).value();
  std::atomic<std::uint64_t> told = 0;
  counting.after_access_revision = [&told] {  // all who ask go on from here together
    const std::uint64_t all = (told++ / askers + 1) * askers;
    while (told.load() < all) std::this_thread::yield();
  };
  counting.before_load_access = [] { std::this_thread::sleep_for(std::chrono::milliseconds(1)); };  // they wait here
  for (std::uint64_t round = 1; round <= rounds; ++round) {
    change_facts();
    std::vector<std::jthread> threads;
    for (std::uint64_t asker = 0; asker < askers; ++asker) {
      threads.emplace_back([&] { EXPECT_TRUE(view_of(*access, "alice").allowed); });
    }
    threads.clear();
    ASSERT_EQ(counting.facts_read, 1 + round);
  }
}

// Or the last of them would wait for all the failures before its own.
TEST_F(StoredAccessControlTest, ReadsFactsThatCanNotBeReadOnceForAllWhoWait) {
  constexpr std::uint64_t askers = 8;
  CountingStore counting(*store_);
  const auto access = make_stored_access_control(counting).value();
  StoreOptions wide;
  wide.limits.itwin_roles_max = 2'000;
  AccessDocument document = store_->load_access(AccessScope::whole).value().document;
  for (int role = 0; role < 1'500; ++role) document.itwins[0].roles.push_back({"role-" + std::to_string(role), {}});
  ASSERT_TRUE(open_store((folder_ / "test.locket").string(), wide).value()->replace_access(document));
  for (const bool throws : {false, true}) {
    std::atomic<std::uint64_t> told = 0;
    std::atomic<std::uint64_t> loads = 0;
    counting.after_access_revision = [&] {  // all who ask go on from here together
      ++told;
      while (told.load() < askers) std::this_thread::yield();
    };
    counting.before_load_access = [&] {
      ++loads;
      std::this_thread::sleep_for(std::chrono::milliseconds(200));  // they wait here
      if (throws) throw std::runtime_error("no facts");
    };
    {
      std::vector<std::jthread> threads;
      for (std::uint64_t asker = 0; asker < askers; ++asker) {
        threads.emplace_back([&] { EXPECT_EQ(access->tier_of("app"), nullptr); });
      }
    }
    EXPECT_LE(loads, askers / 2);  // once; but a thread may be held up by others of this machine
  }
}

}  // namespace
}  // namespace locket
