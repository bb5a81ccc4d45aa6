#include "mailroom_pair.h"

namespace external::engine::mailroom_test {
namespace {

TEST(Mailroom, MovesMailOfAllSizesAndPrioritiesBothWays) {
  Offices o;
  std::size_t size = 0;
  for (const auto priority :
       {mailqueue::Priority::urgent, mailqueue::Priority::normal, mailqueue::Priority::low}) {
    for (unsigned i = 0; i < 40; ++i) {
      o.north.queue(o.world, some_text(size, i), priority);
      o.south.queue(o.world, some_text(5000 - size % 5000, i), priority);
      size += 131;
    }
  }
  const auto north = o.north.messages();
  const auto south = o.south.messages();
  Call call(o.world, o.north, o.south);
  ASSERT_TRUE(call.finish()) << call.result_a->message() << call.events_a.trouble << call.events_b.trouble;
  EXPECT_EQ(o.south.messages(), north);
  EXPECT_EQ(o.north.messages(), south);
}

TEST(Mailroom, WishesOfTheSenderGoAlong) {
  Offices o;
  mailqueue::Envelope envelope;
  envelope.key = "wish@NORTH/CLINIC";
  envelope.sender = "NORTH/CLINIC/ANNA";
  envelope.recipients = {{"SOUTH/HUB/BOB", "SOUTH/HUB", mailqueue::never, {}},
                         {"SOUTH/HUB/EVE", "SOUTH/HUB", {true, false, true}, "rfc822;eve@hub.example"}};
  envelope.envelope_id = "QQ314159";
  envelope.headers_only = true;
  o.north.mail->accept(envelope, "Subject: x\n\n", o.world.clock.wall());
  Call call(o.world, o.north, o.south);
  ASSERT_TRUE(call.finish());
  const auto there = o.south.mail->list().at(0).envelope;
  EXPECT_EQ(there.recipients, envelope.recipients);
  EXPECT_EQ(there.envelope_id, "QQ314159");
  EXPECT_TRUE(there.headers_only);
}

TEST(Mailroom, AKilledReceiverHasAllThatArrivedAndGetsOnlyTheRest) {
  for (const std::chrono::milliseconds when : {300ms, 650ms, 20000ms, 33000ms}) {
    Offices o;
    o.north.queue(o.world, some_text(when < 1s ? 4000 : 300000, 1));
    const auto content = o.north.messages();
    std::optional<Office> south;
    std::optional<Office> north;
    std::uint64_t arrived = 0;
    {
      Call broken(o.world, o.north, o.south);
      o.world.clock.advance(when);
      arrived = broken.session_b->progress().bytes_received;
      south.emplace(o.world, o.south);
      north.emplace(o.world, o.north);
    }
    Call call(o.world, *north, *south);
    ASSERT_TRUE(call.finish());
    EXPECT_EQ(south->messages(), content);
    EXPECT_TRUE(north->messages().empty());
    const auto sent = call.session_a->progress().bytes_sent;
    EXPECT_LE(sent + arrived, content.begin()->second.size() + 1024) << when.count() << " ms, of " << arrived;
  }
}

TEST(Mailroom, WhatIsHeldOrRemovedWhileItGoesStops) {
  Offices o;
  const auto held = o.north.queue(o.world, some_text(400000, 1));
  const auto removed = o.north.queue(o.world, some_text(400000, 2));
  o.north.queue(o.world, some_text(20000, 3));
  Call call(o.world, o.north, o.south);
  o.world.clock.advance(10s);
  auto& queue = *o.north.mail;
  queue.hold(held, o.world.clock.wall());
  queue.remove(removed, o.world.clock.wall());
  o.world.clock.advance(10s);
  ASSERT_TRUE(call.result_a) << "the call goes on";
  EXPECT_FALSE(*call.result_a) << call.result_a->message();
  EXPECT_EQ(o.south.messages().size(), 1u);
  const auto left = queue.list();
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left.front().id, held);
  EXPECT_EQ(left.front().recipients.front().state, mailqueue::State::held);
}

TEST(Mailroom, UrgentMailIsFoundBehindAnyNumberOfOthers) {
  Offices o;
  o.north.mail->batch([&] {
    for (unsigned i = 0; i < 300; ++i) o.north.queue(o.world, some_text(30000, i));
  });
  Call call(o.world, o.north, o.south);
  o.world.clock.advance(10s);
  const auto urgent = o.north.queue(o.world, some_text(1000, 1), mailqueue::Priority::urgent);
  call.session_a->news();
  o.world.clock.advance(2s);
  EXPECT_FALSE(o.north.mail->show(urgent));
}

TEST(Defect, Q199800_MuchMailOfOnePriorityHidesNoOther) {
  Offices o;
  mailqueue::MessageId low = 0;
  o.north.mail->batch([&] {
    for (unsigned i = 0; i < 300; ++i) o.north.queue(o.world, some_text(10, i));
    low = o.north.queue(o.world, some_text(10, 1), mailqueue::Priority::low);
  });
  OutgoingMail outgoing(*o.north.store, "SOUTH/HUB");
  const auto first = o.world.run(outgoing.next({1, 1, 1}));
  ASSERT_EQ(first.messages.size(), 2u);
  EXPECT_FALSE(first.more[0]);
  EXPECT_TRUE(first.more[1]);
  EXPECT_FALSE(first.more[2]);
  EXPECT_EQ(o.north.mail->show(low)->recipients.front().state, mailqueue::State::in_transfer);
}

TEST(Mailroom, LowPriorityIsSentOnceTheRestIsOut) {
  Offices o;
  o.north.mail->batch([&] {
    for (unsigned i = 0; i < 200; ++i) o.north.queue(o.world, some_text(500, i));
    for (unsigned i = 0; i < 200; ++i) o.north.queue(o.world, some_text(500, i), mailqueue::Priority::low);
  });
  Call call(o.world, o.north, o.south);
  ASSERT_TRUE(call.finish());
  EXPECT_EQ(o.south.messages().size(), 400u);
  EXPECT_TRUE(o.north.messages().empty());
}

}  // namespace
}  // namespace external::engine::mailroom_test
