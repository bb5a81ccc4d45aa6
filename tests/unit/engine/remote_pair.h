#pragma once
// A post office with the mailbox of ANNA, machines of hers, and calls between them on a line in memory, in
// virtual time.

#include "../../../src/engine/collection.h"
#include "../../../src/engine/rooms.h"
#include "memory_link.h"
#include "run.h"
#include "temp_folder.h"

#include <external/config/load.h>
#include <external/engine/held_items.h>
#include <external/postoffice/submit.h>
#include <external/session/session.h>

#include <gmock/gmock.h>

#include <map>
#include <set>

#include <lent.h>

namespace external::engine::remote {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

inline const std::string anna = "NORTH/CLINIC/ANNA";

inline std::string letter(const std::string& subject, std::size_t size = 0) {
  return "From: Bert <bert@clinic.north>\nSubject: " + subject + "\n\n" + std::string(size, 'x') + "\n";
}

/// Either end: settings, a queue, a Maildir of ANNA.
struct End {
  End(test::VirtualWorld& the_world, const std::string& settings_text)
      : world(the_world), text(settings_text) {
    fs::create_directories(folder / "mail");
    postoffice::Mailboxes(folder / "mail").add("ANNA");
    open();
  }

  /// As `dead` would find its disk if it had been killed right now.
  End(test::VirtualWorld& the_world, const End& dead) : world(the_world), text(dead.text) {
    fs::copy(dead.folder.path(), folder.path(), fs::copy_options::recursive);
    open();
  }

  void open() {
    store.reset();
    settings = config::parse(text, folder / "external.ini");
    store = std::make_unique<MailStore>(world.clock, test::lent(settings), Worker::Place::here,
                                        [this](const auto&) { return disk_room; });
  }

  fs::path maildir() const { return folder / "mail" / "ANNA"; }

  /// What is in the Maildir: by subject the flags, and by subject the whole text.
  std::map<std::string, std::string> flags() const {
    std::map<std::string, std::string> found;
    for (const auto& item : items_in(maildir())) found[subject_of(item)] += item.flags;
    return found;
  }

  std::vector<std::string> subjects() const {
    std::vector<std::string> found;
    for (const auto& item : items_in(maildir())) found.push_back(subject_of(item));
    std::sort(found.begin(), found.end());
    return found;
  }

  std::optional<MailboxItem> item(const std::string& subject) const {
    for (auto& item : items_in(maildir())) {
      if (subject_of(item) == subject) return item;
    }
    return std::nullopt;
  }

  std::string content(const std::string& subject) const {
    const auto found = item(subject);
    return found ? test::read_file(found->file) : "none";
  }

  static std::string subject_of(const MailboxItem& item) {
    const auto text_of = test::read_file(item.file);
    const auto at = text_of.find("Subject: ");
    return at == std::string::npos ? "" : text_of.substr(at + 9, text_of.find('\n', at) - at - 9);
  }

  void set(const std::string& subject, const std::string& flags_wanted) const {
    const auto found = item(subject);
    ASSERT_TRUE(found) << subject;
    set_flags(maildir(), *found, flags_wanted);
  }

  void remove(const std::string& subject) const { fs::remove(item(subject).value().file); }

  std::vector<postoffice::DeliveryEvent> survey() { return world.run(store->survey()).events; }

  mailqueue::Queue queue() const { return mailqueue::Queue(settings.queue_file()); }

  test::VirtualWorld& world;
  std::string text;
  test::TempFolder folder;
  std::optional<std::uint64_t> disk_room = 1ULL << 40;
  config::Settings settings;
  std::unique_ptr<MailStore> store;
};

struct PostOffice : End {
  explicit PostOffice(test::VirtualWorld& the_world)
      : End(the_world,
            "[External]\nHomePO = NORTH/CLINIC\n[External-N]\nCommType = Tcp\n"
            "[PostOffice SOUTH/HUB]\nPassword = x\n[Group STAFF]\nMembers = anna, bert\n") {
    postoffice::Mailboxes(folder / "mail").add("BERT");
  }

  /// A message in the mailbox of ANNA, a second younger than the one before.
  void add(const std::string& subject, std::size_t size = 0, const std::string& item_flags = "") {
    const auto name = "1700000" + std::to_string(1000 + ++count) + ".M1P2.host";
    const auto file =
        item_flags.empty() ? maildir() / "new" / name : maildir() / "cur" / (name + ":2," + item_flags);
    test::write_file(file, letter(subject, size));
    fs::last_write_time(file, fs::file_time_type::clock::now() - 1h + std::chrono::seconds(count));
  }

  void add_many(int number, std::size_t size = 0) {
    for (int i = 1; i <= number; ++i) add("Letter " + std::to_string(i), size);
  }

  int count = 0;
};

struct Machine : End {
  explicit Machine(test::VirtualWorld& the_world)
      : End(the_world,
            "[External]\nHomePO = NORTH/CLINIC\nRemoteUser = anna\n[External-L]\nCommType = Tcp\n"
            "[PostOffice NORTH/CLINIC]\nAddress = 127.0.0.1:1\nPassword = x\n") {}
  Machine(test::VirtualWorld& the_world, const Machine& dead) : End(the_world, dead) {}

  /// From ANNA, unless somebody else is named.
  void write(const std::string& to, const std::string& content = letter("up"),
             const std::string& from = anna) const {
    const auto now = world.clock.wall();
    const auto envelope =
        postoffice::make_envelope({.from = from, .to = {to}}, store->directory()->book(), now);
    queue().accept(envelope, content, now);
  }
};

/// What was said of a session's messages at one end.
struct Told final : session::Events {
  void message_sent(const session::Offer& offer) override { sent.push_back(offer); }
  void message_received(const session::Offer& offer) override { received.push_back(offer); }
  void message_refused(const session::Offer&, const session::Refusal& refusal) override {
    refusals.push_back(refusal.text);
  }
  void message_not_stored(const session::Offer&, const std::string& why) override { troubles.push_back(why); }

  /// Numbers of the items, in their order.
  std::vector<std::uint64_t> items() const {
    std::vector<std::uint64_t> numbers;
    for (const auto& offer : received) numbers.push_back(offer.envelope.item.value().number);
    return numbers;
  }

  std::vector<session::Offer> sent;
  std::vector<session::Offer> received;
  std::vector<std::string> refusals;
  std::vector<std::string> troubles;
};

/// A call from a machine to its post office.
class Call {
 public:
  Call(Machine& machine, PostOffice& office, CollectionWish wish = {}, unsigned bytes_per_second = 5760)
      : world_(machine.world),
        here_(world_.clock, world_.io.get_executor(), {.bytes_per_second = bytes_per_second}),
        there_(world_.clock, world_.io.get_executor(), {.bytes_per_second = bytes_per_second}),
        collecting_(rooms_for_collecting(*machine.store, "NORTH/CLINIC", std::move(wish), {})),
        owner_(rooms_for_owner(*office.store, world_.io.get_executor(), anna)) {
    here_.join(there_);
    there_.join(here_);
    session::Options options{.bits_per_second = bytes_per_second * 10};
    session_there_ =
        session::make_session(there_, owner_->outbox(), owner_->inbox(), office_told, world_.clock,
                              world_.io.get_executor(), session::Role::answerer, options);
    world_.run(collecting_->prepare(options));
    session_here_ =
        session::make_session(here_, collecting_->outbox(), collecting_->inbox(), told, world_.clock,
                              world_.io.get_executor(), session::Role::caller, options);
    for (auto* link : {&here_, &there_}) asio::co_spawn(world_.io, link->run(), [](const auto&...) {});
    asio::co_spawn(world_.io, hold(*session_here_, *collecting_, result), asio::detached);
    asio::co_spawn(world_.io, hold(*session_there_, *owner_, office_result), asio::detached);
  }
  ~Call() {
    hang_up();
    world_.clock.advance(1s);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  void hang_up() {
    here_.end(line::Error::hung_up);
    there_.end(line::Error::hung_up);
  }

  /// To its end; whether both saw a proper one.
  bool finish() {
    const bool ended = world_.clock.run_until([this] { return result && office_result; }, 6h);
    return ended && !*result && !*office_result;
  }

  session::Progress progress() const { return session_here_->progress(); }

 private:
  Task<> hold(session::Session& session, Rooms& rooms, std::optional<error_code>& to) {
    const auto error = co_await session.run();
    co_await rooms.finish();
    to = error;
    hang_up();
  }

  test::VirtualWorld& world_;
  test::MemoryLink here_;
  test::MemoryLink there_;
  std::unique_ptr<Rooms> collecting_;
  std::unique_ptr<Rooms> owner_;

 public:
  Told told;
  Told office_told;
  std::optional<error_code> result;
  std::optional<error_code> office_result;

 private:
  std::unique_ptr<session::Session> session_here_;
  std::unique_ptr<session::Session> session_there_;
};

/// A whole call; what came.
inline Told call(Machine& machine, PostOffice& office, CollectionWish wish = {}) {
  Call one(machine, office, std::move(wish));
  EXPECT_TRUE(one.finish()) << (one.result ? one.result->message() : "no end");
  return one.told;
}

inline CollectionWish chosen(std::initializer_list<std::uint64_t> numbers) {
  CollectionWish wish;
  wish.wish.what = session::Wish::What::chosen;
  for (const auto number : numbers) wish.wish.chosen.add(number);
  return wish;
}

}  // namespace external::engine::remote
