// The scripts that come with External.

#include "stage.h"

#include <external/line/memory.h>

#include <gmock/gmock.h>

namespace external::modem::test::scripts_test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

Script shipped(const std::string& name) {
  const auto result = compile_file(SOURCE_DIR "/samples/scripts/" + name);
  for (const auto& diagnostic : result.diagnostics) ADD_FAILURE() << render(diagnostic);
  return result.script.value();
}

FakeOptions modem_with(std::string dial_result) {
  FakeOptions options;
  options.dial_result = std::move(dial_result);
  return options;
}

TEST(Generic, InitialisesModemsInAnyMood) {
  for (const bool echo : {true, false}) {
    for (const bool verbose : {true, false}) {
      FakeOptions options;
      options.echo = echo;
      options.verbose = verbose;
      Desk desk(shipped("GENERIC.MDM"), options);
      const TimePoint start = desk.clock.now();
      EXPECT_TRUE(desk.run(desk.modem->initialize()).ok());
      EXPECT_EQ(desk.device->auto_answer(), 0);
      EXPECT_LT(desk.clock.now() - start, 5s);
    }
  }
}

TEST(Generic, BringsBackAModemLeftInACall) {
  for (const bool obeys_dtr : {true, false}) {
    FakeOptions options;
    options.obeys_dtr = obeys_dtr;
    Desk desk(shipped("GENERIC.MDM"), options);
    desk.run(desk.device->write(as_bytes("ATDT1\r"), never));
    desk.clock.advance(10s);
    ASSERT_TRUE(desk.device->in_call());
    EXPECT_TRUE(desk.run(desk.modem->initialize()).ok());
    EXPECT_FALSE(desk.device->in_call());
  }
}

TEST(Generic, GivesUpOnASilentModem) {
  FakeOptions options;
  options.silent = true;
  Desk desk(shipped("GENERIC.MDM"), options);
  const TimePoint start = desk.clock.now();
  EXPECT_EQ(desk.run(desk.modem->initialize()).code, ReturnCode::error);
  EXPECT_LE(desk.clock.now() - start, 25s);
  EXPECT_THAT(desk.seen.all(), HasSubstr("switched on"));
}

struct Dialled {
  const char* result;
  ReturnCode code;
};

class GenericCall : public testing::TestWithParam<Dialled> {};

TEST_P(GenericCall, UnderstandsTheResult) {
  Desk desk(shipped("GENERIC.MDM"), modem_with(GetParam().result));
  ASSERT_TRUE(desk.run(desk.modem->initialize()).ok());
  const auto outcome = desk.run(desk.modem->call(CallRequest("555-0002")));
  EXPECT_EQ(outcome.code, GetParam().code);
  EXPECT_THAT(desk.seen.all(), Not(HasSubstr("0002")));
  EXPECT_EQ(desk.device->commands().back(), "ATDT555-0002");
  desk.run(desk.modem->disconnect());
  EXPECT_FALSE(desk.device->in_call());
  EXPECT_TRUE(desk.run(desk.modem->reset()).ok());
}

INSTANTIATE_TEST_SUITE_P(
    All, GenericCall,
    testing::Values(
        Dialled{"CONNECT", ReturnCode::connect_9600}, Dialled{"CONNECT 300", ReturnCode::connect_300},
        Dialled{"CONNECT 600", ReturnCode::connect_300}, Dialled{"CONNECT 1200", ReturnCode::connect_1200},
        Dialled{"CONNECT 2400/NONE", ReturnCode::connect_2400},
        Dialled{"CONNECT 4800", ReturnCode::connect_4800}, Dialled{"CONNECT 7200", ReturnCode::connect_9600},
        Dialled{"CONNECT 9600", ReturnCode::connect_9600},
        Dialled{"CONNECT 12000", ReturnCode::connect_14400},
        Dialled{"CONNECT 14400/ARQ", ReturnCode::connect_14400},
        Dialled{"CONNECT 19200", ReturnCode::connect_9600},
        Dialled{"CONNECT 24000", ReturnCode::connect_9600},
        Dialled{"CONNECT 30000/V34", ReturnCode::connect_9600},
        Dialled{"CONNECT 33600", ReturnCode::connect_9600},
        Dialled{"CONNECT 48000", ReturnCode::connect_9600},
        Dialled{"CONNECT 57600/ARQ", ReturnCode::connect_9600},
        Dialled{"CONNECT 115200", ReturnCode::connect_9600}, Dialled{"BUSY", ReturnCode::busy},
        Dialled{"NO CARRIER", ReturnCode::no_carrier}, Dialled{"NO DIALTONE", ReturnCode::no_dialtone},
        Dialled{"NO DIAL TONE", ReturnCode::no_dialtone}, Dialled{"NO ANSWER", ReturnCode::no_answer},
        Dialled{"ERROR", ReturnCode::error}, Dialled{"BLACKLISTED", ReturnCode::dial_reject},
        Dialled{"DELAYED", ReturnCode::dial_reject},
        Dialled{"RINGING\r\n\r\nCARRIER 31200\r\n\r\nCONNECT 57600", ReturnCode::connect_9600}));

TEST(Generic, WaitsThroughResultsOnTheWay) {
  Desk desk(shipped("GENERIC.MDM"), modem_with("CARRIER 31200"));
  ASSERT_TRUE(desk.run(desk.modem->initialize()).ok());
  desk.device->say("\r\nPROTOCOL: LAP-M\r\n", 9s);
  desk.device->say("\r\nCONNECT 57600\r\n", 10s);
  EXPECT_EQ(desk.run(desk.modem->call(CallRequest("1"))).line_speed, 57600U);
}

TEST(Generic, GivesUpACallThatLeadsNowhere) {
  FakeOptions options;
  options.dial_delay = 1000s;
  Desk desk(shipped("GENERIC.MDM"), options);
  ASSERT_TRUE(desk.run(desk.modem->initialize()).ok());
  const TimePoint start = desk.clock.now();
  EXPECT_EQ(desk.run(desk.modem->call(CallRequest("1"))).code, ReturnCode::no_answer);
  EXPECT_LE(desk.clock.now() - start, 130s);
}

TEST(Generic, AnswersHangsUpAndAnswersAgain) {
  Desk desk(shipped("GENERIC.MDM"), modem_with("CONNECT 57600"));
  ASSERT_TRUE(desk.run(desk.modem->initialize()).ok());
  for (int round = 0; round < 3; ++round) {
    desk.device->ring();
    EXPECT_FALSE(desk.run(wait_for_ring(*desk.modem, never)));
    EXPECT_EQ(desk.run(desk.modem->answer()).line_speed, 57600U);
    EXPECT_TRUE(desk.device->in_call());
    const TimePoint start = desk.clock.now();
    EXPECT_TRUE(desk.run(desk.modem->disconnect()).ok());
    EXPECT_LT(desk.clock.now() - start, 2s) << "with DTR wired there is nothing to wait for";
    EXPECT_TRUE(desk.run(desk.modem->reset()).ok());
  }
}

TEST(Generic, HangsUpWithoutDtrToo) {
  auto options = modem_with("CONNECT 57600");
  options.obeys_dtr = false;
  Desk desk(shipped("GENERIC.MDM"), options);
  ASSERT_TRUE(desk.run(desk.modem->initialize()).ok());
  desk.run(desk.modem->call(CallRequest("1")));
  ASSERT_TRUE(desk.device->in_call());
  EXPECT_TRUE(desk.run(desk.modem->disconnect()).ok());
  EXPECT_FALSE(desk.device->in_call());
}

// Two ends of a serial cable.

struct Cable : external::test::VirtualWorld {
  line::MemoryLinePair pair{io.get_executor(), clock, {.bits_per_second = 9600}};
  ScriptEvents nobody;
  Modem caller{pair.take_a(), shipped("NULLMODEM.MDM"), clock, nobody};
  Modem answerer{pair.take_b(), shipped("NULLMODEM.MDM"), clock, nobody};

  /// A call while the other end looks after `late`. What each end thinks came of it.
  std::pair<Outcome, Outcome> call(Duration late) {
    std::optional<Outcome> called;
    std::optional<Outcome> answered;
    asio::co_spawn(io, caller.call(CallRequest("")),
                   [&](std::exception_ptr, Outcome outcome) { called = std::move(outcome); });
    asio::co_spawn(
        io,
        [](Modem& modem, Clock& time, Duration delay) -> Task<Outcome> {
          co_await time.wait_for(delay);
          if (co_await wait_for_ring(modem, time.now() + 10s)) co_return Outcome{};
          co_return co_await modem.answer();
        }(answerer, clock, late),
        [&](std::exception_ptr, Outcome outcome) { answered = std::move(outcome); });
    clock.run_until([&] { return called && answered; });
    return {*called, *answered};
  }
};

TEST(NullModem, ConnectsWhetherTheOtherEndIsQuickOrSlow) {
  for (const Duration late : {0ms, 700ms, 1900ms, 2500ms, 4500ms}) {
    Cable cable;
    const auto [called, answered] = cable.call(late);
    EXPECT_EQ(called.code, ReturnCode::connect_9600) << late.count();
    EXPECT_EQ(answered.code, ReturnCode::connect_9600) << late.count();
  }
}

TEST(NullModem, NeverConnectsOneEndOnly) {
  Cable cable;
  for (const Duration late : {8s, 0s, 70s, 7s, 0s}) {
    const auto [called, answered] = cable.call(late);
    EXPECT_EQ(called.connected(), answered.connected()) << late.count();
    EXPECT_EQ(called.connected(), late == 0s);
  }
}

TEST(NullModem, KeepsTheFirstBytesOfTheCaller) {
  Cable cable;
  ASSERT_TRUE(cable.call(0s).second.connected());
  cable.run([](Modem& from, Modem& to) -> Task<> {
    co_await from.session_line().write(as_bytes("\x02\rfirst"), never);
    std::string text;
    std::array<std::uint8_t, 16> buffer;
    while (text.size() < 7) {
      const auto count = co_await to.session_line().read(buffer, never);
      if (!count) break;
      text += as_text(ByteView(buffer).first(*count));
    }
    EXPECT_EQ(text, "\x02\rfirst");
  }(cable.caller, cable.answerer));
}

}  // namespace
}  // namespace external::modem::test::scripts_test
