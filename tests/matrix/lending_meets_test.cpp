// What happens at the same time as a lease: each row of that table of docs/sharing.md, and the instants in
// which a modem changes hands.

#include "lending_town.h"

namespace external::matrix::lending_meets_test {
namespace {

using engine::LineState;
using testing::HasSubstr;
using testing::IsEmpty;

LendingOptions pool(std::string share, std::string instance = {}) {
  LendingOptions options;
  options.share = std::move(share);
  options.instance = std::move(instance);
  return options;
}

TEST(Lending, WhoCallsWhileTheBorrowerHasACallHearsTheBusySignal) {
  LentTown town;
  town.owner->say("ATD5550001\r");
  town.clock.advance(2s);
  for (const Duration wait : {0s, 20s}) {  // while it dials, and once it is connected
    town.clock.advance(wait);
    town.caller.call(LendingTown::number(1), {});
    ASSERT_TRUE(town.run_until([&] { return town.caller.over(); }, 1min));
    EXPECT_EQ(town.caller.end(), Caller::End::busy);
    EXPECT_TRUE(town.owner->has_modem());
  }
  EXPECT_TRUE(town.owner->hears("CONNECT"));
}

TEST(Lending, ACallEndsALeaseWithoutOneAndIsAnswered) {
  for (const std::string rings : {"1", "3"}) {
    LentTown town(pool("", "NumberOfRings = " + rings + "\n"));
    EXPECT_TRUE(town.owner->asks("AT\r", "OK"));
    town.expect_answered();
    EXPECT_TRUE(town.owner->over());
    EXPECT_THAT(town.owner->heard(), HasSubstr("OFFICE: the modem was taken back: someone calls."));
    EXPECT_TRUE(town.office.log.has(": someone calls; "));
  }
}

TEST(Lending, ACallIsLeftToRingWhereThePoolSaysSo) {
  LentTown town(pool("RefuseCalls = yes\nIdleLimit = 2m\n"));
  town.clock.advance(20s);
  town.caller.call(LendingTown::number(1), {});
  ASSERT_TRUE(town.run_until([&] { return town.caller.over(); }, 2min));
  EXPECT_EQ(town.caller.end(), Caller::End::not_answered);
  EXPECT_EQ(town.office.log.count("Call refused: the modem is lent to 192.0.2.7:1 of OFFICE."), 1u);
  EXPECT_EQ(town.pools->report().front().tally.calls_refused, 1u);
  EXPECT_TRUE(town.owner->has_modem());
  town.clock.advance(60s);
  EXPECT_FALSE(town.owner->has_modem()) << "the rings of others are no sign of life";
  ASSERT_TRUE(town.is_in_state(LineState::listening));
  town.expect_answered();
}

TEST(Lending, ACallIsTheBorrowersWhereThePoolSaysSo) {
  LentTown town(pool("HandOverCalls = yes\n"));
  town.caller.call(LendingTown::number(1), {Caller::Leaves::when_other_leaves, {}, 0, "hello"});
  ASSERT_TRUE(town.owner->hears("RING"));
  EXPECT_EQ(town.office.log.count("Call handed over to 192.0.2.7:1 of OFFICE."), 1u);
  EXPECT_TRUE(town.owner->asks("ATA\r", "hello"));
  town.owner->say("welcome");
  EXPECT_TRUE(town.run_until([&] { return town.caller.heard() == "welcome"; }, 1min));
  EXPECT_EQ(town.pools->report().front().tally.calls_handed_over, 1u);
}

// It comes while the telephone rings for the second of three times.
TEST(Lending, ACallIsGivenToTheOneThatWaitsWhereThePoolSaysSo) {
  LendingTown town(pool("HandOverCalls = yes\n", "NumberOfRings = 3\n"));
  ASSERT_TRUE(town.start());
  town.caller.call(LendingTown::number(1), {Caller::Leaves::when_other_leaves, {}, 0, "hello"});
  town.clock.advance(10s);
  const auto program = town.program("192.0.2.7:1");
  ASSERT_TRUE(program->hears("RING"));
  EXPECT_TRUE(program->has_modem());
  EXPECT_EQ(town.modem().count("ATA"), 0u);
  EXPECT_TRUE(program->asks("ATA\r", "hello"));
  EXPECT_EQ(town.office.log.count("Call handed over to 192.0.2.7:1 of OFFICE."), 1u);
}

// Without it, External answers first, and the lease begins after the call.
TEST(Lending, WhoComesWhileTheTelephoneRingsWaitsForTheEndOfThatCall) {
  LendingTown town(pool("", "NumberOfRings = 3\n"));
  ASSERT_TRUE(town.start());
  town.caller.call(LendingTown::number(1), {});
  town.clock.advance(10s);
  const auto program = town.program();
  EXPECT_TRUE(town.run_until([&] { return !town.caller.heard().empty(); }, 1min));
  EXPECT_FALSE(program->has_modem());
  town.caller.leave();
  EXPECT_TRUE(program->gets_modem());
  EXPECT_EQ(town.office.log.count("Lent to "), 1u);
}

TEST(Lending, WhoComesDuringACallWaitsAndIsToldOfIt) {
  LendingTown town;
  ASSERT_TRUE(town.start());
  ASSERT_TRUE(town.start_north());
  std::optional<engine::CallReport> report;
  struct Moment {
    LineState state;
    const char* words;
    bool ours;
  };
  for (const Moment& moment : {Moment{LineState::ringing, "Modem1 is ", false},
                               Moment{LineState::connected, "Modem1 is connected", false},
                               Moment{LineState::dialling, "Modem1 is dialling", true},
                               Moment{LineState::hanging_up, "Modem1 is ", true}}) {
    SCOPED_TRACE(moment.words);
    if (moment.ours) {
      town.office.call("NORTH/CLINIC", report);
    } else {
      town.caller.call(LendingTown::number(1), {Caller::Leaves::after_connect, 20s, 0, {}});
    }
    ASSERT_TRUE(town.is_in_state(moment.state));
    const auto program = town.program();
    EXPECT_FALSE(program->gets_modem(1s));
    if (moment.state != LineState::hanging_up) {
      EXPECT_TRUE(program->hears(moment.words)) << program->heard();
    }
    EXPECT_TRUE(program->gets_modem(2min));
    program->close();
    ASSERT_TRUE(town.is_in_state(LineState::listening));
  }
  EXPECT_TRUE(report && report->ok);
}

TEST(Lending, MailWaitsForTheEndOfALeaseAndGoesBeforeWhoCameLater) {
  LentTown town;
  const auto earlier = town.program("192.0.2.8:2");
  town.clock.advance(10s);
  town.office.queue("NORTH/CLINIC/ANNA", "Subject: one\n\n");
  town.clock.advance(10s);
  const auto later = town.program("192.0.2.9:3");
  town.clock.advance(2min);
  EXPECT_TRUE(town.owner->has_modem());
  EXPECT_THAT(town.north.mailbox(), IsEmpty());
  town.owner->close();
  ASSERT_TRUE(earlier->gets_modem(20s));
  EXPECT_THAT(town.north.mailbox(), IsEmpty());
  earlier->close();
  ASSERT_TRUE(later->gets_modem(5min));
  EXPECT_EQ(town.north.mailbox().size(), 1u) << "mail had waited for longer";
}

TEST(Lending, UrgentMailWaitsForALeaseToEndUnlessThePoolSaysOtherwise) {
  LentTown town;
  const auto waits = town.program("192.0.2.8:2");
  town.clock.advance(10s);
  town.office.queue_urgent("NORTH/CLINIC/ANNA", "Subject: one\n\n");
  town.clock.advance(4min);
  EXPECT_TRUE(town.owner->has_modem());
  town.owner->close();
  ASSERT_TRUE(waits->gets_modem(5min));
  EXPECT_EQ(town.north.mailbox().size(), 1u) << "urgent mail goes before who has waited for longer";
}

TEST(Lending, UrgentMailEndsTheLongestLeaseAndNoOther) {
  LendingOptions options = pool("UrgentMailFirst = yes\n");
  options.modems = 3;
  options.instances = {"CommInOnly = yes\n"};  // of no use for mail
  LendingTown town(options);
  ASSERT_TRUE(town.start());
  ASSERT_TRUE(town.start_north());
  std::vector<std::unique_ptr<Program>> programs;
  for (int i = 1; i <= 3; ++i) {
    programs.push_back(town.program("192.0.2." + std::to_string(i) + ":1"));
    ASSERT_TRUE(programs.back()->gets_modem());
    town.clock.advance(10s);
  }
  const auto waits = town.program("192.0.2.9:1");
  town.office.queue_urgent("NORTH/CLINIC/ANNA", "Subject: one\n\n");
  ASSERT_TRUE(town.run_until([&] { return programs[1]->over(); }, 10s)) << town.office.log.all();
  EXPECT_THAT(programs[1]->heard(),
              HasSubstr("OFFICE: the modem was taken back: urgent mail has to go out."));
  EXPECT_TRUE(town.run_until([&] { return town.north.mailbox().size() == 1; }, 2min));
  EXPECT_TRUE(waits->gets_modem(2min));
  EXPECT_TRUE(programs[0]->has_modem());
  EXPECT_TRUE(programs[2]->has_modem());
  EXPECT_EQ(town.office.log.count(": urgent mail has to go out; "), 1u);
}

TEST(Lending, AnInstanceStoppedWhileItsModemIsLentGivesItBackAndStartsAgain) {
  for (const bool in_call : {false, true}) {
    LentTown town(pool("", "StopTimeout = 15s\n"));
    if (in_call) {
      EXPECT_TRUE(town.owner->asks("ATD5550001\r", "CONNECT"));
    }
    EXPECT_TRUE(town.office.engine->stop_instance("Modem1"));
    const TimePoint stopped = town.clock.now();
    ASSERT_TRUE(town.run_until([&] { return !town.modem().is_open(); }, 1min));
    EXPECT_LE(town.clock.now() - stopped, 15s);
    EXPECT_FALSE(town.modem().dtr());
    EXPECT_FALSE(town.modem().off_hook());
    EXPECT_TRUE(town.owner->hears("OFFICE: the modem was taken back: the line is being stopped."));
    EXPECT_TRUE(town.owner->is_sent_away());
    EXPECT_TRUE(town.office.log.has(": the line is being stopped; "));
    const auto waits = town.program();
    EXPECT_FALSE(waits->gets_modem(30s));
    EXPECT_TRUE(town.office.engine->start_instance("Modem1"));
    EXPECT_TRUE(waits->gets_modem(30s));
    waits->close();
    ASSERT_TRUE(town.is_in_state(LineState::listening));
    town.expect_answered();
  }
}

TEST(Lending, AStopOfTheProgramEndsLeasesWithinStopTimeout) {
  for (const bool in_call : {false, true}) {
    LentTown town(pool("", "StopTimeout = 15s\n"));
    if (in_call) {
      EXPECT_TRUE(town.owner->asks("ATD5550001\r", "CONNECT"));
    }
    const TimePoint stopped = town.clock.now();
    ASSERT_TRUE(town.office.stop());
    EXPECT_LE(town.clock.now() - stopped, 16s);
    EXPECT_FALSE(town.modem().is_open());
    EXPECT_FALSE(town.modem().off_hook());
    EXPECT_TRUE(town.owner->is_sent_away());
    ASSERT_TRUE(town.start());
    town.expect_answered();
  }
}

TEST(Lending, APortThatFailsEndsTheLeaseAndIsWaitedFor) {
  LendingTown town;
  ASSERT_TRUE(town.start());
  std::vector<std::string> events;
  const auto following = town.office.engine->follow_events(
      [&](const engine::LineEvent& event) { events.push_back(event.name); });
  const auto program = town.program();
  ASSERT_TRUE(program->gets_modem());
  town.clock.advance(1h - 50min);
  EXPECT_THAT(events, IsEmpty());
  town.modem().unplug();
  EXPECT_TRUE(program->hears("OFFICE: the modem was taken back: the port has failed."));
  EXPECT_TRUE(program->is_sent_away());
  ASSERT_TRUE(town.is_in_state(LineState::absent));
  const auto waits = town.program();
  town.clock.advance(1min);
  town.modem().plug();
  EXPECT_TRUE(waits->gets_modem(1min));
  waits->close();
  ASSERT_TRUE(town.is_in_state(LineState::listening));
  EXPECT_EQ(events, (std::vector<std::string>{"absent", "returned"}));
  town.expect_answered();
}

TEST(Lending, AModemSwitchedOffAndOnWhileItIsLentIsSetUpAnewAfterwards) {
  for (const bool is_back : {true, false}) {
    LentTown town;
    town.modem().power_off();
    town.clock.advance(10s);
    EXPECT_TRUE(town.owner->has_modem()) << "it may do that on purpose";
    if (is_back) town.modem().power_on();
    town.owner->close();
    if (!is_back) {
      town.clock.advance(2min);
      EXPECT_NE(town.state(), LineState::listening);
      town.modem().power_on();
    }
    ASSERT_TRUE(town.is_in_state(LineState::listening, 1, 6min)) << town.office.log.all();
    town.expect_answered();
  }
}

TEST(Lending, OtherSettingsOfTheInstanceHoldFromTheEndOfTheLease) {
  LendingTown town(pool("", "NumberOfRings = 1\n"));
  ASSERT_TRUE(town.start());
  EXPECT_TRUE(town.office.engine->is_ready());
  const auto program = town.program();
  ASSERT_TRUE(program->gets_modem());
  ASSERT_EQ(town.office.reload("NumberOfRings = 1\n", "NumberOfRings = 2\n"), "");
  town.clock.advance(1min);
  EXPECT_TRUE(program->has_modem());
  EXPECT_TRUE(program->asks("AT\r", "OK"));
  EXPECT_TRUE(town.office.engine->is_ready());
  program->close();
  ASSERT_TRUE(town.office.is_in_state(LineState::listening));
  town.clock.advance(5s);
  EXPECT_THAT(town.office.detail(), HasSubstr("answers after 2 rings"));
  town.expect_answered();
}

// More of both than the modem can serve: each gets its turn.
TEST(Lending, MailAndProgramsTakeTurns) {
  LendingTown town(pool("QueueLimit = 2\nWaitLimit = 0\n"));
  ASSERT_TRUE(town.start());
  ASSERT_TRUE(town.start_north());
  std::vector<std::unique_ptr<Program>> programs;
  std::size_t leases = 0;
  std::size_t mails = 0;
  std::vector<char> order;
  town.office.queue("NORTH/CLINIC/ANNA", "Subject: mail\n\n");
  const TimePoint end = town.clock.now() + 20min;
  while (town.clock.now() < end) {
    while (programs.size() < 3) programs.push_back(town.program("192.0.2.7:" + std::to_string(++leases)));
    town.clock.advance(10s);
    if (town.north.mailbox().size() > mails) {
      mails = town.north.mailbox().size();
      order.push_back('m');
      town.office.queue("NORTH/CLINIC/ANNA", "Subject: mail\n\n");
    }
    const auto done = std::erase_if(programs, [](const auto& one) { return one->has_modem(); });
    order.insert(order.end(), done, 'p');
  }
  unsigned in_a_row = 0;
  unsigned most_in_a_row = 0;
  for (std::size_t i = 1; i < order.size(); ++i) {
    in_a_row = order[i] == order[i - 1] ? in_a_row + 1 : 0;
    most_in_a_row = std::max(most_in_a_row, in_a_row + 1);
  }
  EXPECT_GE(mails, 4u);
  EXPECT_GE(order.size() - mails, 4u);
  EXPECT_LE(most_in_a_row, 4u) << testing::PrintToString(order);
}

// ---- instants

/// A modem that has changed hands is there for the next one, and for calls.
void expect_no_harm(LendingTown& town) {
  ASSERT_TRUE(town.is_in_state(LineState::listening)) << town.office.log.all();
  const auto report = town.pools->report().front();
  ASSERT_THAT(report.leases, IsEmpty());
  ASSERT_THAT(report.waiting, IsEmpty());
  ASSERT_FALSE(town.modem().off_hook());
}

/// Lets something happen after each so many pieces of work from the moment a program comes until some time
/// after it has a modem.
void at_each_instant_of_a_grant(LendingTown& town, int step, const std::function<void(Program&)>& happens) {
  int after_grant = 30;
  for (int pieces = 0; after_grant > 0; pieces += step) {
    ASSERT_LT(pieces, 1000) << "no grant";
    SCOPED_TRACE(pieces);
    const auto program = town.program();
    program->say("AT");
    town.io.restart();
    for (int i = 0; i < pieces; ++i) town.io.poll_one();
    if (program->has_modem()) after_grant -= step;
    town.modem().forget();
    happens(*program);
    program->close();
    town.clock.advance(1s);
    expect_no_harm(town);
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(Lending, WhoGoesAtTheInstantOfTheGrantLeavesNothingBehind) {
  LendingTown town;
  ASSERT_TRUE(town.start());
  at_each_instant_of_a_grant(town, 1, [](Program& program) { program.say("D5550009\r"); });
  town.expect_answered();
}

TEST(Lending, WhoIsSentAwayAtTheInstantOfTheGrantDoesGo) {
  LendingTown town;
  ASSERT_TRUE(town.start());
  std::uint64_t id = 0;
  at_each_instant_of_a_grant(town, 1, [&](Program& program) {
    if (!town.pools->kick(++id)) return;  // it was not there yet
    EXPECT_TRUE(program.is_sent_away(10s));
    EXPECT_THAT(program.heard(), HasSubstr("an administrator"));
  });
}

TEST(Lending, ARingAtTheInstantOfTheGrantIsAnswered) {
  LendingTown town;
  ASSERT_TRUE(town.start());
  at_each_instant_of_a_grant(town, 3, [&](Program&) {
    ASSERT_TRUE(town.modem().subscriber().phantom_ring(6));
    EXPECT_TRUE(town.run_until([&] { return town.modem().count("ATA") > 0; }, 40s)) << town.office.log.all();
  });
}

TEST(Lending, AStopAtTheInstantOfTheGrantEndsTheLease) {
  LendingTown town;
  ASSERT_TRUE(town.start());
  at_each_instant_of_a_grant(town, 2, [&](Program& program) {
    ASSERT_TRUE(town.office.engine->stop_instance("Modem1"));
    ASSERT_TRUE(town.is_in_state(LineState::disabled));
    EXPECT_FALSE(program.has_modem());
    EXPECT_FALSE(town.modem().is_open());
    program.close();
    town.clock.advance(1s);
    ASSERT_TRUE(town.office.engine->start_instance("Modem1"));
  });
}

}  // namespace
}  // namespace external::matrix::lending_meets_test
