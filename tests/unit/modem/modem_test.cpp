// The modem as the engine sees it: procedures in their order, sessions, the end of calls, stopping.

#include "stage.h"

#include <gmock/gmock.h>

namespace external::modem::test::modem_test {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const char* const numeric_script = R"(
INITIALIZE: sendln "ATE0V0S0=0" waitrsp 1 return 0
CALL: sendln "ATD" + phone_number waitrsp 120 if (response = "12^M") return 12 return 3
ANSWER: waitrsp 1 if (response != "2^M") return 8
        sendln "ATA" waitrsp 60 if (response = "12^M") return 12 return 8
DISCONNECT: wait 2 send "+++" wait 2 clearrsp sendln "ATH0" waitrsp 1 return 0
RESET: sendln "ATZ" waitrsp 2 sendln "ATE0V0S0=0" waitrsp 1 if (response = "0^M") return 0 return 4
)";

FakeOptions numeric_modem() {
  FakeOptions options;
  options.echo = options.verbose = false;
  return options;
}

struct Numeric : Desk {
  explicit Numeric(FakeOptions options = numeric_modem())
      : Desk(script_of(numeric_script), std::move(options)) {
    EXPECT_TRUE(run(modem->initialize()).ok());
  }
};

TEST(Modem, MakesACallAndHangsUp) {
  auto options = numeric_modem();
  options.behind_connect = "\x02hello";
  Numeric desk(options);
  ASSERT_TRUE(desk.run(desk.modem->call(CallRequest("5550002"))).connected());
  ASSERT_TRUE(desk.modem->in_session());
  EXPECT_EQ(desk.read_session(1s), "\x02hello");
  desk.device->say("more");
  EXPECT_EQ(desk.read_session(1s), "more");
  EXPECT_TRUE(desk.run(desk.modem->disconnect()).ok());
  EXPECT_FALSE(desk.modem->in_session());
  EXPECT_FALSE(desk.device->in_call());
  EXPECT_TRUE(desk.run(desk.modem->reset()).ok());
}

TEST(Modem, UsesTheScriptOfACallForThatCallOnly) {
  Numeric desk;
  const auto other = script_of("CALL: return 7 DISCONNECT: display \"other\" return 0");
  EXPECT_EQ(desk.run(desk.modem->call(CallRequest("1", "T", other))).code, ReturnCode::busy);
  desk.run(desk.modem->disconnect());
  EXPECT_THAT(desk.seen.lines, Contains("SHOW other"));
  EXPECT_TRUE(desk.run(desk.modem->call(CallRequest("1"))).connected());
}

TEST(Modem, AnswersWhenThePhoneRings) {
  Numeric desk;
  const TimePoint start = desk.clock.now();
  EXPECT_EQ(desk.run(wait_for_ring(*desk.modem, start + 10s)), asio::error::timed_out);
  EXPECT_EQ(desk.clock.now() - start, 10s);
  desk.device->ring();
  EXPECT_FALSE(desk.run(wait_for_ring(*desk.modem, desk.clock.now() + 10s)));
  EXPECT_TRUE(desk.run(desk.modem->answer()).connected());
}

TEST(Modem, AnswersSeveralQueuedRingsAsOne) {
  Numeric desk;
  desk.device->say("2\r2\r2\r");
  desk.clock.advance(100ms);
  EXPECT_FALSE(desk.run(wait_for_ring(*desk.modem, never)));
  EXPECT_TRUE(desk.run(desk.modem->answer()).connected());
}

TEST(Modem, RemembersARingThatCameDuringReset) {
  Numeric desk;
  desk.device->say("2\r", 300ms);
  EXPECT_TRUE(desk.run(desk.modem->reset()).ok());
  const TimePoint start = desk.clock.now();
  EXPECT_FALSE(desk.run(wait_for_ring(*desk.modem, never)));
  EXPECT_EQ(desk.clock.now(), start);
  EXPECT_TRUE(desk.run(desk.modem->answer()).connected());
}

TEST(Modem, ForgetsARingThatIsLongOver) {
  Numeric desk;
  desk.device->say("2\r", 300ms);
  desk.run(desk.modem->reset());
  desk.clock.advance(10s);
  EXPECT_EQ(desk.run(desk.modem->answer()).code, ReturnCode::no_answer);
}

TEST(Modem, SeesTheRingLine) {
  auto options = numeric_modem();
  options.has_control_lines = true;
  Numeric desk(options);
  desk.device->set_ring_line(true);
  const TimePoint start = desk.clock.now();
  EXPECT_FALSE(desk.run(wait_for_ring(*desk.modem, start + 10s)));
  EXPECT_LE(desk.clock.now() - start, 1s);
}

TEST(Modem, KeepsALateAnswerFromTheNextProcedure) {
  Numeric desk;
  desk.device->say("0\r", 100ms);
  const auto outcome = desk.run(desk.modem->call(CallRequest("5550002")));
  EXPECT_TRUE(outcome.connected());
}

TEST(Modem, RestoresThePortSpeedForTheNextCall) {
  Desk desk(script_of("CALL: baud 300 return 1 RESET: return 0"));
  desk.run(desk.modem->call(CallRequest("1")));
  desk.run(desk.modem->disconnect());
  desk.run(desk.modem->reset());
  EXPECT_THAT(desk.device->speeds(), ElementsAre(300U, 9600U));
}

TEST(Modem, LowersDtrWhenTheScriptCannotHangUp) {
  FakeOptions words;
  words.echo = false;
  Desk desk(script_of("CALL: sendln \"ATD\" waitrsp 60 return 12 DISCONNECT: $a = \"x\" return $a"), words);
  desk.run(desk.modem->call(CallRequest("1")));
  ASSERT_TRUE(desk.device->in_call());
  EXPECT_EQ(desk.run(desk.modem->disconnect()).ended, Ended::bad_value);
  EXPECT_FALSE(desk.device->in_call());
  EXPECT_TRUE(desk.device->dtr());
}

// The end of a call.

TEST(Carrier, IsLostWhenTheModemSaysSoAndFallsSilent) {
  FakeOptions words;
  words.echo = false;
  Desk desk(script_of("CALL: sendln \"ATD\" waitrsp 60 return 12"), words);
  desk.run(desk.modem->call(CallRequest("1")));
  desk.device->say("data");
  desk.device->lose_carrier();
  error_code end;
  const TimePoint start = desk.clock.now();
  EXPECT_EQ(desk.read_session(60s, &end), "data\r\nNO CARRIER\r\n");
  EXPECT_EQ(end, line::Error::hung_up);
  EXPECT_LT(desk.clock.now() - start, 1s);
  EXPECT_TRUE(desk.modem->session_line().carrier_lost());
  EXPECT_EQ(desk.run(desk.modem->session_line().write(as_bytes("x"), never)), line::Error::hung_up);
}

TEST(Carrier, IsNotLostByTextInTheMail) {
  FakeOptions words;
  words.echo = false;
  Desk desk(script_of("CALL: sendln \"ATD\" waitrsp 60 return 12"), words);
  desk.run(desk.modem->call(CallRequest("1")));
  desk.device->say("he wrote\r\nNO CARRIER\r\n");
  desk.device->say("and went on", 100ms);
  desk.device->say("3\r");
  error_code end;
  desk.read_session(5s, &end);
  EXPECT_EQ(end, asio::error::timed_out);
  EXPECT_FALSE(desk.modem->session_line().carrier_lost());
}

// What was on its way to the other end when the call ended reaches the modem as commands, and it answers
// them.
TEST(Carrier, IsLostThoughTheModemAnswersWhatIsStillWritten) {
  FakeOptions words;
  words.echo = false;
  Desk desk(script_of("CALL: sendln \"ATD\" waitrsp 60 return 12"), words);
  desk.run(desk.modem->call(CallRequest("1")));
  desk.device->lose_carrier();
  desk.device->say("\r\nERROR\r\n", 100ms);
  desk.device->say("0\r", 100ms);
  error_code end;
  EXPECT_THAT(desk.read_session(5s, &end), testing::EndsWith("ERROR\r\n0\r"));
  EXPECT_EQ(end, line::Error::hung_up);
}

TEST(Carrier, IsLostByANumericResultAfterAPause) {
  Numeric desk;
  desk.run(desk.modem->call(CallRequest("1")));
  desk.device->say("data 3\r");
  error_code end;
  desk.read_session(5s, &end);
  EXPECT_EQ(end, asio::error::timed_out);
  desk.device->lose_carrier();
  EXPECT_EQ(desk.read_session(5s, &end), "3\r");
  EXPECT_EQ(end, line::Error::hung_up);
}

TEST(Carrier, IsWatchedOnItsLine) {
  auto options = numeric_modem();
  options.has_control_lines = true;
  Numeric desk(options);
  desk.run(desk.modem->call(CallRequest("1")));
  EXPECT_FALSE(desk.modem->session_line().carrier_lost());
  desk.device->lose_carrier();
  desk.device->discard_input();
  const TimePoint start = desk.clock.now();
  error_code end;
  desk.read_session(60s, &end);
  EXPECT_EQ(end, line::Error::hung_up);
  EXPECT_LE(desk.clock.now() - start, 1s);
}

// Stopping.

TEST(Release, IsShortWhenTheModemIsIdle) {
  Numeric desk;
  const TimePoint start = desk.clock.now();
  desk.run(desk.modem->release());
  EXPECT_TRUE(desk.device->closed());
  EXPECT_FALSE(desk.device->dtr());
  EXPECT_LT(desk.clock.now() - start, 3s);
}

TEST(Release, HangsUpAndClosesInEveryState) {
  for (const Duration when : {0ms, 300ms, 1000ms, 3000ms, 5500ms, 9000ms, 12000ms}) {
    Desk desk(script_of(numeric_script), numeric_modem());
    asio::cancellation_signal cancel;
    asio::co_spawn(
        desk.io,
        [](Modem& modem) -> Task<> {
          co_await modem.initialize();
          co_await modem.call(CallRequest("5550002"));
          co_await modem.disconnect();
          co_await modem.reset();
        }(*desk.modem),
        asio::bind_cancellation_slot(cancel.slot(), [](std::exception_ptr) {}));
    desk.clock.advance(when);
    cancel.emit(asio::cancellation_type::terminal);
    const TimePoint start = desk.clock.now();
    desk.run(desk.modem->release(15s));
    EXPECT_LE(desk.clock.now() - start, 15s) << when.count();
    EXPECT_FALSE(desk.device->in_call()) << when.count();
    EXPECT_TRUE(desk.device->closed());
    EXPECT_FALSE(desk.device->dtr());
    EXPECT_THAT(desk.device->commands(), Contains("ATZ"));
  }
}

TEST(Release, KeepsItsBoundWithAModemThatIsSwitchedOff) {
  for (const bool takes_bytes : {true, false}) {
    auto options = numeric_modem();
    options.silent = true;
    options.takes_bytes = takes_bytes;
    Desk desk(script_of(numeric_script), options);
    const TimePoint start = desk.clock.now();
    desk.run(desk.modem->release(5s));
    EXPECT_LE(desk.clock.now() - start, 5s);
    EXPECT_TRUE(desk.device->closed());
  }
}

TEST(Release, ClosesWhenItIsCancelled) {
  Desk desk(script_of(numeric_script), numeric_modem());
  asio::cancellation_signal cancel;
  asio::co_spawn(desk.io, desk.modem->release(),
                 asio::bind_cancellation_slot(cancel.slot(), [](std::exception_ptr, Released) {}));
  desk.clock.advance(1s);
  EXPECT_FALSE(desk.device->closed());
  cancel.emit(asio::cancellation_type::terminal);
  desk.clock.advance(0s);
  EXPECT_TRUE(desk.device->closed());
}

}  // namespace
}  // namespace external::modem::test::modem_test
