#pragma once
// Post offices with modems on one telephone exchange, all of it in virtual time.

#include "exchange_line.h"
#include "run.h"
#include "temp_folder.h"

#include <external/config/load.h>
#include <external/engine/engine.h>
#include <external/postoffice/mailbox.h>
#include <mailqueue/queue.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

namespace external::matrix {

using namespace std::chrono_literals;

/// A log in memory; each line with its time.
class MemoryLog final : public log::Log {
 public:
  explicit MemoryLog(const Clock& clock) : clock_(clock) {}
  ~MemoryLog() override {
    std::vector<std::string> texts;
    for (const auto& line : lines_) texts.push_back(line.text);
    test::keep_lines(texts);
  }

  void write(std::string_view, std::string_view text) override {
    lines_.push_back({clock_.now(), std::string(text)});
  }

  std::size_t count(std::string_view part) const {
    return static_cast<std::size_t>(std::count_if(lines_.begin(), lines_.end(), [&](const Line& line) {
      return line.text.find(part) != std::string::npos;
    }));
  }
  bool has(std::string_view part) const { return count(part) > 0; }
  void clear() { lines_ = {}; }

  std::string all() const {
    std::string text;
    for (const auto& line : lines_) {
      const auto seconds = std::chrono::duration<double>(line.at.time_since_epoch()).count();
      text += std::to_string(seconds) + " " + line.text + "\n";
    }
    return text;
  }

 private:
  struct Line {
    TimePoint at;
    std::string text;
  };
  const Clock& clock_;
  std::vector<Line> lines_;
};

/// One post office: its folder, its engine as that comes and goes, and its log.
class Office {
 public:
  /// `open` opens its only modem's port. `settings` go into the section of that instance, `peers` follow it.
  Office(external::test::VirtualWorld& world, std::string name, engine::OpenLine open,
         const std::string& settings, const std::string& peers)
      : log(world.clock), world_(world), name_(std::move(name)), open_(std::move(open)) {
    std::filesystem::create_directories(folder.path() / "mail");
    postoffice::Mailboxes(folder.path() / "mail").add("ANNA");
    ini_ = "[External]\nHomePO = " + name_ +
           "\nLogVerbose = yes\n[External-Modem1]\nAsyncCommPort = /dev/modem\nAsyncSpeed = "
           "9600\nRetryInterval = "
           "5s\n" +
           settings + peers;
  }
  ~Office() { EXPECT_TRUE(stop()) << log.all(); }

  void start() { start_with({}); }
  /// With these options, and what this place needs.
  void start_with(engine::EngineOptions options) {
    options.script_folders = {SCRIPT_FOLDER};
    options.open_line = open_;
    options.own_threads = false;
    // Each its own, and the same each time.
    options.random = [engine = std::mt19937(static_cast<unsigned>(name_.size()))]() mutable {
      return std::uniform_real_distribution<double>(0, 1)(engine);
    };
    start(std::move(options));
  }
  void start(engine::EngineOptions options) {
    engine.emplace(world_.io.get_executor(), world_.clock,
                   config::parse(ini_, folder.path() / "external.ini"), log, std::move(options));
    ended_ = false;
    asio::co_spawn(world_.io, engine->run(), [this](const std::exception_ptr&) {
      ended_ = true;
      if (on_end) on_end();
    });
  }
  bool start_and_initialise() {
    start();
    return log_gets("Initialization complete. Ready.");
  }

  /// Stops it, and says whether it did stop.
  bool stop(Duration limit = 60s) {
    if (!engine) return true;
    engine->stop();
    const TimePoint end = world_.clock.now() + limit;
    while (!ended_ && world_.clock.now() < end) {
      const TimePoint before = world_.clock.now();
      world_.clock.run_until([this] { return ended_; }, 1s);
      if (!ended_ && world_.clock.now() == before) world_.clock.advance(1s);  // nothing waits for time
      // Threads of its own work in real time.
      world_.io.restart();
      if (!ended_) world_.io.run_for(std::chrono::milliseconds(1));
    }
    if (ended_) engine.reset();
    return ended_;
  }

  /// Runs until the log has `part` once more than now.
  bool log_gets(std::string_view part, Duration limit = 10min) {
    const auto before = log.count(part);
    return world_.clock.run_until([&] { return log.count(part) > before; }, limit);
  }
  bool is_in_state(engine::LineState state, Duration limit = 10min) {
    return world_.clock.run_until([&] { return this->state() == state; }, limit);
  }
  engine::LineState state() const { return engine->report().lines.front().state; }
  std::string detail() const { return engine->report().lines.front().detail; }

  void queue_urgent(const std::string& to, const std::string& content) {
    queue(to, content, mailqueue::Priority::urgent);
  }
  void queue(const std::string& to, const std::string& content,
             mailqueue::Priority priority = mailqueue::Priority::normal) {
    mailqueue::Queue queue(folder.path() / "queue.db");
    mailqueue::Envelope envelope;
    envelope.key = "key" + std::to_string(++queued_) + "@" + name_;
    envelope.sender = name_ + "/ANNA";
    envelope.recipients = {{to, to.substr(0, to.rfind('/'))}};
    envelope.accepted = world_.clock.wall();
    envelope.useful_life = 24h * 30;
    envelope.priority = priority;
    queue.accept(envelope, content, world_.clock.wall());
    if (engine) engine->news();
  }

  /// What `external call` does; the report comes when the call has ended.
  void call(const std::string& post_office, std::optional<engine::CallReport>& report) {
    report.reset();
    asio::co_spawn(world_.io, engine->call(post_office),
                   [&report](const std::exception_ptr&, engine::CallReport got) { report = std::move(got); });
  }

  std::vector<std::string> mailbox(const std::string& who = "ANNA") const {
    std::vector<std::string> messages;
    std::error_code none;
    for (const auto& entry :
         std::filesystem::directory_iterator(folder.path() / "mail" / who / "new", none)) {
      std::ifstream in(entry.path(), std::ios::binary);
      messages.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
    return messages;
  }

  void forget_log() { log.clear(); }

  bool ended() const { return ended_; }
  const std::string& settings() const { return ini_; }

  /// It may dial, too.
  void dials(const std::string& post_office, const std::string& number) {
    rules(post_office, "Phone = " + number + "\n");
  }
  /// More settings of a post office; more of [External].
  void rules(const std::string& post_office, const std::string& settings) {
    const auto section = "[PostOffice " + post_office + "]\n";
    ini_.insert(ini_.find(section) + section.size(), settings);
  }
  /// Puts `by` in the place of what the settings say once, and lets the engine that runs use them. What was
  /// wrong with them; empty if nothing was.
  std::string reload(const std::string& what, const std::string& by) {
    ini_.replace(ini_.find(what), what.size(), by);
    std::optional<std::string> answer;
    asio::co_spawn(world_.io, engine->use(config::parse(ini_, folder.path() / "external.ini")),
                   [&](const std::exception_ptr& thrown) {
                     answer.emplace();
                     try {
                       if (thrown) std::rethrow_exception(thrown);
                     } catch (const std::exception& error) {
                       answer = error.what();
                     }
                   });
    world_.clock.run_until([&] { return answer.has_value(); }, 1min);
    return answer.value_or("no end");
  }

  void global(const std::string& settings) { ini_.insert(ini_.find("[External]\n") + 11, settings); }

  void script(const std::string& name, const std::string& source) const {
    std::ofstream(folder.path() / name) << source;
  }

  external::test::TempFolder folder;
  MemoryLog log;
  std::optional<engine::Engine> engine;
  std::function<void()> on_end;  ///< called when it says that it has ended

 private:
  external::test::VirtualWorld& world_;
  std::string name_;
  std::string ini_;
  engine::OpenLine open_;
  bool ended_ = true;
  int queued_ = 0;
};

/// Opens a station's port for an engine.
inline engine::OpenLine port_of(Station& station) {
  return [&station](const config::Instance&) -> Task<Result<std::unique_ptr<line::Line>>> {
    co_return station.open();
  };
}

/// NORTH/CLINIC (5550001, may dial) and SOUTH/HUB (5550002).
struct VirtualTown : external::test::VirtualWorld {
  explicit VirtualTown(const std::string& settings = "", StationOptions options = {},
                       phonenet::ExchangeOptions exchange = {})
      : phones(io.get_executor(), clock, exchange),
        north_modem(phones, "5550001", "north", options),
        south_modem(phones, "5550002", "south", options),
        north(*this, "NORTH/CLINIC", port_of(north_modem), settings,
              "[PostOffice SOUTH/HUB]\nPhone = 5550002\nPassword = one\n"),
        south(*this, "SOUTH/HUB", port_of(south_modem), settings,
              "[PostOffice NORTH/CLINIC]\nPassword = one\n") {}

  bool start() {
    north.start();
    south.start();
    return north.is_in_state(engine::LineState::listening) && south.is_in_state(engine::LineState::listening);
  }

  bool run_until(const std::function<bool()>& done, Duration limit = 10min) {
    return clock.run_until(done, limit);
  }

  /// A message from the north arrives in the south once and only once.
  void expect_mail_passes() {
    const auto before = south.mailbox().size();
    north.queue("SOUTH/HUB/ANNA", "Subject: " + std::to_string(before) + "\n\nmail\n");
    EXPECT_TRUE(run_until([&] { return south.mailbox().size() > before; })) << "north\n"
                                                                            << north.log.all() << "south\n"
                                                                            << south.log.all();
    EXPECT_EQ(south.mailbox().size(), before + 1);
  }

  Telephony phones;
  Station north_modem;
  Station south_modem;
  Office north;
  Office south;
};

}  // namespace external::matrix
