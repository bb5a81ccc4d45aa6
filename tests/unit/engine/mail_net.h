#pragma once
// Post offices that know each other, without lines or engines: calls between two of them are made by hand, in
// virtual time.

#include "../../../src/engine/mailroom.h"
#include "memory_link.h"
#include "run.h"
#include "temp_folder.h"

#include <external/config/load.h>
#include <external/postoffice/mailbox.h>
#include <external/postoffice/submit.h>
#include <external/session/session.h>

#include <gmock/gmock.h>

#include <filesystem>
#include <map>

#include <lent.h>

namespace external::engine::test_net {

using external::test::TempFolder;
using external::test::VirtualWorld;

/// What was said of a session's messages.
struct Told final : session::Events {
  void message_sent(const session::Offer& offer) override { sent.push_back(offer); }
  void message_received(const session::Offer& offer) override { received.push_back(offer); }
  void message_refused(const session::Offer&, const session::Refusal& refusal) override {
    refusals.push_back(refusal);
  }
  void message_not_stored(const session::Offer&, const std::string& why) override { troubles.push_back(why); }
  std::vector<session::Offer> sent;
  std::vector<session::Offer> received;
  std::vector<session::Refusal> refusals;
  std::vector<std::string> troubles;
};

/// A post office in a folder of its own.
class Node {
 public:
  Node(VirtualWorld& world, const std::string& name, const std::string& sections,
       const std::string& global = "")
      : world_(world), name_(name) {
    std::filesystem::create_directories(folder / "mail");
    add_mailbox("ANNA");
    open(sections, global);
  }

  /// As after a new start with other settings.
  void open(const std::string& sections, const std::string& global = "") {
    store.reset();
    settings = config::parse(
        "[External]\nHomePO = " + name_ + "\n" + global + "[External-N]\nCommType = Tcp\n" + sections,
        folder / "external.ini");
    store = std::make_unique<MailStore>(world_.clock, test::lent(settings), Worker::Place::here);
  }

  void add_mailbox(const std::string& name) const { postoffice::Mailboxes(folder / "mail").add(name); }

  /// From ANNA here; the key.
  std::string send(const std::vector<std::string>& to, const std::string& content = "A: b\n\ntext\n") {
    const auto now = world_.clock.wall();
    auto envelope =
        postoffice::make_envelope({.from = name_ + "/ANNA", .to = to}, store->directory()->book(), now);
    auto mail = queue();
    const auto groups = store->directory()->expand(envelope);
    mail.batch([&] {
      const auto view = mail.show(*mail.accept(envelope, content, now).message);
      for (const auto& status : view->recipients) {
        const auto& address = status.recipient.address;
        if (std::find(groups.begin(), groups.end(), address) != groups.end())
          mail.expanded(std::array{status.id}, now);
      }
    });
    return envelope.key;
  }

  mailqueue::Queue queue() const { return mailqueue::Queue(settings.queue_file()); }
  Survey survey() { return world_.run(store->survey()); }

  std::vector<std::string> mailbox(const std::string& who = "ANNA") const {
    std::vector<std::string> messages;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "mail" / who / "new", none))
      messages.push_back(external::test::read_file(entry.path()));
    return messages;
  }

  const std::string& name() const { return name_; }

  TempFolder folder;
  config::Settings settings;
  std::unique_ptr<MailStore> store;

 private:
  VirtualWorld& world_;
  std::string name_;
};

/// What went over one call.
struct CallRecord {
  bool ok = false;
  std::uint64_t line_bytes = 0;     ///< from the caller
  std::uint64_t content_bytes = 0;  ///< of messages among them
  Told caller;
  Told answerer;
};

inline Task<> hold(session::Session& session, std::optional<error_code>& result,
                   external::test::MemoryLink& link) {
  result = co_await session.run();
  link.end(line::Error::hung_up);
}

/// A whole call from `a` to `b`.
inline CallRecord call(VirtualWorld& world, Node& a, Node& b) {
  CallRecord record;
  external::test::MemoryLink link_a(world.clock, world.io.get_executor(), {});
  external::test::MemoryLink link_b(world.clock, world.io.get_executor(), {});
  link_a.join(link_b);
  link_b.join(link_a);
  Mailroom room_a(*a.store, b.name());
  Mailroom room_b(*b.store, a.name());
  const auto make = [&](link::Link& link, Mailroom& room, Told& told, session::Role role) {
    session::Options options;
    options.bits_per_second = 57600;
    return session::make_session(link, room, room, told, world.clock, world.io.get_executor(), role, options);
  };
  const auto session_a = make(link_a, room_a, record.caller, session::Role::caller);
  const auto session_b = make(link_b, room_b, record.answerer, session::Role::answerer);
  std::optional<error_code> result_a;
  std::optional<error_code> result_b;
  for (auto* link : {&link_a, &link_b}) asio::co_spawn(world.io, link->run(), [](const auto&...) {});
  asio::co_spawn(world.io, hold(*session_a, result_a, link_b), asio::detached);
  asio::co_spawn(world.io, hold(*session_b, result_b, link_a), asio::detached);
  world.clock.run_until([&] { return result_a && result_b; }, std::chrono::hours(2));
  record.ok = result_a && !*result_a;
  record.line_bytes = link_a.bytes_sent();
  record.content_bytes = session_a->progress().bytes_sent;
  for (auto* link : {&link_a, &link_b}) link->end(line::Error::hung_up);
  world.clock.advance(std::chrono::seconds(1));
  return record;
}

}  // namespace external::engine::test_net
