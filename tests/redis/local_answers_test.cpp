#include "redis/local_answers.hpp"

#include <gtest/gtest.h>

namespace locket::redis {
namespace {

constexpr std::int64_t second = 1'000'000'000;
const Tier tier{"one", {{1, 60}}};

TEST(LocalAnswers, KnowsNothingOfAStranger) {
  LocalAnswers answers(1'000);
  EXPECT_FALSE(answers.decide("a", tier, {0}));
}

TEST(LocalAnswers, RefusesUntilTheWaitIsOverAndTellsWhatIsLeftOfIt) {
  LocalAnswers answers(1'000);
  answers.refuse("a", tier, {0}, {10 * second}, {10 * second});
  EXPECT_EQ(answers.decide("a", tier, {0})->retry_after_s, 10U);
  EXPECT_EQ(answers.decide("a", tier, {1})->retry_after_s, 10U);
  EXPECT_EQ(answers.decide("a", tier, {9 * second})->retry_after_s, 1U);
  EXPECT_EQ(answers.decide("a", tier, {10 * second - 1})->retry_after_s, 1U);
  EXPECT_FALSE(answers.decide("a", tier, {10 * second}));
  EXPECT_FALSE(answers.decide("b", tier, {0}));
}

TEST(LocalAnswers, ForgetsTheRefusalOfAClientWhoseWindowsChanged) {
  LocalAnswers answers(1'000);
  answers.refuse("a", tier, {0}, {10 * second}, {10 * second});
  EXPECT_FALSE(answers.decide("a", {"more", {{2, 60}}}, {0}));
  EXPECT_FALSE(answers.decide("a", tier, {0}));
}

TEST(LocalAnswers, HandsOutTheCallsThatWereChargedUntilTheyAreLost) {
  LocalAnswers answers(1'000);
  answers.keep("a", tier, {0}, 2, {second});
  answers.keep("a", tier, {0}, 1, {second});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(answers.decide("a", tier, {0})->admitted);
  EXPECT_FALSE(answers.decide("a", tier, {0}));
  answers.keep("a", tier, {0}, 2, {second});
  EXPECT_FALSE(answers.decide("a", tier, {second}));
}

TEST(LocalAnswers, TellsWhenAClientIsSurelyAdmittedAndAsksAsSoonAsItMayBe) {
  LocalAnswers answers(1'000);
  answers.refuse("a", tier, {0}, {10 * second}, {11 * second});
  EXPECT_EQ(answers.decide("a", tier, {9 * second})->retry_after_s, 2U);
  EXPECT_FALSE(answers.decide("a", tier, {10 * second}));
}

// Ten calls a second, so each is paid back in 100 ms.
TEST(LocalAnswers, LosesTheCallsThatTimePaidBackBeforeTheyWereMade) {
  constexpr std::int64_t ms = 1'000'000;
  const Tier tens{"tens", {{10, 1}, {10'000, 3'600}}};
  const auto calls_left_at = [&](std::int64_t now) {
    LocalAnswers answers(1'000);
    answers.keep("a", tens, {0}, 9, {60 * second});
    int calls = 0;
    while (answers.decide("a", tens, {now})) ++calls;
    return calls;
  };
  EXPECT_EQ(calls_left_at(0), 9);
  EXPECT_EQ(calls_left_at(100 * ms), 9) << "meanwhile the one that was made was paid back";
  EXPECT_EQ(calls_left_at(101 * ms), 8);
  EXPECT_EQ(calls_left_at(450 * ms), 5);
  EXPECT_EQ(calls_left_at(950 * ms), 0);
  LocalAnswers answers(1'000);
  answers.keep("a", tens, {0}, 9, {60 * second});
  for (int i = 1; i <= 9; ++i) EXPECT_TRUE(answers.decide("a", tens, {i * 100 * ms})) << "none is lost at the limit";
  EXPECT_FALSE(answers.decide("a", tens, {1'000 * ms}));
}

TEST(LocalAnswers, KeepsNoCallLongerBecauseOthersCome) {
  LocalAnswers answers(1'000);
  answers.keep("a", tier, {0}, 1, {second});
  answers.keep("a", tier, {second / 2}, 1, {second * 3 / 2});
  EXPECT_FALSE(answers.decide("a", tier, {second}));
}

TEST(LocalAnswers, SaysWhetherThereIsAPlace) {
  EXPECT_FALSE(LocalAnswers(1).has_place("a", tier, {0}));
  EXPECT_TRUE(LocalAnswers(1'000).has_place("a", tier, {0}));
}

TEST(LocalAnswers, RemembersNoMoreClientsThanItMay) {
  LocalAnswers answers(160);
  for (int i = 0; i < 10'000; ++i) answers.refuse(std::to_string(i), tier, {0}, {10 * second}, {10 * second});
  int known = 0;
  for (int i = 0; i < 10'000; ++i) known += answers.decide(std::to_string(i), tier, {0}) ? 1 : 0;
  EXPECT_LE(known, 160);
  EXPECT_GT(known, 100);
  // Those whose time is over make room.
  for (int i = 0; i < 100; ++i) {
    answers.refuse("new-" + std::to_string(i), tier, {20 * second}, {30 * second}, {30 * second});
  }
  EXPECT_TRUE(answers.decide("new-0", tier, {20 * second}));
}

}  // namespace
}  // namespace locket::redis
