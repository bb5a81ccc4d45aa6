// A disk that is full: no mail is taken, none is lost, and service goes on by itself.

#include "mailroom_pair.h"

#include <gmock/gmock.h>

namespace external::engine::full_disk_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr std::uint64_t megabyte = 1 << 20;

TEST(FullDisk, TheLogTellsOnceThatItIsFullAndOnceThatItIsNot) {
  test::VirtualWorld world;
  Office office(world, "SOUTH/HUB", "NORTH/CLINIC");
  EXPECT_THAT(office.survey(world), IsEmpty());
  office.disk_room = 31 * megabyte;
  EXPECT_THAT(office.survey(world), ElementsAre(StartsWith("Disk storage full: 31,744 KB are free in ")));
  office.disk_room = 33 * megabyte;  // between the limits
  EXPECT_THAT(office.survey(world), IsEmpty());
  office.disk_room = 64 * megabyte;
  EXPECT_THAT(office.survey(world), ElementsAre(StartsWith("Disk storage available again: 65,536 KB")));
}

TEST(FullDisk, TheOtherEndIsToldAndKeepsTheMailWithoutATry) {
  Offices o;
  for (unsigned i = 0; i < 300; ++i) o.north.queue(o.world, some_text(2000, i));
  o.south.queue(o.world, "Subject: from a full disk\n\n");
  o.south.disk_room = 10 * megabyte;
  {
    Call call(o.world, o.north, o.south);
    ASSERT_TRUE(call.finish());
    EXPECT_THAT(call.events_a.trouble, "Disk storage full at SOUTH/HUB: 10,240 KB are free");
    EXPECT_LT(call.events_a.not_stored, 150) << "it went on offering";
  }
  EXPECT_EQ(o.north.messages().size(), 301u) << "a full disk can still send";
  EXPECT_THAT(o.south.messages(), IsEmpty());
  const auto view = o.north.mail->list().at(0);
  EXPECT_EQ(view.recipients.at(0).attempts, 0);
  EXPECT_THAT(o.north.mail->history(view.id).back().text, HasSubstr("Disk storage full at SOUTH/HUB"));
  // All of it waits, not only what was offered.
  EXPECT_THAT(o.north.mail->pick({"SOUTH/HUB"}, o.world.clock.wall(), 1000), IsEmpty());

  o.south.disk_room = 100 * megabyte;
  o.world.clock.advance(6min);
  Call call(o.world, o.north, o.south);
  ASSERT_TRUE(call.finish());
  EXPECT_EQ(o.south.messages().size(), 300u);
}

TEST(FullDisk, WhatArrivesWhenItFillsUpIsContinuedLater) {
  Offices o;
  o.north.queue(o.world, some_text(300'000, 1));
  const auto content = o.north.messages();
  std::uint64_t arrived = 0;
  {
    Call call(o.world, o.north, o.south);
    o.world.clock.advance(20s);
    arrived = call.session_b->progress().bytes_received;
    EXPECT_GT(arrived, 50'000u);
    o.south.disk_room = 1;
    ASSERT_TRUE(call.finish());
    EXPECT_THAT(call.events_a.trouble, StartsWith("Disk storage full at SOUTH/HUB"));
    EXPECT_THAT(call.events_b.trouble, StartsWith("Disk storage full at SOUTH/HUB"));
  }
  EXPECT_THAT(o.south.messages(), IsEmpty());
  o.south.disk_room = 100 * megabyte;
  Call call(o.world, o.north, o.south);
  ASSERT_TRUE(call.finish());
  EXPECT_EQ(o.south.messages(), content);
  EXPECT_LE(call.session_a->progress().bytes_sent, 300'000 - arrived + 50'000);
}

TEST(FullDisk, AMessageThatWouldFillItWaitsWhileSmallerOnesPass) {
  Offices o;
  o.north.queue(o.world, some_text(2'000'000, 1));
  o.north.queue(o.world, some_text(20'000, 2));
  o.south.disk_room = 33 * megabyte;
  Call call(o.world, o.north, o.south);
  ASSERT_TRUE(call.finish());
  EXPECT_THAT(call.events_a.trouble, "no room at SOUTH/HUB for 2,000,000 bytes: 33,792 KB are free");
  EXPECT_EQ(o.south.messages().size(), 1u);
  EXPECT_EQ(o.north.messages().size(), 1u);
}

// Mail that had been delivered was sent again and again when the disk could not note that.
TEST(Defect, Q120220_WhatWasDeliveredIsNotTakenTwiceOnAFullDisk) {
  Offices o;
  o.north.queue(o.world, some_text(20'000, 1));
  {
    Call call(o.world, o.north, o.south);
    ASSERT_TRUE(call.finish());
  }
  // As after an acknowledgement that was lost: the same message is offered again.
  Office again(o.world, "NORTH/CLINIC", "SOUTH/HUB");
  again.queue(o.world, some_text(20'000, 1));
  o.south.disk_room = 1;
  Call call(o.world, again, o.south);
  ASSERT_TRUE(call.finish());
  EXPECT_THAT(again.messages(), IsEmpty());
  EXPECT_EQ(o.south.messages().size(), 1u);
}

}  // namespace
}  // namespace external::engine::full_disk_test
