// How scripts play: each command, the response rule, bounds, masking, cancellation.

#include "stage.h"

#include <gmock/gmock.h>

namespace external::modem::test::player_test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(Player, ShowsWhatTheScriptShows) {
  Stage stage;
  const auto outcome = stage.play(R"(INITIALIZE:
    title "A title" display "shown" sendln "ATE0" waitrsp 1 sendln "AT" waitrsp 1 return 0)");
  EXPECT_TRUE(outcome.ok());
  EXPECT_EQ(outcome.text, "OK");
  EXPECT_THAT(stage.seen.lines, ElementsAre("TITLE A title", "SHOW shown", "OUT ATE0\r",
                                            "IN ATE0\r\r\nOK\r\n", "OUT AT\r", "IN \r\nOK\r\n"));
}

TEST(Player, CalculatesJoinsAndCompares) {
  Stage stage;
  stage.play(R"(INITIALIZE:
    $n = 2 + 3 inc $n dec $n dec $n
    if ($n = 4) display "n is " + $n
    if ($n >= 4) display ">="
    if ($n <= 3) display "wrong" else if ($n < 5) { display "<" } else display "wrong"
    if ("b" isin "abc") display "in"
    if ("x" isin "abc") display "wrong"
    $s = "AT" + $n
    if ($s != "AT4") display "wrong"
    display "^[\065\\" + 'it"s'
    if (key = 0) if (listen = 0) if (ri = 0) display "zeros"
    return 0)");
  EXPECT_THAT(stage.seen.lines, ElementsAre("SHOW n is 4", "SHOW >=", "SHOW <", "SHOW in",
                                            "SHOW \x1B"
                                            "A\\it\"s",
                                            "SHOW zeros"));
}

TEST(Player, JumpsIntoBlocksAndLoops) {
  Stage stage;
  const auto outcome = stage.play(R"(INITIALIZE:
    $tries = 3
    goto inside
again:
    if ($tries = 100) {
inside:
      display "round " + $tries
    }
    dec $tries
    if ($tries > 0) goto again
    return 4)");
  EXPECT_EQ(outcome.code, ReturnCode::error);
  EXPECT_EQ(outcome.ended, Ended::returned);
  EXPECT_THAT(stage.seen.lines, ElementsAre("SHOW round 3"));
}

TEST(Player, KeepsUserVariablesBetweenProcedures) {
  Stage stage;
  stage.play("INITIALIZE: $Speed = 10 return 0");
  EXPECT_EQ(stage.play("CALL: return $speed", Procedure::call).code, ReturnCode::connect_2400);
}

TEST(Player, DialsWithWhatItWasGiven) {
  Stage stage;
  stage.play(R"(CALL: if (listen = 1) sendln "ATD" + dial_mode + phone_number return 8)", Procedure::call,
             {"5550002", "P", true});
  EXPECT_THAT(stage.device.commands(), ElementsAre("ATDP5550002"));
}

TEST(Player, SetsSpeedAndDtrAndReportsThePort) {
  Stage stage;
  const auto outcome = stage.play("INITIALIZE: baud 2400 dtr 0 port COM3 return 0");
  EXPECT_THAT(stage.device.speeds(), ElementsAre(2400U));
  EXPECT_FALSE(stage.device.dtr());
  EXPECT_EQ(outcome.port, "COM3");
}

TEST(Player, FailsWhenTheDeviceLacksTheSpeed) {
  Stage stage;
  const auto outcome = stage.play("INITIALIZE: baud 921600 return 0");
  EXPECT_EQ(outcome.ended, Ended::line_failed);
  EXPECT_EQ(outcome.error, line::Error::bad_speed);
  EXPECT_THAT(outcome.text, HasSubstr("921600"));
  EXPECT_FALSE(outcome.ok());
}

TEST(Player, SkipsWhatTheScriptDoesNotHave) {
  Stage stage;
  EXPECT_TRUE(stage.play("CALL: return 7", Procedure::reset).ok());
  EXPECT_EQ(stage.play("RESET: return 0", Procedure::answer).code, ReturnCode::no_answer);
  const auto call = stage.play("RESET: return 0", Procedure::call);
  EXPECT_EQ(call.code, ReturnCode::error);
  EXPECT_EQ(call.ended, Ended::absent);
  EXPECT_EQ(call.text, "T.MDM has no CALL procedure");
}

// The response rule.

TEST(Response, EndsWhenTheDeviceIsQuietBehindALine) {
  Stage stage;
  stage.device.say("0\r", 300ms);
  EXPECT_LT(stage.time_of("INITIALIZE: waitrsp 5 display response return 0"), 500ms);
  EXPECT_THAT(stage.seen.lines, testing::Contains("SHOW 0\r"));
}

TEST(Response, HoldsEchoAndResultTogether) {
  Stage stage;
  stage.play("INITIALIZE: sendln \"ATV0\" waitrsp 1 display response return 0");
  EXPECT_THAT(stage.seen.lines, testing::Contains("SHOW ATV0\r0\r"));
}

TEST(Response, DoesNotEndAtAnEmptyLine) {
  Stage stage;
  stage.device.say("\r\n");
  stage.device.say("OK\r\n", 600ms);
  stage.play("INITIALIZE: waitrsp 2 display response return 0");
  EXPECT_THAT(stage.seen.lines, testing::Contains("SHOW \r\nOK\r\n"));
}

TEST(Response, HoldsWhatCameWhenTheTimeIsUp) {
  Stage stage;
  stage.device.say("login: ");
  EXPECT_EQ(stage.time_of("INITIALIZE: waitrsp 2 display response return 0"), 2s);
  EXPECT_THAT(stage.seen.lines, testing::Contains("SHOW login: "));
  EXPECT_EQ(stage.time_of("INITIALIZE: waitrsp 2 return 0"), 2s);
}

TEST(Response, MergesAnswersThatComeTogetherAndOnlyThose) {
  Stage stage;
  stage.device.say("0\r");
  stage.device.say("0\r", 50ms);
  stage.device.say("0\r", 400ms);
  stage.play("INITIALIZE: waitrsp 1 display response waitrsp 1 display response return 0");
  EXPECT_THAT(stage.seen.lines, ElementsAre("IN 0\r0\r", "SHOW 0\r0\r", "IN 0\r", "SHOW 0\r"));
}

TEST(Response, NeedsMoreSilenceOnASlowLine) {
  FakeOptions slow;
  slow.bits_per_second = 300;
  Stage stage(slow);
  stage.device.say("1\r");
  stage.device.say("3\r", 80ms);  // 120 ms after the one before has ended
  stage.play("INITIALIZE: waitrsp 2 display response return 0");
  EXPECT_THAT(stage.seen.lines, testing::Contains("SHOW 1\r3\r"));
}

TEST(Response, OfAWaitIsThereAtOnce) {
  Stage stage;
  stage.device.say("0\r", 500ms);
  EXPECT_EQ(stage.time_of("INITIALIZE: wait 2 waitrsp 5 display response return 0"), 2s);
  EXPECT_THAT(stage.seen.lines, testing::Contains("SHOW 0\r"));
}

TEST(Response, StaysUnreadWhenSomethingIsSent) {
  Stage stage;
  stage.device.options().silent = true;
  stage.device.say("0\r");
  stage.play("INITIALIZE: wait 1 sendln \"AT\" waitrsp 1 display response return 0");
  EXPECT_THAT(stage.seen.lines, testing::Contains("SHOW 0\r"));
}

TEST(Response, IsForgottenByClearrsp) {
  Stage stage;
  stage.device.say("0\r");
  stage.play("INITIALIZE: wait 1 clearrsp display response waitrsp 1 display response return 0");
  // But people see it.
  EXPECT_THAT(stage.seen.lines, ElementsAre("IN 0\r", "SHOW ", "SHOW "));
}

TEST(Response, EndsAlthoughTheDeviceNeverStops) {
  Stage stage;
  for (int i = 0; i < 2000; ++i) stage.device.say("chatter\r");
  EXPECT_LE(stage.time_of("INITIALIZE: waitrsp 3 return 0"), 3s + 100ms);
}

// What belongs to the session.

struct Behind {
  const char* result;
  Duration pause;
  const char* script_sees;
  const char* session_gets;
};

class BehindConnect : public testing::TestWithParam<Behind> {};

TEST_P(BehindConnect, IsKept) {
  Stage stage;
  stage.device.say(GetParam().result);
  stage.device.say(
      "\x02"
      "3\rx\r\n",
      GetParam().pause);
  const auto outcome = stage.play("CALL: waitrsp 10 display response wait 1 return 12", Procedure::call);
  EXPECT_TRUE(outcome.connected());
  EXPECT_THAT(stage.seen.lines, testing::Contains("SHOW " + std::string(GetParam().script_sees)));
  EXPECT_EQ(stage.player.take_unread(), GetParam().session_gets);
  EXPECT_EQ(stage.player.take_unread(), "");
}

INSTANTIATE_TEST_SUITE_P(All, BehindConnect,
                         testing::Values(Behind{"\r\nCONNECT 57600\r\n", 0ms, "\r\nCONNECT 57600\r\n",
                                                "\x02"
                                                "3\rx\r\n"},
                                         Behind{"\r\nCONNECT 57600\r\n", 50ms, "\r\nCONNECT 57600\r\n",
                                                "\x02"
                                                "3\rx\r\n"},
                                         Behind{"\r\nCONNECT\r\n", 5s, "\r\nCONNECT\r\n", ""},
                                         Behind{"CONNECT\r", 50ms, "CONNECT\r",
                                                "\x02"
                                                "3\rx\r\n"},
                                         Behind{"10\r", 0ms, "10\r",
                                                "\x02"
                                                "3\rx\r\n"},
                                         Behind{"10\r", 5ms, "10\r",
                                                "\x02"
                                                "3\rx\r\n"},
                                         Behind{"10\r", 50ms, "10\r",
                                                "\x02"
                                                "3\rx\r\n"},
                                         Behind{"8\r", 0ms, "8\r",
                                                "\x02"
                                                "3\rx\r\n"}));

TEST(Outcome, TellsTheSpeed) {
  Stage stage;
  stage.device.say("\r\nCONNECT 33600/ARQ/V34\r\n");
  const auto verbose = stage.play("CALL: waitrsp 1 return 12", Procedure::call);
  EXPECT_EQ(verbose.connect, "CONNECT 33600/ARQ/V34");
  EXPECT_EQ(verbose.text, "CONNECT 33600/ARQ/V34");
  EXPECT_EQ(verbose.line_speed, 33600U);
  const auto numeric = stage.play("CALL: return 10", Procedure::call);
  EXPECT_EQ(numeric.line_speed, 2400U);
  EXPECT_EQ(numeric.text, "CONNECT 2400");
  EXPECT_TRUE(stage.play("CALL: return 52", Procedure::call).connected());
}

// Rings.

TEST(Rings, DoNotSpoilTheAnswerToACommand) {
  for (int when = 0; when < 1000; when += 50) {
    FakeOptions numeric;
    numeric.echo = numeric.verbose = false;
    Stage stage(numeric);
    stage.device.say("2\r", std::chrono::milliseconds(when));
    const auto outcome = stage.play(
        "RESET: sendln \"ATZ\" waitrsp 2 if (response = \"0^M\") return 0 return 4", Procedure::reset);
    EXPECT_TRUE(outcome.ok()) << when;
  }
}

TEST(Rings, InWordsAreTakenOutWhole) {
  Stage stage;
  stage.device.say("\r\nOK\r\n\r\nRING\r\n");
  stage.play("RESET: waitrsp 1 display response return 0", Procedure::reset);
  EXPECT_THAT(stage.seen.lines, testing::Contains("SHOW \r\nOK\r\n"));
}

// Bounds.

TEST(Bounds, EndAScriptThatWaitsTooLong) {
  Stage stage;
  const auto outcome = stage.play("INITIALIZE:\n wait 3600\n return 0");
  EXPECT_EQ(outcome.ended, Ended::deadline);
  EXPECT_EQ(outcome.code, ReturnCode::error);
  EXPECT_THAT(outcome.text, HasSubstr("INITIALIZE was stopped after 60 s, at T.MDM:2"));
}

TEST(Bounds, EndAScriptThatWaitsForNobodysKey) {
  Stage stage;
  const auto outcome = stage.play("CALL:\nagain: getkey if (key = 0) goto again return 12", Procedure::call);
  EXPECT_EQ(outcome.code, ReturnCode::no_answer);
  EXPECT_EQ(outcome.ended, Ended::deadline);
}

TEST(Bounds, EndAScriptThatRunsInCircles) {
  Stage stage;
  std::string body;
  for (int i = 0; i < 60; ++i) body += "$a = $a + 1 ";
  const auto outcome = stage.play("INITIALIZE:\nagain: " + body + " goto again return 0");
  EXPECT_EQ(outcome.ended, Ended::step_budget);
  EXPECT_THAT(outcome.text, HasSubstr("runs in circles"));
}

TEST(Bounds, LetAScriptWatchTheRingLine) {
  FakeOptions wired;
  wired.has_control_lines = true;
  Stage stage(wired);
  stage.device.set_ring_line(true);
  asio::co_spawn(
      stage.io,
      [](Stage& the_stage) -> Task<> {
        co_await the_stage.clock.wait_for(4s);
        the_stage.device.set_ring_line(false);
      }(stage),
      asio::detached);
  const TimePoint start = stage.clock.now();
  EXPECT_TRUE(stage.play("RESET:\nagain: if (ri = 1) goto again return 0", Procedure::reset).ok());
  EXPECT_GE(stage.clock.now() - start, 4s);
  EXPECT_LT(stage.clock.now() - start, 4s + 50ms);
}

TEST(Bounds, EndWithADeviceThatTakesNothing) {
  Stage stage;
  stage.device.options().takes_bytes = false;
  const auto outcome = stage.play("INITIALIZE: sendln \"ATZ\" waitrsp 1 return 0");
  EXPECT_EQ(outcome.ended, Ended::line_failed);
  EXPECT_THAT(outcome.text, HasSubstr("takes no bytes"));
}

TEST(Bounds, StopAtWrongValues) {
  Stage stage;
  const auto text = stage.play("INITIALIZE:\n $a = \"x\"\n dec $a\n return 0");
  EXPECT_EQ(text.ended, Ended::bad_value);
  EXPECT_THAT(text.text, HasSubstr("T.MDM:3: $a holds text"));
  EXPECT_EQ(stage.play("CALL: $a = \"x\" return $a", Procedure::call).ended, Ended::bad_value);
  EXPECT_EQ(stage.play("CALL: $a = \"x\" if ($a > 1) return 1 return 2", Procedure::call).ended,
            Ended::bad_value);
}

// Secrets.

TEST(Secrets, AppearNowhere) {
  Stage stage;  // with echo: the modem itself repeats the number
  stage.play(
      R"(CALL: echo 0 sendln "ATD" + phone_number echo 1 waitrsp 120 waitrsp 120 display "dialled" return 12)",
      Procedure::call, {"0-555-0002", "T", false});
  EXPECT_THAT(stage.device.commands(), ElementsAre("ATD0-555-0002"));
  EXPECT_THAT(stage.seen.all(), Not(HasSubstr("555")));
  EXPECT_THAT(stage.seen.all(), HasSubstr("OUT ********\r"));
  EXPECT_THAT(stage.seen.all(), HasSubstr("SHOW dialled"));
  EXPECT_THAT(stage.seen.all(), HasSubstr("CONNECT 9600"));
}

TEST(Secrets, AreHiddenInHalvesToo) {
  Stage stage;
  stage.device.options().silent = true;
  stage.device.say("ATD0-55", 0ms);
  stage.device.say("5-0002\r", 1500ms);
  stage.play(R"(CALL: echo 0 sendln "ATD" + phone_number waitrsp 1 waitrsp 1 return 8)", Procedure::call,
             {"0-555-0002", "T", false});
  EXPECT_THAT(stage.seen.all(), Not(HasSubstr("0-55")));
  EXPECT_THAT(stage.seen.all(), Not(HasSubstr("0002")));
}

// Cancellation.

TEST(Cancellation, EndsAScriptAnywhere) {
  for (const char* body :
       {"wait 30", "waitrsp 30", "again: goto again", "again: getkey if (key = 0) goto again"}) {
    Stage stage;
    asio::cancellation_signal cancel;
    std::exception_ptr end;
    bool done = false;
    asio::co_spawn(
        stage.io,
        stage.player.play(script_of("INITIALIZE: " + std::string(body) + " return 0"), Procedure::initialize),
        asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr error, const Outcome&) {
          end = error;
          done = true;
        }));
    stage.clock.advance(2s);
    EXPECT_FALSE(done) << body;
    cancel.emit(asio::cancellation_type::terminal);
    stage.clock.advance(0s);
    EXPECT_TRUE(done) << body;
    EXPECT_TRUE(end) << body;
    EXPECT_TRUE(stage.play("RESET: return 0", Procedure::reset).ok());
  }
}

}  // namespace
}  // namespace external::modem::test::player_test
