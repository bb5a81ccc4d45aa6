#include "../../../src/engine/mailroom.h"

#include "memory_link.h"
#include "run.h"
#include "temp_folder.h"

#include <external/config/load.h>
#include <external/session/session.h>

#include <random>

namespace external::engine {
namespace {

using namespace std::chrono_literals;

std::string some_text(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string text(size, ' ');
  for (auto& one : text) one = static_cast<char>('a' + random() % 26);
  return text;
}

class NoEvents final : public session::Events {
 public:
  void message_sent(const session::Offer&) override {}
  void message_received(const session::Offer&) override {}
  void message_refused(const session::Offer&, const session::Refusal& refusal) override {
    trouble = refusal.text;
  }
  void message_not_stored(const session::Offer&, const std::string& why) override { trouble = why; }
  std::string trouble;
};

/// A post office in a folder of its own, with the other as its neighbour.
struct Office {
  Office(test::VirtualWorld& world, const std::string& name, const std::string& the_peer)
      : peer(the_peer),
        text("[External]\nHomePO = " + name + "\n[External-N]\nCommType = Tcp\n[PostOffice " + peer +
             "]\nPassword = x\n") {
    open(world);
  }

  /// As `dead` would find its disk if it had been killed right now.
  Office(test::VirtualWorld& world, const Office& dead) : peer(dead.peer), text(dead.text) {
    std::filesystem::copy(dead.folder.path(), folder.path(), std::filesystem::copy_options::recursive);
    open(world);
  }

  void open(test::VirtualWorld& world) {
    settings = config::parse(text, folder / "external.ini");
    store = std::make_unique<MailStore>(world.clock, settings, Worker::Place::here);
    mail = std::make_unique<mailqueue::Queue>(settings.queue_file());
  }

  mailqueue::MessageId queue(test::VirtualWorld& world, const std::string& content,
                             mailqueue::Priority priority = mailqueue::Priority::normal) {
    mailqueue::Envelope envelope;
    envelope.key = "key" + std::to_string(++count) + "@" + settings.home_po;
    envelope.sender = settings.home_po + "/ANNA";
    envelope.recipients = {{peer + "/BOB", peer}};
    envelope.priority = priority;
    envelope.accepted = world.clock.wall();
    envelope.useful_life = 24h;
    return *mail->accept(envelope, content, world.clock.wall()).message;
  }

  /// Contents of the messages here, by key.
  std::map<std::string, std::string> messages() const {
    std::map<std::string, std::string> found;
    for (const auto& view : mail->list()) found[view.envelope.key] = mail->read(view.id, 0, view.size);
    return found;
  }

  std::string peer;
  std::string text;
  test::TempFolder folder;
  config::Settings settings;
  std::unique_ptr<MailStore> store;
  std::unique_ptr<mailqueue::Queue> mail;
  int count = 0;
};

/// A call from `a` to `b`.
class Call {
 public:
  Call(test::VirtualWorld& world, Office& a, Office& b, unsigned bits_per_second = 57600)
      : world_(world),
        link_a(world.clock, world.io.get_executor(), {}),
        link_b(world.clock, world.io.get_executor(), {}),
        room_a_(*a.store, a.peer),
        room_b_(*b.store, b.peer) {
    session::Options options;
    options.bits_per_second = bits_per_second;
    link_a.join(link_b);
    link_b.join(link_a);
    session_a = session::make_session(link_a, room_a_, room_a_, events_a, world.clock,
                                      world.io.get_executor(), session::Role::caller, options);
    session_b = session::make_session(link_b, room_b_, room_b_, events_b, world.clock,
                                      world.io.get_executor(), session::Role::answerer, options);
    for (auto* link : {&link_a, &link_b}) asio::co_spawn(world.io, link->run(), [](const auto&...) {});
    asio::co_spawn(world.io, hold(*session_a, result_a), asio::detached);
    asio::co_spawn(world.io, hold(*session_b, result_b), asio::detached);
  }
  ~Call() {
    hang_up();
    world_.clock.advance(1s);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  void hang_up() {
    link_a.end(line::Error::hung_up);
    link_b.end(line::Error::hung_up);
  }

  /// To its end; whether both saw a proper one.
  bool finish() {
    const bool ended = world_.clock.run_until([this] { return result_a && result_b; }, 2h);
    return ended && !*result_a && !*result_b;
  }

 private:
  Task<> hold(session::Session& session, std::optional<error_code>& result) {
    result = co_await session.run();
    hang_up();
  }

  test::VirtualWorld& world_;

 public:
  test::MemoryLink link_a;
  test::MemoryLink link_b;
  NoEvents events_a;
  NoEvents events_b;
  std::optional<error_code> result_a;
  std::optional<error_code> result_b;

 private:
  Mailroom room_a_;
  Mailroom room_b_;

 public:
  std::unique_ptr<session::Session> session_a;
  std::unique_ptr<session::Session> session_b;
};

struct Offices {
  test::VirtualWorld world;
  Office north{world, "NORTH/CLINIC", "SOUTH/HUB"};
  Office south{world, "SOUTH/HUB", "NORTH/CLINIC"};
};

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
}  // namespace external::engine
