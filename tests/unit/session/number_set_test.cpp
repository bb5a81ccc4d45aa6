#include <external/session/number_set.h>

#include <gmock/gmock.h>

#include <random>
#include <set>

namespace external::session::number_set_test {
namespace {

using namespace testing;

TEST(NumberSetTest, JoinsNeighbours) {
  NumberSet set;
  set.add(3);
  set.add(5);
  EXPECT_THAT(set.runs(), ElementsAre(Pair(3, 3), Pair(5, 5)));
  set.add(4);
  EXPECT_THAT(set.runs(), ElementsAre(Pair(3, 5)));
  set.add(1, 10);
  EXPECT_THAT(set.runs(), ElementsAre(Pair(1, 10)));
  EXPECT_EQ(set.size(), 10u);
}

TEST(NumberSetTest, HoldsWhatASetOfTheSameNumbersHolds) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    NumberSet set;
    std::set<std::uint64_t> expected;
    for (int step = 0; step < 20; ++step) {
      const auto first = random() % 60;
      const auto last = first + random() % 8;
      set.add(first, last);
      for (auto number = first; number <= last; ++number) expected.insert(number);
    }
    for (std::uint64_t number = 0; number < 80; ++number)
      ASSERT_EQ(set.contains(number), expected.contains(number)) << number;
    ASSERT_EQ(set.size(), expected.size());
  }
}

TEST(NumberSetTest, LargestNumbersAreNotTaken) {
  NumberSet set;
  set.add(NumberSet::limit, NumberSet::limit + 5);
  EXPECT_TRUE(set.empty());
  set.add(0, ~std::uint64_t{0});
  EXPECT_EQ(set.size(), NumberSet::limit);
}

}  // namespace
}  // namespace external::session::number_set_test
