// Rows about lines that listen: who calls, who gives up, and what the modem is like by then.

#include "virtual_town.h"

#include <external/modem/modem.h>

#include <sqlite3.h>

#include <atomic>
#include <future>
#include <random>
#include <thread>

namespace external::matrix::listening_rows_test {
namespace {

using engine::LineState;
using testing::HasSubstr;

/// A telephone with nobody's External at it.
class Caller {
 public:
  Caller(Telephony& phones, const std::string& number) : station_(phones, number, "caller") {
    station_.modem().set_dtr(true);
    say("ATE0\r");
  }
  void dial(const std::string& number) { say("ATDT" + number + "\r"); }
  /// Puts the receiver down, whatever it is doing.
  void leave() {
    station_.modem().set_dtr(false);
    station_.modem().set_dtr(true);
  }
  void say(std::string_view text) { station_.modem().receive(as_bytes(text)); }
  bool online() const {
    return const_cast<Station&>(station_).modem().state() == phonenet::ModemState::online;
  }

 private:
  Station station_;
};

TEST(VirtualTown, MovesMail) {
  VirtualTown town;
  ASSERT_TRUE(town.start());
  town.expect_mail_passes();
}

// A single ring at any moment of hanging up and resetting is answered, not lost.
TEST(FaultMatrix, R05_ListenArmedDuringCall) {
  phonenet::ExchangeOptions exchange;
  exchange.phantom_rings = 1;
  VirtualTown town("", {}, exchange);
  Caller caller(town.phones, "5550003");
  ASSERT_TRUE(town.start());
  int rung = 0;
  for (Duration after{}; after < 3500ms; after += 250ms) {
    caller.dial("5550002");
    ASSERT_TRUE(town.run_until([&] { return town.south.state() == LineState::connected; }));
    caller.leave();
    ASSERT_TRUE(town.south.log_gets("-- Closing connection --"));
    town.clock.advance(after);
    const auto answered = town.south_modem.count("ATA");
    if (!town.south_modem.subscriber().phantom_ring()) continue;  // still off hook: the caller hears busy
    ++rung;
    EXPECT_TRUE(town.run_until([&] { return town.south_modem.count("ATA") > answered; }, 20s)) << after / 1ms;
    ASSERT_TRUE(town.south.is_in_state(LineState::listening));
  }
  EXPECT_GE(rung, 5);
  town.expect_mail_passes();
}

// A hundred callers who leave before the answer, while the modems train, or in the middle of the sign-on.
TEST(FaultMatrix, R07_AbandonedCalls) {
  VirtualTown town;
  Caller caller(town.phones, "5550003");
  ASSERT_TRUE(town.start());
  std::mt19937 random(1);
  for (int call = 0; call < 100; ++call) {
    caller.dial("5550002");
    town.clock.advance(std::chrono::milliseconds(random() % 9000));
    if (caller.online() && random() % 2 == 0) caller.say(std::string("\x00\x12 abc\x00", 7));
    town.clock.advance(std::chrono::milliseconds(random() % 2000));
    caller.leave();
    ASSERT_TRUE(town.run_until([&] { return town.south.state() == LineState::listening; }, 5min)) << call;
    town.clock.advance(1s);
  }
  const auto& log = town.south.log;
  EXPECT_GE(log.count("Call not answered"), 5u);
  EXPECT_GE(log.count("Answering call"), 20u);
  // All of them ended on the same path.
  EXPECT_EQ(log.count("-- Closing connection --"),
            log.count("Call not answered") + log.count("Answering call"));
  town.expect_mail_passes();
}

// The rings of callers who gave up are not counted for the next one.
TEST(FaultMatrix, R08_RingsOfAnAbandonedCallAreForgotten) {
  VirtualTown town("NumberOfRings = 3\n");
  ASSERT_TRUE(town.start());
  const auto ring = [&](int times) {
    for (int i = 0; i < times; ++i) {
      town.south_modem.modem().ring();
      town.clock.advance(5s);
    }
  };
  for (int call = 0; call < 50; ++call) {
    ring(2);
    town.clock.advance(10s);
  }
  EXPECT_EQ(town.south_modem.count("ATA"), 0u);
  ring(2);
  EXPECT_EQ(town.south_modem.count("ATA"), 0u);
  ring(1);
  EXPECT_EQ(town.south_modem.count("ATA"), 1u);
}

TEST(FaultMatrix, R09_ZeroRingsMeansAtOnce) {
  VirtualTown town("NumberOfRings = 0\n");
  ASSERT_TRUE(town.start());
  town.south_modem.modem().ring();
  town.clock.advance(100ms);
  EXPECT_EQ(town.south_modem.count("ATA"), 1u);
}

TEST(FaultMatrix, R10_QueuedRingsAreOne) {
  const char* const exact = R"(
INITIALIZE: sendln "ATE0V0" waitrsp 2 return 0
ANSWER: waitrsp 1 if (response != "2^M") return 8
        sendln "ATA" waitrsp 60 if (response = "0^M") return 12 return 8
RESET: return 0
DISCONNECT: sendln "ATH0" waitrsp 1 return 0
)";
  const auto script = modem::compile(exact, "EXACT.MDM").script.value();
  for (const Duration late : {3s, 7s, 13s}) {
    external::test::VirtualWorld world;
    Telephony phones(world.io.get_executor(), world.clock);
    Station station(phones, "1", "one");
    modem::ScriptEvents nobody;
    modem::Modem modem(station.open().value(), script, world.clock, nobody);
    ASSERT_TRUE(world.run(modem.initialize()).ok());
    // Nobody listens, and the telephone rings every 6 s, now first.
    for (Duration at{}; at <= late; at += 6s) {
      station.modem().ring();
      world.clock.advance(std::min<Duration>(6s, late - at));
    }
    ASSERT_EQ(world.run(modem.listen(world.clock.now() + 1s)).value(), modem::Attention::call);
    world.run(modem.answer());
    EXPECT_EQ(station.count("ATA"), 1u) << late / 1s;
  }
}

/// Keeps everybody else from the queue of an office until told otherwise, or for three seconds of real time.
class QueueHold {
 public:
  explicit QueueHold(const Office& office) {
    sqlite3_open((office.folder.path() / "queue.db").c_str(), &database_);
    sqlite3_busy_timeout(database_, 60'000);  // the office may be writing
    EXPECT_EQ(sqlite3_exec(database_, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr), SQLITE_OK);
    holder_ = std::thread([this, wish = wish_.get_future()] {
      gave_up_ = wish.wait_for(std::chrono::seconds(3)) == std::future_status::timeout;
      sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
    });
  }
  ~QueueHold() {
    wish_.set_value();
    holder_.join();
    sqlite3_close(database_);
  }
  QueueHold(const QueueHold&) = delete;
  QueueHold& operator=(const QueueHold&) = delete;

  bool holds() const { return !gave_up_; }

 private:
  sqlite3* database_ = nullptr;
  std::promise<void> wish_;
  std::atomic<bool> gave_up_ = false;
  std::thread holder_;
};

// A delivery side that hangs for a minute does not delay an answer.
TEST(FaultMatrix, R11_AnsweringDoesNotWaitForDelivery) {
  VirtualTown town;
  engine::EngineOptions options;
  options.script_folders = {SCRIPT_FOLDER};
  options.open_line = port_of(town.south_modem);
  town.south.start(std::move(options));
  ASSERT_TRUE(town.south.is_in_state(LineState::listening));
  town.south.queue("SOUTH/HUB/ANNA", "Subject: here\n\nto be delivered\n");
  const QueueHold hold(town.south);
  town.clock.advance(60s);
  const TimePoint rung = town.clock.now();
  town.south_modem.modem().ring();
  ASSERT_TRUE(town.run_until([&] { return town.south_modem.count("ATA") == 1; }, 5s));
  EXPECT_TRUE(hold.holds());
  EXPECT_LE(town.clock.now() - rung, 100ms);
}

TEST(FaultMatrix, R34_WorksWithoutAnyLines) {
  StationOptions plain;
  plain.has_control_lines = false;
  VirtualTown town("", plain);
  ASSERT_TRUE(town.start());
  town.expect_mail_passes();
  town.expect_mail_passes();
}

// A modem that was switched off and on has forgotten what it was told.
TEST(FaultMatrix, R30_PowerCycledModemIsInitialisedAgain) {
  StationOptions plain;
  plain.has_control_lines = false;
  VirtualTown town("IdleCheck = 2m\n", plain);
  ASSERT_TRUE(town.start());
  town.south_modem.power_off();
  town.clock.advance(1s);
  town.south_modem.power_on();
  EXPECT_TRUE(town.south.log_gets("Initialization complete. Ready.", 3min)) << town.south.log.all();
  EXPECT_TRUE(town.south.log.has("The modem is not as it was left"));
  town.expect_mail_passes();
  // And it is left alone while nothing is wrong.
  const auto times = town.south.log.count("Initialization complete");
  town.clock.advance(1h);
  EXPECT_EQ(town.south.log.count("Initialization complete"), times);
}

TEST(FaultMatrix, R30_ModemWithoutPowerIsWaitedFor) {
  VirtualTown town;
  ASSERT_TRUE(town.start());
  town.south_modem.power_off();
  ASSERT_TRUE(town.south.is_in_state(LineState::modem_wait, 10s));
  EXPECT_THAT(town.south.detail(), HasSubstr("off or its cable is out"));
  town.clock.advance(1h);
  town.south_modem.power_on();
  EXPECT_TRUE(town.south.is_in_state(LineState::listening, 10s)) << town.south.log.all();
  town.expect_mail_passes();
}

}  // namespace
}  // namespace external::matrix::listening_rows_test
