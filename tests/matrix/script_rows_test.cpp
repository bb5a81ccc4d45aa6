// Rows about what modems and scripts say to each other.

#include "../unit/modem/stage.h"

#include <external/base/text.h>

#include <gmock/gmock.h>

namespace external::matrix::script_rows_test {
namespace {

using namespace std::chrono_literals;
using modem::Ended;
using modem::Procedure;
using modem::ReturnCode;
using modem::test::Desk;
using modem::test::FakeOptions;
using modem::test::Stage;
using testing::HasSubstr;
using testing::Not;

/// A script with numeric results that compares exactly, as the old ones do.
const char* const exact_script = R"(
INITIALIZE: sendln "AT&FE0V0" wait 1 waitrsp 1 sendln "ATS0=0" waitrsp 1
            if (response = "0^M") return 0 return 4
CALL:       clearrsp sendln "ATD" + phone_number waitrsp 120
            if (response = "3^M") return 3 if (response = "12^M") return 12 return 8
ANSWER:     waitrsp 1 if (response != "2^M") return 8
            sendln "ATA" waitrsp 60 if (response = "12^M") return 12 return 8
DISCONNECT: wait 2 send "+++" wait 2 clearrsp sendln "ATH0" waitrsp 1 return 0
RESET:      sendln "AT&FE0V0S0=0" waitrsp 2 if ("0^M" isin response) return 0 return 4
)";

/// What `procedure` makes of `source` within `limit`; nothing if it goes on.
std::optional<modem::Outcome> play_within(Stage& stage, Duration limit, std::string_view source,
                                          Procedure procedure, modem::Variables variables = {}) {
  std::optional<modem::Outcome> outcome;
  asio::co_spawn(stage.io, stage.player.play(modem::test::script_of(source), procedure, std::move(variables)),
                 [&](std::exception_ptr, modem::Outcome result) { outcome = std::move(result); });
  stage.clock.run_until([&] { return outcome.has_value(); }, limit);
  stage.io.stop();
  return outcome;
}

FakeOptions numeric_modem() {
  FakeOptions options;
  options.echo = options.verbose = false;
  options.dial_result = "CONNECT 9600";
  return options;
}

// The modem is off, or its CTS stays low: nothing that is written ever leaves.
TEST(FaultMatrix, R21_ASilentModemHoldsNobodyUp) {
  for (const Procedure procedure : modem::procedures) {
    if (procedure == Procedure::answer) continue;  // says nothing before it has heard a RING
    FakeOptions options;
    options.takes_bytes = false;
    Stage stage(options);
    const auto outcome = play_within(stage, 30s, exact_script, procedure, {"5550002", "T", false});
    ASSERT_TRUE(outcome) << name_of(procedure) << " never ends";
    EXPECT_EQ(outcome->ended, Ended::line_failed);
    EXPECT_THAT(outcome->text, HasSubstr("is it switched on"));
  }
}

TEST(FaultMatrix, R21_AModemThatTakesEverythingAndSaysNothingIsGivenUp) {
  FakeOptions options;
  options.silent = true;
  Stage stage(options);
  const auto outcome = play_within(stage, 25s, exact_script, Procedure::initialize);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->code, ReturnCode::error);
}

TEST(FaultMatrix, R22_AScriptThatWaitsForEverIsStopped) {
  // The ring line is stuck, without a pause in the loop.
  FakeOptions stuck = numeric_modem();
  stuck.has_control_lines = true;
  Stage ringing(stuck);
  ringing.device.set_ring_line(true);
  const auto reset =
      play_within(ringing, 45s, "RESET:\n\nquiet: if (ri = 1) goto quiet return 0", Procedure::reset);
  ASSERT_TRUE(reset) << "RESET waits for the end of a ring that never ends";
  EXPECT_EQ(reset->ended, Ended::deadline);
  EXPECT_EQ(reset->code, ReturnCode::error);
  EXPECT_THAT(reset->text, HasSubstr("T.MDM:3"));

  // No operator is there to press a key.
  Stage alone(numeric_modem());
  const auto call = play_within(alone, 305s, "CALL: key_loop: getkey if (key = 0) goto key_loop return 12",
                                Procedure::call);
  ASSERT_TRUE(call) << "CALL waits for a key that nobody presses";
  EXPECT_EQ(call->ended, Ended::deadline);
  EXPECT_EQ(call->code, ReturnCode::no_answer);
}

// Echo, empty line and result arrive in pieces; two results that come one after the other are two.
TEST(FaultMatrix, R23_AResponseEndsWhereTheModemPauses) {
  Stage stage;
  stage.device.say("ATZ\r");
  stage.device.say("\r\nOK\r\n", 60ms);
  stage.device.say("0\r", 400ms);
  const auto outcome = play_within(stage, 10s, R"(INITIALIZE:
      waitrsp 1 if ("OK" isin response) $first = 1
      waitrsp 1 if (response = "0^M") if ($first = 1) return 0
      return 4)",
                                   Procedure::initialize);
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->ok());
}

TEST(FaultMatrix, R23_TwoCommandsInARowAreWarnedOf) {
  const auto compiled =
      modem::compile("RESET:\n  sendln \"ATS0=0\"\n  sendln \"AT&W\"\n  waitrsp 1\n  return 0\n", "TWO.MDM");
  ASSERT_EQ(compiled.diagnostics.size(), 1U);
  EXPECT_EQ(compiled.diagnostics.front().line, 3U);
  EXPECT_THAT(compiled.diagnostics.front().text, HasSubstr("waitrsp"));
}

TEST(FaultMatrix, R24_ARingSpoilsNoAnswerAndIsNotForgotten) {
  for (const Procedure procedure : {Procedure::initialize, Procedure::reset}) {
    for (Duration when = 0ms; when < 2500ms; when += 50ms) {
      Desk desk(modem::test::script_of(exact_script), numeric_modem());
      if (procedure == Procedure::reset) {
        ASSERT_TRUE(desk.run(desk.modem->initialize()).ok());
      }
      desk.device->ring_after(when, 3);
      const auto outcome =
          procedure == Procedure::reset ? desk.run(desk.modem->reset()) : desk.run(desk.modem->initialize());
      ASSERT_TRUE(outcome.ok()) << name_of(procedure) << " with a ring after " << when / 1ms << " ms";
      EXPECT_FALSE(desk.run(modem::test::wait_for_ring(*desk.modem, desk.clock.now() + 10s)));
      EXPECT_TRUE(desk.run(desk.modem->answer()).connected()) << when / 1ms;
    }
  }
}

// One answer is read to two commands; the other one is still on its way when the next procedure dials.
TEST(FaultMatrix, R25_AScriptTakesItsLateAnswersWithIt) {
  Stage stage(numeric_modem());
  const auto first =
      play_within(stage, 20s, "INITIALIZE: sendln \"ATS0=0\" sendln \"ATS7=45&W\" waitrsp 1 return 0",
                  Procedure::initialize);
  ASSERT_TRUE(first && first->ok());
  stage.io.restart();
  const auto call = play_within(stage, 130s, exact_script, Procedure::call, {"5550002", "T", false});
  ASSERT_TRUE(call);
  EXPECT_TRUE(call->connected()) << call->text;
}

TEST(FaultMatrix, R38_BytesBehindConnectBelongToTheSession) {
  for (const Duration pause : {0ms, 5ms, 50ms}) {
    auto options = numeric_modem();
    options.behind_connect = "\x02hello\r";
    options.behind_after = pause;
    Desk desk(modem::test::script_of(exact_script), options);
    ASSERT_TRUE(desk.run(desk.modem->initialize()).ok());
    ASSERT_TRUE(desk.run(desk.modem->call(modem::CallRequest("5550002"))).connected()) << pause / 1ms;
    EXPECT_EQ(desk.read_session(1s), "\x02hello\r") << pause / 1ms;
  }
}

TEST(FaultMatrix, R43_ARefusalToDialIsNoTryWhateverTheScriptMakesOfIt) {
  for (const bool verbose : {true, false}) {
    for (const char* said : {"BLACKLISTED", "DELAYED", "DELAYED 00:04:59"}) {
      auto options = numeric_modem();
      options.verbose = verbose;
      options.dial_result = said;
      options.numeric_result = "32";
      Stage stage(options);
      const auto outcome = play_within(stage, 130s,
                                       "CALL: sendln \"ATD\" + phone_number waitrsp 120\n"
                                       "if (\"CONNECT\" isin response) return 12 return 3",
                                       Procedure::call, {"5550002", "T", false});
      ASSERT_TRUE(outcome);
      EXPECT_EQ(outcome->code, ReturnCode::dial_reject) << said;
      EXPECT_THAT(outcome->text, HasSubstr(verbose ? said : "32"));
    }
  }
}

/// Everything that leaves the player, in one text.
std::string everything_shown(Stage& stage, const modem::Outcome& outcome) {
  return stage.seen.all() + outcome.text + outcome.connect;
}

TEST(FaultMatrix, R44_NumbersSentInSecretAppearNowhere) {
  FakeOptions repeats;  // echo on: the modem itself repeats what it was told
  repeats.dial_result = "BUSY 5550002";
  Stage stage(repeats);
  const auto outcome = play_within(stage, 300s, R"(CALL:
      display "calling"
      echo 0 sendln "ATDT" + phone_number + ";" waitrsp 3 display response
      $said = response
      sendln "ATDT123-456-7890" echo 1
      display "said: " + $said
      waitrsp 1 display "got " + response waitrsp 20 display response
      return 7)",
                                   Procedure::call, {"5550002", "T", false});
  ASSERT_TRUE(outcome);
  EXPECT_THAT(stage.device.commands(), testing::ElementsAre("ATDT5550002;", "ATDT123-456-7890"));
  const auto shown = everything_shown(stage, *outcome);
  for (const char* digits : {"555", "0002", "456", "7890"}) EXPECT_THAT(shown, Not(HasSubstr(digits)));
  EXPECT_THAT(shown, HasSubstr("SHOW calling"));
}

// An echo that comes late is read by the next procedure.
TEST(FaultMatrix, R44_NumbersStayHiddenInTheNextProcedure) {
  Stage stage(numeric_modem());
  const auto call = play_within(stage, 10s, "CALL: echo 0 sendln \"ATDT5550002\" return 8", Procedure::call);
  ASSERT_TRUE(call);
  stage.io.restart();
  stage.device.say("ATDT5550002\r\n");
  const auto reset = play_within(stage, 10s, "RESET: waitrsp 2 return 0", Procedure::reset);
  ASSERT_TRUE(reset);
  EXPECT_THAT(stage.seen.all(), HasSubstr("IN "));
  EXPECT_THAT(stage.seen.all(), Not(HasSubstr("5550002")));
}

TEST(FaultMatrix, R45_AWrongScriptIsNamedWithItsPlaceAndNotUsed) {
  const auto compiled = modem::compile("INITIALIZE:\n  sned \"ATZ\"\n  return 0\n", "BAD.MDM");
  EXPECT_FALSE(compiled.script);
  ASSERT_FALSE(compiled.diagnostics.empty());
  EXPECT_EQ(render(compiled.diagnostics.front()),
            "BAD.MDM:2:3: error: unknown command 'sned'; did you mean 'send'?");
}

TEST(FaultMatrix, R45_AMissingProcedureIsSkipped) {
  Stage stage;
  const auto script = modem::test::script_of("CALL: return 7");
  for (const Procedure procedure : modem::procedures) {
    if (procedure == Procedure::call) continue;
    const auto outcome = stage.run(stage.player.play(script, procedure));
    EXPECT_EQ(outcome.ended, Ended::absent) << name_of(procedure);
    EXPECT_EQ(outcome.code, procedure == Procedure::answer ? ReturnCode::no_answer : ReturnCode::ok);
  }
}

struct Fragment {
  const char* what;
  const char* source;
  std::size_t error_line;  ///< 0: it can be used
};

TEST(FaultMatrix, R45_PiecesOfScriptsAreTakenOrRefusedWithAPlace) {
  const Fragment fragments[] = {
      {"statements without a procedure", "\n$ret = 8\nclearrsp\n", 2},
      {"a procedure by itself", "RESET:\n baud 9600\n sendln \"ATZ\"\n waitrsp 1\n return 0\n", 0},
      {"a comment that has lost its semicolon", "; one\n  wrapped to here\nRESET:\n return 0\n", 2},
      {"an else-if without the if before it", "CALL:\n else if (response = \"7^M\") return 7\n return 8\n",
       2},
      {"a condition in braces", "CALL:\n waitrsp 9 if {response = \"7^M\"} return 9\n return 8\n", 0},
      {"a block cut off", "CALL:\n waitrsp 9 if (response = \"7^M\")\n {\n  return 7\n", 3},
  };
  for (const auto& [what, source, error_line] : fragments) {
    const auto compiled = modem::compile(source, "PIECE.MDM");
    EXPECT_EQ(compiled.script.has_value(), error_line == 0) << what;
    if (error_line != 0) {
      EXPECT_EQ(compiled.diagnostics.front().line, error_line) << what;
    }
  }
}

}  // namespace
}  // namespace external::matrix::script_rows_test
