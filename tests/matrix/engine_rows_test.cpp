// Rows about what serves a line: its states, its end, and what it leaves behind.

#include "possessions.h"
#include "virtual_town.h"

#include <external/modem/modem.h>

#include <cstdlib>

namespace external::matrix::engine_rows_test {
namespace {

using engine::LineState;
using testing::HasSubstr;

/// A message that takes about a minute at 9600 bps.
std::string long_message() {
  std::string text = "Subject: long\n\n";
  for (unsigned i = 0; text.size() < 50'000; ++i) text += std::to_string(i * 2654435761U) + "\n";
  return text;
}

/// The port is as if External had never been there.
void expect_given_back(Station& station) {
  EXPECT_FALSE(station.is_open());
  EXPECT_FALSE(station.dtr());
  EXPECT_FALSE(station.off_hook());
}

TEST(FaultMatrix, R01_StopGivesTheModemBackInEveryState) {
  for (const auto state : {LineState::initialising, LineState::listening, LineState::dialling,
                           LineState::connected, LineState::transferring, LineState::hanging_up}) {
    SCOPED_TRACE(name_of(state));
    VirtualTown town;
    town.south.start();
    ASSERT_TRUE(town.south.is_in_state(LineState::listening));
    town.north.start();
    town.north.queue("SOUTH/HUB/ANNA", long_message());
    ASSERT_TRUE(town.north.is_in_state(state));
    const TimePoint stopped = town.clock.now();
    town.north.on_end = [&] { expect_given_back(town.north_modem); };
    ASSERT_TRUE(town.north.stop());
    EXPECT_LE(town.clock.now() - stopped, 16s);
    // And the next start gets it, and the mail goes.
    EXPECT_TRUE(town.north.start_and_initialise());
    EXPECT_TRUE(town.run_until([&] { return town.south.mailbox().size() == 1; }, 30min))
        << town.north.log.all();
  }
}

TEST(FaultMatrix, R01_StopOfTheAnswererGivesTheModemBack) {
  for (const auto state :
       {LineState::ringing, LineState::connected, LineState::transferring, LineState::hanging_up}) {
    SCOPED_TRACE(name_of(state));
    VirtualTown town;
    ASSERT_TRUE(town.start());
    town.north.queue("SOUTH/HUB/ANNA", long_message());
    ASSERT_TRUE(town.south.is_in_state(state));
    town.south.on_end = [&] { expect_given_back(town.south_modem); };
    ASSERT_TRUE(town.south.stop());
    EXPECT_TRUE(town.south.start_and_initialise());
    EXPECT_TRUE(town.run_until([&] { return town.south.mailbox().size() == 1; }, 30min));
  }
}

/// A modem that takes everything and says nothing, and cannot be told to hurry.
TEST(FaultMatrix, R01_StopIsBoundedWithAModemThatIsOff) {
  VirtualTown town("StopTimeout = 5s\n");
  ASSERT_TRUE(town.start());
  std::optional<engine::CallReport> report;
  town.north.call("SOUTH/HUB", report);
  ASSERT_TRUE(town.north.is_in_state(LineState::transferring));
  town.north_modem.power_off();
  const TimePoint stopped = town.clock.now();
  town.north.on_end = [&] { EXPECT_FALSE(town.north_modem.is_open()); };
  ASSERT_TRUE(town.north.stop());
  EXPECT_LE(town.clock.now() - stopped, 6s);
  EXPECT_TRUE(town.north.log.has("closed: forced.")) << town.north.log.all();
}

/// A line on which a test decides what happens.
class TestLine : public line::Line {
 public:
  explicit TestLine(Clock& clock) : clock_(clock) {}
  std::string name() const override { return "test"; }
  Task<Result<std::size_t>> read(std::span<std::uint8_t>, TimePoint deadline) override {
    co_await clock_.wait_until(deadline);
    co_return error_code(asio::error::timed_out);
  }
  Task<error_code> write(ByteView, TimePoint) override { co_return error_code(); }
  std::size_t discard_input() override { return 0; }
  void discard_output() override {}
  Result<line::ControlLines> control_lines() override { return error_code(line::Error::unsupported); }
  error_code set_dtr(bool) override { return {}; }
  unsigned speed() const override { return 9600; }
  error_code set_speed(unsigned) override { return {}; }
  void close() override {}

 protected:
  Clock& clock_;
};

const char* const quiet_script = "INITIALIZE: return 0\nRESET: return 0\nDISCONNECT: return 0\n";

/// An office on a line of a test.
struct Bench : external::test::VirtualWorld {
  template <class MakeLine>
  explicit Bench(MakeLine make)
      : office(
            *this, "NORTH/CLINIC",
            [make](const config::Instance&) -> Task<Result<std::unique_ptr<line::Line>>> {
              std::unique_ptr<line::Line> made = make();
              co_return made;
            },
            "CommScript = QUIET\n", "") {
    office.script("QUIET.MDM", quiet_script);
  }
  Office office;
};

TEST(FaultMatrix, R04_StateFollowsALoopThatEnds) {
  struct Throws final : TestLine {
    using TestLine::TestLine;
    Task<Result<std::size_t>> read(std::span<std::uint8_t>, TimePoint) override {
      co_await clock_.wait_for(10s);
      throw std::logic_error("broken driver");
    }
  };
  external::test::VirtualWorld* world = nullptr;
  Bench bench([&] { return std::make_unique<Throws>(world->clock); });
  world = &bench;
  bench.office.start();
  ASSERT_TRUE(bench.office.log_gets("broken driver"));
  bench.clock.advance(1s);
  EXPECT_EQ(bench.office.state(), LineState::modem_wait);
  EXPECT_THAT(bench.office.detail(), HasSubstr("broken driver"));
}

// A driver that neither answers nor keeps to deadlines: the state is left from outside.
TEST(FaultMatrix, R12_WatchdogRecoversALineThatHangs) {
  struct Hangs final : TestLine {
    Hangs(Clock& clock, int& opened) : TestLine(clock) { ++opened; }
    Task<Result<std::size_t>> read(std::span<std::uint8_t> into, TimePoint) override {
      return TestLine::read(into, never);
    }
  };
  int opened = 0;
  external::test::VirtualWorld* world = nullptr;
  Bench bench([&] { return std::make_unique<Hangs>(world->clock, opened); });
  world = &bench;
  bench.office.start();
  EXPECT_TRUE(bench.office.log_gets("The line hung for", 5min)) << bench.office.log.all();
  EXPECT_TRUE(bench.run([](Clock& clock) -> Task<bool> {
    co_await clock.wait_for(30s);
    co_return true;
  }(bench.clock)));
  EXPECT_GE(opened, 2);
}

// The cable comes back, and a call comes right behind it.
TEST(FaultMatrix, R06_CallRightAfterThePortReturns) {
  for (const Duration after : {100ms, 1000ms, 3000ms}) {
    SCOPED_TRACE(after / 1ms);
    phonenet::ExchangeOptions exchange;
    exchange.phantom_rings = 1;
    VirtualTown town("", {}, exchange);
    ASSERT_TRUE(town.start());
    town.south_modem.unplug();
    ASSERT_TRUE(town.south.is_in_state(LineState::absent));
    EXPECT_TRUE(town.south.log.has("is gone"));
    town.clock.advance(10min);
    town.south_modem.plug();
    const TimePoint returned = town.clock.now();
    town.clock.advance(after);
    ASSERT_TRUE(town.south_modem.subscriber().phantom_ring());
    ASSERT_TRUE(town.run_until([&] { return town.south_modem.count("ATA") == 1; }, 10s))
        << town.south.log.all();
    EXPECT_LE(town.clock.now() - returned, after + 2s);
    ASSERT_TRUE(town.south.is_in_state(LineState::listening));
    town.expect_mail_passes();
  }
}

TEST(FaultMatrix, R06_BackInServiceWithinTwoSeconds) {
  VirtualTown town;
  ASSERT_TRUE(town.start());
  for (int round = 0; round < 20; ++round) {
    town.south_modem.unplug();
    town.clock.advance(std::chrono::milliseconds(100 + 777 * round));
    town.south_modem.plug();
    ASSERT_TRUE(town.south.log_gets("Initialization complete. Ready.", 2s)) << town.south.log.all();
  }
}

// Every code a script may return, many times over.
TEST(FaultMatrix, R16_AFailedDialFreesThePort) {
  VirtualTown town("CommScript = FAILS\nRetryRules = 2.1\n");
  const char* const fails = R"(
INITIALIZE: sendln "ATE0" waitrsp 2 $code = 2 return 0
CALL: $code = $code + 1
      if ($code = 5) $code = 6  ; that would be a connection
      if ($code > 9) $code = 3
      return $code
DISCONNECT: sendln "ATH0" waitrsp 2 return 0
RESET: sendln "ATE0" waitrsp 2 return 0
ANSWER: return 8
)";
  town.north.script("FAILS.MDM", fails);
  ASSERT_TRUE(town.north.start_and_initialise());
  std::optional<engine::CallReport> report;
  for (std::size_t call = 1; call <= 1000; ++call) {
    town.north.call("SOUTH/HUB", report);
    ASSERT_TRUE(town.run_until([&] { return report.has_value(); }, 1min)) << call;
    ASSERT_FALSE(report->ok);
    ASSERT_EQ(town.north_modem.count("ATH0"), call);
    ASSERT_TRUE(town.north.is_in_state(LineState::listening, 10s)) << call;
  }
  EXPECT_EQ(town.north_modem.opens(), 1u);
}

// Two of the engine's wishes at once: the second waits until the first has been hung up.
TEST(FaultMatrix, R17_NoCallBeginsWhileAnotherIsBeingClosed) {
  const char* const source = R"(
INITIALIZE: sendln "ATE0V1" waitrsp 2 return 0
CALL: sendln "ATDT9" waitrsp 5 return 8
DISCONNECT: wait 1 sendln "ATH0" waitrsp 2 wait 1 sendln "ATH0" waitrsp 2 return 0
)";
  const auto script = modem::compile(source, "SLOW.MDM").script.value();
  for (Duration after{}; after < 2500ms; after += 100ms) {
    external::test::VirtualWorld world;
    Telephony phones(world.io.get_executor(), world.clock);
    Station station(phones, "1", "one");
    modem::ScriptEvents nobody;
    modem::Modem modem(station.open().value(), script, world.clock, nobody);
    ASSERT_TRUE(world.run(modem.initialize()).ok());
    std::optional<TimePoint> closed;
    bool called = false;
    asio::co_spawn(world.io, modem.disconnect(),
                   [&](const std::exception_ptr&, const modem::Outcome&) { closed = world.clock.now(); });
    world.clock.advance(after);
    asio::co_spawn(world.io, modem.call(modem::CallRequest("9")),
                   [&](const std::exception_ptr&, const modem::Outcome&) { called = true; });
    ASSERT_TRUE(world.clock.run_until([&] { return closed && called; }));
    const auto& said = station.commands();
    const auto dialled =
        std::find_if(said.begin(), said.end(), [](const auto& one) { return one.text == "ATDT9"; });
    ASSERT_NE(dialled, said.end());
    EXPECT_GE(dialled->at, *closed) << after / 1ms;
  }
}

// An operator cuts a call; the mail stays and goes with the next one.
TEST(FaultMatrix, R57_AnAbortedTransferStaysQueued) {
  VirtualTown town;
  ASSERT_TRUE(town.start());
  town.north.queue("SOUTH/HUB/ANNA", long_message());
  ASSERT_TRUE(town.north.is_in_state(LineState::transferring));
  town.clock.advance(5s);
  EXPECT_TRUE(town.north.engine->hang_up("modem1"));
  ASSERT_TRUE(town.north.is_in_state(LineState::listening, 20s)) << town.north.log.all();
  EXPECT_TRUE(town.north.log.has("Hung up by the operator."));
  EXPECT_TRUE(town.south.mailbox().empty());
  EXPECT_FALSE(town.north.engine->hang_up("modem1"));
  EXPECT_TRUE(town.run_until([&] { return town.south.mailbox().size() == 1; }, 30min));
}

// Both ends want the line at the same second, a hundred times.
TEST(FaultMatrix, R41_TwoThatDialEachOtherGetThrough) {
  VirtualTown town;
  town.south.dials("NORTH/CLINIC", "5550001");
  ASSERT_TRUE(town.start());
  for (std::size_t round = 1; round <= 100; ++round) {
    town.north.queue("SOUTH/HUB/ANNA", "Subject: down\n\n" + std::to_string(round));
    town.south.queue("NORTH/CLINIC/ANNA", "Subject: up\n\n" + std::to_string(round));
    ASSERT_TRUE(town.run_until(
        [&] { return town.south.mailbox().size() == round && town.north.mailbox().size() == round; }, 10min))
        << round << "\n"
        << town.north.log.all();
    ASSERT_TRUE(town.north.is_in_state(LineState::listening));
    ASSERT_TRUE(town.south.is_in_state(LineState::listening));
  }
}

/// How often, as the environment wants it: a tenth of it daily.
std::size_t times(std::size_t daily) {
  return std::getenv("EXTERNAL_TEST_KILLS") ? daily * 10 : daily;
}

TEST(FaultMatrix, R55_NothingGrowsWithEachCall) {
  VirtualTown town;
  ASSERT_TRUE(town.start());
  std::optional<engine::CallReport> report;
  const auto call = [&] {
    town.north.call("SOUTH/HUB", report);
    return town.run_until([&] { return report.has_value(); }, 5min) && report->ok;
  };
  for (int warm = 0; warm < 50; ++warm) ASSERT_TRUE(call());
  town.north.forget_log();
  town.south.forget_log();
  const auto before = Possessions::now();
  const auto calls = times(1000);
  for (std::size_t i = 0; i < calls; ++i) {
    ASSERT_TRUE(call()) << i;
    town.north.forget_log();
    town.south.forget_log();
    town.north_modem.forget();
    town.south_modem.forget();
    town.phones.log.clear();
  }
  const auto after = Possessions::now();
  EXPECT_EQ(after.descriptors, before.descriptors);
  EXPECT_LE(after.memory, before.memory + 64 * 1024)
      << (after.memory - before.memory) / calls << " bytes a call";
}

// Start, call, stop, over and over: nothing stays behind, whatever it was doing when it was stopped.
TEST(Release, CyclesLeaveNothingBehind) {
  VirtualTown town;
  town.south.start();
  ASSERT_TRUE(town.south.is_in_state(LineState::listening));
  const LineState states[] = {LineState::initialising, LineState::listening,    LineState::dialling,
                              LineState::connected,    LineState::transferring, LineState::hanging_up};
  const auto cycle = [&](std::size_t round) {
    town.north.start();
    std::optional<engine::CallReport> report;
    town.north.call("SOUTH/HUB", report);
    const bool reached = town.north.is_in_state(states[round % std::size(states)]);
    const bool stopped = town.north.stop();
    for (auto* office : {&town.north, &town.south}) office->forget_log();
    for (auto* station : {&town.north_modem, &town.south_modem}) station->forget();
    town.phones.log.clear();
    return reached && stopped && town.south.is_in_state(LineState::listening);
  };
  for (std::size_t round = 0; round < 12; ++round) ASSERT_TRUE(cycle(round));
  const auto before = Possessions::now();
  const auto cycles = times(100);
  for (std::size_t round = 0; round < cycles; ++round) {
    ASSERT_TRUE(cycle(round)) << round;
    ASSERT_FALSE(town.north_modem.is_open());
    ASSERT_FALSE(town.north_modem.dtr());
    ASSERT_FALSE(town.north_modem.off_hook());
  }
  const auto after = Possessions::now();
  EXPECT_EQ(after.descriptors, before.descriptors);
  EXPECT_LE(after.memory, before.memory + 64 * 1024)
      << (after.memory - before.memory) / cycles << " bytes a cycle";
}

// The end of a call is seen on the carrier line although the modem says nothing.
TEST(FaultMatrix, R35_CarrierLossEndsTheSession) {
  struct Carrier final : TestLine {
    using TestLine::TestLine;
    Result<line::ControlLines> control_lines() override {
      return line::ControlLines{high, false, true, true};
    }
    bool high = true;
  };
  external::test::VirtualWorld world;
  Carrier device(world.clock);
  modem::SessionLine session(device, world.clock, "", false);
  error_code error;
  std::array<std::uint8_t, 16> buffer;
  asio::co_spawn(
      world.io,
      [](modem::SessionLine& from, std::array<std::uint8_t, 16>& into, Clock& clock,
         error_code& result) -> Task<> {
        const auto count = co_await from.read(into, clock.now() + 1h);
        if (!count) result = count.error();
      }(session, buffer, world.clock, error),
      asio::detached);
  world.clock.advance(10s);
  EXPECT_FALSE(error);
  device.high = false;
  world.clock.advance(1s);
  EXPECT_EQ(error, line::Error::hung_up);
}

}  // namespace
}  // namespace external::matrix::engine_rows_test
