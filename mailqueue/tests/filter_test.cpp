// Looking for messages in a long queue.

#include "support.h"

namespace mailqueue::test::filter_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class Filters : public QueueTest {
 protected:
  Filters() {
    put("k1", "NORTH/CLINIC/ANN", {{"SOUTH/HUB/BOB", "SOUTH/HUB"}, {"EAST/SHIP/CARL", "EAST/SHIP"}}, 0);
    put("k2", "NORTH/CLINIC/DORA", {{"SOUTH/HUB/EVE", "SOUTH/HUB"}}, 60);
    put("k3", "", {{"EAST/SHIP/BOB", "EAST/SHIP"}}, 120);
  }

  void put(const std::string& key, const std::string& sender, std::vector<Recipient> to, int seconds) {
    auto envelope = mail(key, std::move(to));
    envelope.sender = sender;
    envelope.accepted = noon + seconds * second;
    queue.accept(envelope, "text", noon);
  }

  std::vector<std::string> keys(const Filter& filter) {
    std::vector<std::string> keys;
    for (const auto& message : queue.list(filter)) keys.push_back(message.envelope.key);
    return keys;
  }
};

TEST_F(Filters, ByRecipientSenderAndAge) {
  EXPECT_THAT(keys({.address = "SOUTH/HUB/BOB"}), ElementsAre("k1"));
  EXPECT_THAT(keys({.address = "*/BOB"}), ElementsAre("k1", "k3"));
  EXPECT_THAT(keys({.destination = "EAST/SHIP"}), ElementsAre("k1", "k3"));
  EXPECT_THAT(keys({.sender = "*/ANN"}), ElementsAre("k1"));
  EXPECT_THAT(keys({.sender = ""}), ElementsAre("k3"));
  EXPECT_THAT(keys({.accepted_before = noon + 60 * second}), ElementsAre("k1"));
  EXPECT_THAT(keys({.address = "*/EVE", .sender = "*/ANN"}), IsEmpty());
}

TEST_F(Filters, OneRecipientMeetsAllConditionsAboutRecipients) {
  const auto id = queue.list({.destination = "SOUTH/HUB"}).at(0).recipients.at(0).id;
  queue.delivered(std::array{id}, noon);
  EXPECT_THAT(keys({.state = State::queued, .destination = "SOUTH/HUB"}), ElementsAre("k2"));
}

TEST_F(Filters, ThoseSetAsideAreFoundByTheSameConditions) {
  for (const auto& message : queue.list()) queue.hold(message.id, noon);
  EXPECT_THAT(keys({.state = State::held}), ElementsAre("k1", "k2", "k3"));
  EXPECT_THAT(keys({.state = State::held, .destination = "SOUTH/HUB"}), ElementsAre("k1", "k2"));
  EXPECT_THAT(keys({.state = State::held, .address = "*/BOB", .sender = "*/ANN"}), ElementsAre("k1"));
  EXPECT_THAT(keys({.state = State::held, .accepted_before = noon + second}), ElementsAre("k1"));
  EXPECT_THAT(keys({.state = State::quarantined}), IsEmpty());
  const auto aside = queue.set_aside();
  ASSERT_THAT(aside, SizeIs(2));
  EXPECT_EQ(aside[0].destination, "EAST/SHIP");
  EXPECT_EQ(aside[0].held, 2u);
  EXPECT_EQ(aside[1].held, 2u);
}

TEST_F(Filters, APageBeginsBehindTheOneBefore) {
  for (const auto state : {std::optional<State>(), std::optional(State::held)}) {
    Filter filter;
    filter.state = state;
    filter.limit = 2;
    const auto first = queue.list(filter);
    ASSERT_THAT(first, SizeIs(2));
    filter.after = first.back().id;
    EXPECT_THAT(keys(filter), ElementsAre("k3"));
    filter.after = queue.list(filter).back().id;
    EXPECT_THAT(keys(filter), IsEmpty());
    for (const auto& message : queue.list()) queue.hold(message.id, noon);
  }
}

TEST_F(Filters, OnlyRecipientsThatMatchAreChanged) {
  const Filter filter{.destination = "SOUTH/HUB"};
  for (const auto& message : queue.list(filter)) queue.remove(matching(message, filter), noon);
  EXPECT_THAT(keys({}), ElementsAre("k1", "k3"));
  const auto left = queue.list().at(0).recipients;
  EXPECT_EQ(left.at(0).state, State::deleted);
  EXPECT_EQ(left.at(1).state, State::queued);
  EXPECT_EQ(queue.history(queue.list().at(0).id).back().text, "deleted: SOUTH/HUB/BOB");
}

TEST_F(Filters, WhatCameMeanwhileIsLeftOut) {
  const auto newest = queue.last_message();
  put("k4", "NORTH/CLINIC/ANN", {{"SOUTH/HUB/BOB", "SOUTH/HUB"}}, 0);
  EXPECT_THAT(keys({.sender = "*/ANN", .until = newest}), ElementsAre("k1"));
  EXPECT_EQ(queue.last_message(), newest + 1);
}

TEST_F(Filters, TheLastErrorIsFoundBehindNewMail) {
  EXPECT_EQ(queue.last_error("SOUTH/HUB"), "");
  queue.fail(pick_one().ids(), "BUSY", noon + 5 * second, true, noon);
  EXPECT_EQ(queue.last_error("SOUTH/HUB"), "BUSY");
  for (int i = 0; i < 30; ++i) {
    queue.accept(mail("new" + std::to_string(i)), "text", noon + 10 * second);
  }
  EXPECT_EQ(queue.last_error("SOUTH/HUB"), "BUSY");
  EXPECT_EQ(queue.last_error("EAST/SHIP"), "");
}

}  // namespace
}  // namespace mailqueue::test::filter_test
