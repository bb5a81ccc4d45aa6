// Rows about modems that are lent: who has one, for how long, and what it is like when it comes back.

#include "lending_town.h"
#include "possessions.h"

namespace external::matrix::lending_rows_test {
namespace {

using engine::LineState;
using testing::HasSubstr;

// A client opens and sleeps; another one gets the modem when the limit is over.
TEST(FaultMatrix, R13_WhoForgetsAModemLosesItToTheNextInTheQueue) {
  LentTown town({"IdleLimit = 15m\nWaitLimit = 1h\n"});
  const TimePoint began = town.clock.now();
  const auto second = town.program("192.0.2.8:2");
  EXPECT_TRUE(second->hears("OFFICE: all modems are in use: Modem1 by 192.0.2.7:1 since "))
      << second->heard();
  town.clock.advance(14min);
  EXPECT_TRUE(town.owner->has_modem());
  ASSERT_TRUE(second->gets_modem(2min)) << town.office.log.all();
  EXPECT_LE(town.clock.now() - began, 15min + 30s);
  EXPECT_TRUE(town.owner->hears("OFFICE: the modem was taken back: nothing was said for 15m."));
  EXPECT_TRUE(town.owner->is_sent_away());
  EXPECT_TRUE(second->asks("AT\r", "OK"));
}

TEST(FaultMatrix, R13_WhoTalksAllTheTimeLosesItWhenTheLeaseHasLastedLongEnough) {
  LentTown town({"LeaseLimit = 10m\nWaitLimit = 1h\n"});
  const TimePoint began = town.clock.now();
  const auto second = town.program("192.0.2.8:2");
  while (!second->has_modem() && town.clock.now() - began < 1h) {
    town.owner->say("AT\r");
    town.clock.advance(10s);
  }
  EXPECT_TRUE(second->has_modem());
  EXPECT_LE(town.clock.now() - began, 10min + 30s);
}

TEST(FaultMatrix, R13_AnAdministratorTakesItBackAtOnce) {
  LentTown town({"IdleLimit = 0\nWaitLimit = 0\n"});
  const auto second = town.program("192.0.2.8:2");
  town.clock.advance(2h);
  ASSERT_FALSE(second->has_modem());
  EXPECT_FALSE(town.office.log.has("The line hung")) << "leases have limits of their own";
  EXPECT_EQ(town.office.engine->line_not_served(), "");
  EXPECT_TRUE(town.pools->kick("modem1"));
  EXPECT_TRUE(second->gets_modem(20s));
  EXPECT_TRUE(town.owner->hears("an administrator ended the lease"));
}

/// A modem that answers by itself, for programs to call.
struct Answerer {
  explicit Answerer(LendingTown& town) : station(town.phones, "5550777", "answerer") {
    station.modem().preset("S0=1");
    port = *station.open();
  }
  Station station;
  std::unique_ptr<line::Line> port;
};

// However a lease ends, in a call or without one, the next caller is answered.
TEST(FaultMatrix, R14_AfterEachEndOfALeaseTheNextCallIsAnswered) {
  LendingTown town({"IdleLimit = 10m\nLeaseLimit = 20m\n"});
  Answerer answerer(town);
  ASSERT_TRUE(town.start());
  const auto connects = [](Program& program) { EXPECT_TRUE(program.asks("ATD5550777\r", "CONNECT")); };
  const auto talks_for_long = [&](Program& program) {
    connects(program);
    for (int i = 0; i < 25 && !program.over(); ++i) {
      program.say("x");
      town.clock.advance(1min);
    }
  };
  struct End {
    const char* why;
    std::function<void(Program&)> happens;
  };
  const std::vector<End> ends{
      {"the client has gone",
       [&](Program& program) {
         connects(program);
         town.clock.advance(2s);
         program.say("+++");
         EXPECT_TRUE(program.hears("OK"));
         EXPECT_TRUE(program.asks("ATH\r", "OK"));
         program.close();
       }},
      {"the client has gone",
       [&](Program& program) {
         EXPECT_TRUE(program.asks("ATD5550999\r", "NO CARRIER"));
         program.close();
       }},
      {"the client has gone",
       [&](Program& program) {
         connects(program);
         program.close();
       }},
      {"nothing was said for IdleLimit", connects},
      {"nothing was said for IdleLimit", [](Program& program) { program.say("AT&F&C0&D0\r"); }},
      {"LeaseLimit is over", talks_for_long},
      {"an administrator ended it", [&](Program& program) {
         connects(program);
         EXPECT_TRUE(town.pools->kick("Modem1"));
       }}};
  for (std::size_t i = 0; i < ends.size(); ++i) {
    SCOPED_TRACE(std::to_string(i) + " " + ends[i].why);
    const auto said = town.office.log.count(ends[i].why);
    const auto program = town.program();
    ASSERT_TRUE(program->gets_modem());
    ends[i].happens(*program);
    EXPECT_TRUE(town.run_until([&] { return town.office.log.count(ends[i].why) > said; }, 30min));
    ASSERT_TRUE(town.is_in_state(LineState::listening)) << town.office.log.all();
    town.expect_answered();
  }
  EXPECT_EQ(town.modem().opens(), 1u);
}

// Killed while it waits, has a modem, or is in a call: the next one has it.
TEST(FaultMatrix, R15_ALeaseDiesWithItsOwner) {
  LendingTown town({"IdleLimit = 0\n"});
  Answerer answerer(town);
  ASSERT_TRUE(town.start());
  for (const bool in_call : {false, true}) {
    auto owner = town.program("192.0.2.7:1");
    ASSERT_TRUE(owner->gets_modem());
    if (in_call) {
      EXPECT_TRUE(owner->asks("ATD5550777\r", "CONNECT"));
    }
    auto waits = town.program("192.0.2.8:2");
    const auto next = town.program("192.0.2.9:3");
    town.clock.advance(1min);
    waits.reset();
    owner.reset();
    ASSERT_TRUE(next->gets_modem(10s)) << town.office.log.all();
    EXPECT_TRUE(next->asks("AT\r", "OK"));
  }
  EXPECT_TRUE(town.is_in_state(LineState::listening));
  EXPECT_TRUE(town.pools->report().front().leases.empty());
  EXPECT_TRUE(town.pools->report().front().waiting.empty());
}

// Dials that fail, by programs that have the modem, and leave it at once.
TEST(FaultMatrix, R16_AThousandDialsOfBorrowersThatFailLeaveThePortAsItWas) {
  LendingTown town({"IdleLimit = 5m\n"});
  Station silent(town.phones, "5550778", "silent");
  Station busy(town.phones, "5550779", "busy");
  busy.subscriber().set_forced_busy(true);
  ASSERT_TRUE(town.start());
  const std::vector<std::pair<std::string, std::string>> dials{
      {"ATD5550999\r", "NO CARRIER"}, {"ATD5550778\r", "NO ANSWER"}, {"ATD5550779\r", "BUSY"},
      {"ATD5550001\r", "NO DIAL"},    {"AT!D5550778\r", "ERROR"},    {"ATD5550778\r", ""}};
  const auto fails = [&](std::size_t round) {
    const auto& [command, result] = dials[round % dials.size()];
    town.modem().subscriber().set_cut(result == "NO DIAL");
    const auto program = town.program();
    if (!program->gets_modem()) return false;
    program->say("ATX4S7=30\r");
    if (!program->hears("OK")) return false;
    const bool failed = program->asks(command, result, 90s);
    town.modem().subscriber().set_cut(false);
    program->close();
    const bool listens = town.is_in_state(LineState::listening, 1, 30s);
    town.office.forget_log();
    town.modem().forget();
    town.phones.log.clear();
    return failed && listens && !town.modem().off_hook();
  };
  for (std::size_t round = 0; round < 12; ++round) ASSERT_TRUE(fails(round)) << round;
  const auto before = Possessions::now();
  for (std::size_t round = 0; round < 1000; ++round) ASSERT_TRUE(fails(round)) << round;
  const auto after = Possessions::now();
  EXPECT_EQ(after.descriptors, before.descriptors);
  EXPECT_LE(after.memory, before.memory + 64 * 1024);
  EXPECT_EQ(town.modem().opens(), 1u);
  town.expect_answered();
}

// Asked for at any moment in which a call is answered, hung up and the modem reset, it waits for the end of
// that.
TEST(FaultMatrix, R17_NoLeaseBeginsWhileACallIsBeingClosed) {
  LendingTown town;
  ASSERT_TRUE(town.start());
  for (Duration after{}; after < 6s; after += 200ms) {
    SCOPED_TRACE(after / 1ms);
    town.caller.call(LendingTown::number(1), {Caller::Leaves::after_connect, 1s, 0, {}});
    ASSERT_TRUE(town.is_in_state(LineState::connected));
    ASSERT_TRUE(town.is_in_state(LineState::hanging_up));
    town.clock.advance(after);
    town.modem().forget();
    const auto program = town.program();
    program->say("ATI4\r");
    ASSERT_TRUE(program->gets_modem());
    EXPECT_EQ(town.state(), LineState::lent);
    EXPECT_TRUE(program->hears("OK"));
    const auto& said = town.modem().commands();
    ASSERT_FALSE(said.empty());
    EXPECT_EQ(said.back().text, "ATI4");
    EXPECT_EQ(town.modem().count("ATI4"), 1u) << "not in the middle of what External said";
    program->close();
    ASSERT_TRUE(town.is_in_state(LineState::listening));
  }
}

TEST(FaultMatrix, R18_WhoWaitsIsToldWhoHasTheModem) {
  std::optional<engine::CallReport> report;  // comes when the town stops
  LentTown town({"QueueLimit = 1\n"});
  const auto waits = town.program("192.0.2.8:2");
  EXPECT_TRUE(waits->hears("OFFICE: all modems are in use: Modem1 by 192.0.2.7:1 since "));
  EXPECT_TRUE(waits->hears(". You are number 1 in the queue."));
  const auto refused = town.program("192.0.2.9:3");
  EXPECT_TRUE(refused->hears("OFFICE: no modem: all modems are in use: Modem1 by 192.0.2.7:1 since "));
  EXPECT_TRUE(refused->is_sent_away());
  EXPECT_TRUE(
      town.office.log.has("Lease refused to 192.0.2.9:3 of OFFICE: all modems are in use: Modem1 by "
                          "192.0.2.7:1 since "));
  town.office.call("NORTH/CLINIC", report);
  town.clock.advance(1s);
  EXPECT_THAT(town.office.engine->waits_for("NORTH/CLINIC"),
              HasSubstr("place 1 of 1 in the queue: Modem1 is lent to 192.0.2.7:1 of OFFICE since "));
  EXPECT_THAT(town.office.detail(), HasSubstr("Lent to 192.0.2.7:1 of OFFICE."));
}

// Three jobs, two modems.
TEST(FaultMatrix, R19_ThreeProgramsForTwoModemsAreServedInTheirOrderAndNoFreeModemIsLeftUnused) {
  LendingOptions options{"QueueLimit = 1\n"};
  options.modems = 2;
  LendingTown town(options);
  ASSERT_TRUE(town.start());
  const auto first = town.program("192.0.2.1:1");
  const auto second = town.program("192.0.2.2:2");
  const TimePoint began = town.clock.now();
  EXPECT_TRUE(first->gets_modem());
  EXPECT_TRUE(second->gets_modem());
  EXPECT_EQ(town.clock.now(), began) << "a free modem is had at once";
  EXPECT_EQ(first->instance(), "Modem1");
  EXPECT_EQ(second->instance(), "Modem2");
  EXPECT_EQ(first->heard() + second->heard(), "") << "a program waits for the modem's words only";

  const auto third = town.program("192.0.2.3:3");
  EXPECT_TRUE(third->hears("Modem1 by 192.0.2.1:1 since ", 5s));
  EXPECT_TRUE(third->hears("Modem2 by 192.0.2.2:2 since "));
  EXPECT_TRUE(third->hears("You are number 1 in the queue."));
  const auto fourth = town.program("192.0.2.4:4");
  EXPECT_TRUE(fourth->hears("1 client waits for one already"));
  EXPECT_TRUE(fourth->is_sent_away());

  town.clock.advance(1min);
  EXPECT_FALSE(third->has_modem());
  second->close();
  ASSERT_TRUE(third->gets_modem(10s)) << town.office.log.all();
  EXPECT_EQ(third->instance(), "Modem2");
  EXPECT_TRUE(third->hears("OFFICE: Modem2 is yours."));
  EXPECT_EQ(first->instance(), "Modem1");
}

// Both pools name Modem1 first: who finds it taken at that instant has the other one.
TEST(FaultMatrix, R19_WhoComesAtTheSameInstantToAnotherPoolHasTheOtherModem) {
  LendingOptions options{"QueueLimit = 0\n"};
  options.modems = 2;
  options.more = "[Share ROOM2]\nListen = 7001\nQueueLimit = 0\n";
  LendingTown town(options);
  ASSERT_TRUE(town.start());
  // Whenever that is: what looks now and then must not be what helps.
  for (int round = 0; round < 4; ++round) {
    const auto one = town.program("192.0.2.1:1");
    const auto other = town.program("192.0.2.2:2", sharing::Protocol::raw, "ROOM2");
    EXPECT_TRUE(one->gets_modem(200ms));
    EXPECT_TRUE(other->gets_modem(200ms)) << town.office.log.all();
    EXPECT_NE(one->instance(), other->instance());
    one->close();
    other->close();
    town.clock.advance(10s);
    ASSERT_TRUE(town.run_until(
        [&] { return town.state(1) == LineState::listening && town.state(2) == LineState::listening; }));
    town.clock.advance(500ms);
  }
}

// A cable, a modem of 2400 and one of 28.8: each pool lends what it says, in the order of the instances.
TEST(FaultMatrix, R20_APoolLendsOnlyModemsThatFitItAndAlwaysInTheSameOrder) {
  LendingOptions options{"ModemClass = V34\n"};
  options.modems = 4;
  options.instances = {"CommScript = NULLMODEM\n", "ModemClass = V22\nAsyncSpeed = 2400\n",
                       "ModemClass = V34\nAsyncSpeed = 57600\n", "ModemClass = V34\nAsyncSpeed = 57600\n"};
  options.more =
      "[Share CABLE]\nListen = 7001\nScript = NULLMODEM\n[Share FAST]\nListen = 7002\nLowestSpeed = 19200\n"
      "[Share ANY]\nListen = 7003\nInstance = Modem4, Modem2\n";
  LendingTown town(options);
  ASSERT_TRUE(town.start());
  const auto pools = town.pools->report();
  const auto modems_of = [&](std::string_view name) {
    return std::ranges::find(pools, name, &sharing::PoolReport::pool)->instances;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(modems_of("CABLE"), Names({"Modem1"}));
  EXPECT_EQ(modems_of("OFFICE"), Names({"Modem3", "Modem4"}));
  EXPECT_EQ(modems_of("FAST"), Names({"Modem3", "Modem4"}));
  EXPECT_EQ(modems_of("ANY"), Names({"Modem4", "Modem2"}));
  for (int round = 0; round < 3; ++round) {
    std::vector<std::unique_ptr<Program>> programs;
    Names given;
    for (const auto* pool : {"OFFICE", "FAST", "ANY", "CABLE", "OFFICE"}) {
      programs.push_back(
          town.program("192.0.2.1:" + std::to_string(programs.size() + 1), sharing::Protocol::raw, pool));
      programs.back()->gets_modem(5s);
      given.push_back(programs.back()->instance());
    }
    EXPECT_EQ(given, Names({"Modem3", "Modem4", "Modem2", "Modem1", ""}));
    programs.clear();
    ASSERT_TRUE(town.run_until([&] {
      return std::ranges::all_of(town.office.engine->report().lines,
                                 [](const auto& line) { return line.state == LineState::listening; });
    }));
  }
}

}  // namespace
}  // namespace external::matrix::lending_rows_test
