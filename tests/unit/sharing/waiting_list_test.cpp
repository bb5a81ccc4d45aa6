// The order in which clients get modems.

#include "../../../src/sharing/waiting_list.h"

#include <gmock/gmock.h>

namespace external::sharing::waiting_list_test {
namespace {

using testing::ElementsAre;

TEST(WaitingList, FirstComeFirstServed) {
  WaitingList<int> list;
  for (const int client : {1, 2, 3}) list.add(client, false);
  list.remove(2);
  EXPECT_EQ(list.size(), 2u);
  EXPECT_EQ(list.next(), 1);
  EXPECT_EQ(list.take(), 1);
  EXPECT_EQ(list.take(), 3);
  EXPECT_TRUE(list.empty());
}

TEST(WaitingList, WhoGoesFirstPassesOthersThreeTimesInARowAtMost) {
  WaitingList<int> list;
  for (const int client : {1, 2}) list.add(client, false);
  for (const int client : {11, 12, 13, 14, 15}) list.add(client, true);
  EXPECT_THAT(list.in_order(), ElementsAre(11, 12, 13, 1, 14, 15, 2));
}

TEST(WaitingList, ThoseWhoGoFirstAmongThemselvesDoNotCount) {
  WaitingList<int> list;
  for (int client = 11; client < 20; ++client) list.add(client, true);
  for (int client = 11; client < 16; ++client) EXPECT_EQ(list.take(), client);
  list.add(1, false);
  EXPECT_THAT(list.in_order(), ElementsAre(16, 17, 18, 1, 19));
}

TEST(WaitingList, HoweverManyGoFirstNobodyWaitsForEver) {
  WaitingList<int> list;
  list.add(1, false);
  int served = 0;
  for (int client = 2;; ++client) {
    list.add(client, true);
    ++served;
    if (list.take() == 1) break;
    ASSERT_LT(served, 10);
  }
  EXPECT_EQ(served, 4);
}

}  // namespace
}  // namespace external::sharing::waiting_list_test
