// The rig itself: lines on simulated modems in virtual time.

#include "exchange_line.h"

#include "caller.h"
#include "run.h"

#include <external/base/text.h>

#include <gmock/gmock.h>

namespace external::matrix::exchange_line_test {
namespace {

using namespace std::chrono_literals;

struct ExchangeLine : ::testing::Test {
  test::VirtualWorld world;
  Telephony telephony{world.io.get_executor(), world.clock};
  Station north{telephony, "5550001", "north"};
  Station south{telephony, "5550002", "south"};

  TimePoint in(Duration span) { return world.clock.now() + span; }

  error_code say(line::Line& line, std::string_view text) {
    return world.run(line.write(as_bytes(text), in(60s)));
  }

  /// Reads until `words` have come, or nothing more for a minute.
  std::string hear(line::Line& line, std::string_view words) {
    std::string text;
    std::array<std::uint8_t, 64> buffer{};
    while (text.find(words) == std::string::npos) {
      const auto count = world.run(line.read(buffer, in(60s)));
      if (!count) return visible(text) + "<" + count.error().message() + ">";
      text += as_text(ByteView(buffer.data(), *count));
    }
    return visible(text);
  }
};

TEST_F(ExchangeLine, CarriesACallBetweenTwoComputers) {
  const auto a = north.open();
  const auto b = south.open();
  ASSERT_TRUE(a && b);
  say(**a, "ATE0\r");
  EXPECT_EQ(hear(**a, "OK\r\n"), "ATE0^M^M^JOK^M^J");
  say(**b, "ATE0S0=2\r");
  hear(**b, "OK\r\n");
  say(**a, "ATDT5550002\r");
  EXPECT_EQ(hear(**a, "57600\r\n"), "^M^JCONNECT 57600^M^J");
  hear(**b, "57600\r\n");
  EXPECT_TRUE(north.in_call() && south.in_call());
  const std::string text(10'000, 'x');
  say(**a, text + "end");
  EXPECT_EQ(hear(**b, "end"), text + "end");
  EXPECT_EQ(north.count("ATDT5550002"), 1U);
  EXPECT_EQ(north.bytes_from_computer(), 10'003U + 5 + 12);
  say(**a, "x");
  (*a)->set_dtr(false);
  EXPECT_THAT(hear(**b, "NO CARRIER"), ::testing::HasSubstr("NO CARRIER"));
  EXPECT_FALSE(north.off_hook());
}

TEST_F(ExchangeLine, ControlLinesFollowRingCarrierAndPower) {
  const auto a = north.open();
  const auto b = south.open();
  const auto lines = [&] { return *(*b)->control_lines(); };
  EXPECT_TRUE(lines().data_set_ready && lines().clear_to_send && lines().terminal_ready);
  EXPECT_FALSE(lines().carrier || lines().ring);

  say(**a, "ATDT5550002\r");
  EXPECT_FALSE(world.run((*b)->wait_for_change(in(10s))));
  EXPECT_TRUE(lines().ring);
  const TimePoint rang = world.clock.now();
  EXPECT_FALSE(world.run((*b)->wait_for_change(in(10s))));
  EXPECT_FALSE(lines().ring);
  EXPECT_EQ(world.clock.now() - rang, 2s);

  say(**b, "ATA\r");
  EXPECT_FALSE(world.run((*b)->wait_for_change(in(10s))));
  EXPECT_TRUE(lines().carrier);
  EXPECT_EQ(world.run((*b)->wait_for_change(in(10s))), asio::error::timed_out);

  south.power_off();
  EXPECT_FALSE(world.run((*b)->wait_for_change(in(10s))));
  EXPECT_FALSE(lines().carrier || lines().data_set_ready || lines().clear_to_send);
  EXPECT_EQ(world.run((*b)->write(Bytes(300), in(5s))), asio::error::timed_out) << "nobody takes it";
}

TEST_F(ExchangeLine, ThePortIsOpenedByOneAtATimeAndAgainAfterAClose) {
  auto first = north.open();
  ASSERT_TRUE(first);
  EXPECT_EQ(north.open().error(), line::Error::held);
  EXPECT_FALSE((*first)->set_speed(19200));
  EXPECT_TRUE(north.dtr());
  (*first)->close();
  EXPECT_FALSE(north.dtr());
  EXPECT_EQ((*first)->set_dtr(true), asio::error::operation_aborted);
  const auto second = north.open();
  ASSERT_TRUE(second);
  first->reset();
  EXPECT_TRUE(north.dtr()) << "the former line is no more concerned";
  EXPECT_EQ(north.opens(), 2U);
  EXPECT_EQ(north.speeds(), (std::vector<unsigned>{9600, 19200, 9600}));
}

TEST_F(ExchangeLine, AnUnpluggedPortHangsUpWhoWaits) {
  const auto a = north.open();
  ASSERT_TRUE(a);
  phonenet::Timer pull(telephony.agenda, [&] { north.unplug(); });
  pull.start_in(3s);
  EXPECT_EQ(hear(**a, "anything"), "<" + make_error_code(line::Error::hung_up).message() + ">");
  EXPECT_EQ((*a)->control_lines().error(), line::Error::hung_up);
  EXPECT_EQ(north.open().error(), boost::system::errc::no_such_file_or_directory);
  north.plug();
  EXPECT_TRUE(north.open());
}

TEST_F(ExchangeLine, CanLackControlLines) {
  StationOptions options;
  options.has_control_lines = false;
  Station west(telephony, "5550003", "west", options);
  const auto line = west.open();
  EXPECT_EQ((*line)->control_lines().error(), line::Error::unsupported);
  EXPECT_EQ(world.run((*line)->wait_for_change(in(1s))), line::Error::unsupported);
  EXPECT_FALSE((*line)->set_dtr(false)) << "B0 is seen by the modem";
  EXPECT_FALSE(west.dtr());
}

struct Abandoned {
  const char* name;
  Caller::Plan plan;
  bool answered;
  bool connected;
};

class AbandonedCall : public ExchangeLine, public ::testing::WithParamInterface<Abandoned> {};

TEST_P(AbandonedCall, EndsAtItsMomentAndTheNextOneWorks) {
  const Abandoned& abandoned = GetParam();
  const auto line = south.open();
  say(**line, abandoned.answered ? "ATE0V0S0=1\r" : "ATE0V0\r");
  Caller caller(telephony, "5550009", "caller");
  world.clock.advance(1s);
  (*line)->discard_input();
  caller.call("5550002", abandoned.plan);
  world.clock.run_until([&] { return south.in_call(); }, 20s);
  if (abandoned.connected) say(**line, "a prompt");
  ASSERT_TRUE(world.clock.run_until([&] { return caller.over(); }, 2min));
  EXPECT_EQ(caller.end(), Caller::End::left);
  EXPECT_EQ(caller.was_connected(), abandoned.connected);
  world.clock.advance(1s);
  EXPECT_FALSE(south.off_hook());

  say(**line, "ATS0=1\r");
  caller.call("5550002", {Caller::Leaves::when_other_leaves, {}, 0, "hello"});
  EXPECT_THAT(hear(**line, "hello"), ::testing::EndsWith("18^Mhello"));
  (*line)->set_dtr(false);
  world.clock.advance(1s);
  EXPECT_EQ(caller.end(), Caller::End::no_carrier);
}

INSTANTIATE_TEST_SUITE_P(
    Moments, AbandonedCall,
    ::testing::Values(Abandoned{"WhileRinging", {Caller::Leaves::while_ringing, 7s, 0, {}}, false, false},
                      Abandoned{"AfterAnswer", {Caller::Leaves::after_answer, 300ms, 0, {}}, true, false},
                      Abandoned{"AfterConnect", {Caller::Leaves::after_connect, 10ms, 0, {}}, true, true},
                      Abandoned{"AfterBytes", {Caller::Leaves::after_bytes, {}, 5, {}}, true, true}),
    [](const auto& moment) { return std::string(moment.param.name); });

TEST_F(ExchangeLine, ACallDropsAfterSoManyBytes) {
  const auto line = south.open();
  say(**line, "ATE0V0S0=1\r");
  Caller caller(telephony, "5550009", "caller");
  world.clock.advance(1s);
  south.drop_after(100);
  caller.call("5550002", {Caller::Leaves::when_other_leaves, {}, 0, std::string(99, 'x')});
  ASSERT_TRUE(world.clock.run_until([&] { return south.in_call(); }, 1min));
  world.clock.advance(5s);
  EXPECT_TRUE(south.in_call());
  say(**line, "y");
  EXPECT_TRUE(world.clock.run_until([&] { return caller.over(); }, 1s));
  EXPECT_EQ(caller.end(), Caller::End::no_carrier);
}

TEST_F(ExchangeLine, RingsThatStopCountOnlyThemselves) {
  const auto line = south.open();
  say(**line, "ATE0V0\r");
  world.clock.advance(1s);
  (*line)->discard_input();
  EXPECT_TRUE(south.subscriber().phantom_ring(2, 4s));
  EXPECT_FALSE(south.subscriber().phantom_ring(1)) << "it rings already";
  EXPECT_EQ(hear(**line, "three rings"), "2^M2^M<" + error_code(asio::error::timed_out).message() + ">");
  EXPECT_EQ(south.subscriber().statistics().rings, 2U);
}

TEST_F(ExchangeLine, ADtrThatSticksIsReadBackLowUntilThePortIsReopened) {
  auto line = south.open();
  south.quirk("dtr-sticks", "1");
  say(**line, "ATS0=1\r");
  Caller caller(telephony, "5550009", "caller");
  world.clock.advance(1s);
  caller.call("5550002", {Caller::Leaves::after_connect, 1s, 0, {}});
  ASSERT_TRUE(world.clock.run_until([&] { return caller.over(); }, 1min));
  for (const bool high : {false, true}) EXPECT_FALSE((*line)->set_dtr(high));
  EXPECT_FALSE((*line)->control_lines()->terminal_ready);
  (*line)->close();
  line = south.open();
  EXPECT_TRUE((*line)->control_lines()->terminal_ready);
}

TEST_F(ExchangeLine, AModemThatStopsReadingHoldsTheWriter) {
  const auto line = north.open();
  north.quirk("stop-reading", "20s");
  EXPECT_FALSE((*line)->control_lines()->clear_to_send);
  EXPECT_EQ(world.run((*line)->write(Bytes(300, 'x'), in(5s))), asio::error::timed_out);
  EXPECT_FALSE(world.run((*line)->write(Bytes(300, 'x'), in(20s))));
  EXPECT_TRUE((*line)->control_lines()->clear_to_send);
}

TEST_F(ExchangeLine, DiscardsWhatWasNotReadAndNotSent) {
  const auto a = north.open();
  say(**a, "AT\r");
  world.clock.advance(1s);
  EXPECT_EQ((*a)->discard_input(), 9U) << "AT^M^M^JOK^M^J";
  north.power_off();
  say(**a, "ATZ\r");
  (*a)->discard_output();
  north.power_on();
  EXPECT_EQ(north.count("ATZ"), 0U);
}

}  // namespace
}  // namespace external::matrix::exchange_line_test
