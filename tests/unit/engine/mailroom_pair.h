#pragma once
// Two post offices with real queues, and calls between them on a line in memory, in virtual time.

#include "../../../src/engine/mailroom.h"
#include "memory_link.h"
#include "run.h"
#include "temp_folder.h"

#include <external/config/load.h>
#include <external/session/session.h>

#include <map>
#include <random>

#include <lent.h>

namespace external::engine {

using namespace std::chrono_literals;

inline std::string some_text(std::size_t size, unsigned seed) {
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
  void message_not_stored(const session::Offer&, const std::string& why) override {
    trouble = why;
    ++not_stored;
  }
  std::string trouble;
  int not_stored = 0;
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
    store = std::make_unique<MailStore>(world.clock, test::lent(settings), Worker::Place::here,
                                        [this](const auto&) { return disk_room; });
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

  /// What a survey writes to the log.
  std::vector<std::string> survey(test::VirtualWorld& world) {
    Survey result;
    asio::co_spawn(
        world.io,
        [](MailStore& mail_store, Survey& to) -> Task<> { to = co_await mail_store.survey(); }(*store,
                                                                                               result),
        asio::detached);
    world.clock.advance(1s);
    auto lines = result.notes;
    for (const auto& event : result.events) lines.push_back(event.text);
    return lines;
  }

  std::string peer;
  std::string text;
  std::optional<std::uint64_t> disk_room = 1ULL << 40;
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

}  // namespace external::engine
