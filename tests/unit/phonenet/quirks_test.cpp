// What modems do wrong, each quirk by itself. North has it.

#include "quirks.h"

#include "network.h"

#include <gmock/gmock.h>

namespace external::phonenet::quirks_test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class QuirkOf : public testing::Test {
 protected:
  void quirk(const std::string& key, const std::string& value = "") {
    Quirks quirks = modem().quirks();
    set_quirk(quirks, key, value);
    modem().set_quirks(quirks);
  }
  Modem& modem() { return net_.north.modem; }
  std::string say(std::string_view text, Duration wait = 1s) {
    net_.north.heard();
    net_.north.say(text);
    return heard_in(wait);
  }
  std::string heard_in(Duration wait) {
    net_.time.advance(wait);
    return net_.north.heard();
  }
  /// South calls north, which does not answer by itself.
  void ring_north() {
    net_.south.say("ATDT5550001\r");
    net_.time.advance(1040ms);
  }
  void pulse_dtr(Duration low) {
    modem().set_dtr(false);
    net_.time.advance(low);
    modem().set_dtr(true);
    net_.time.advance(1s);
  }

  test::Network net_;
};

TEST_F(QuirkOf, MergedAnswersComeTogether) {
  quirk("merge");
  EXPECT_EQ(say("ATV0\r"), "");
  EXPECT_EQ(say("AT\r"), "0^M0^M");
  EXPECT_EQ(say("AT\r"), "0^M");
}

TEST_F(QuirkOf, DroppedAnswersNeverCome) {
  quirk("drop", "2");
  EXPECT_EQ(say("AT\r") + say("AT\r"), "");
  EXPECT_EQ(say("AT\r"), "^M^JOK^M^J");
}

TEST_F(QuirkOf, EveryNthAnswerIsDoubled) {
  quirk("double", "every-2");
  say("ATV0\r");
  EXPECT_EQ(say("AT\r"), "0^M0^M");
  EXPECT_EQ(say("AT\r"), "0^M");
  EXPECT_EQ(say("AT\r"), "0^M0^M");
}

TEST_F(QuirkOf, LateAnswersKeepTheOrder) {
  quirk("late", "5s");
  EXPECT_EQ(say("ATV0\r", 4s), "");
  EXPECT_EQ(say("ATX9\r", 500ms), "");
  EXPECT_EQ(heard_in(1s), "0^M4^M");
  EXPECT_EQ(say("AT\r"), "0^M");
}

TEST_F(QuirkOf, GarbageStandsBeforeAnAnswer) {
  quirk("garbage");
  EXPECT_EQ(say("AT\r"), "\\x80\\xFE{^[^M^JOK^M^J");
  EXPECT_EQ(say("AT\r"), "^M^JOK^M^J");
}

TEST_F(QuirkOf, ResultsCanBeThoseOfAMake) {
  quirk("result", "CONNECT=99,CONNECT FAST");
  quirk("result", "NO-CARRIER=33,LOST");
  net_.south.say("ATS0=1\r");
  EXPECT_EQ(say("ATDT5550002\r", 5s), "^M^JCONNECT FAST^M^J");
  net_.north.line.drop();
  EXPECT_EQ(heard_in(1s), "^M^JLOST^M^J");
  say("ATV0\r");
  EXPECT_EQ(say("ATDT5550002\r", 5s), "99^M");
}

TEST_F(QuirkOf, ProgressIsToldBeforeConnect) {
  quirk("progress", "77,CARRIER 31200");
  net_.south.say("ATS0=1\r");
  net_.north.say("ATV0DT5550002\r");
  net_.time.run_until([&] { return modem().state() == ModemState::online; }, 30s);
  EXPECT_EQ(net_.north.heard(), "77^M");
  net_.south.say("prompt");
  EXPECT_EQ(heard_in(400ms), "");
  EXPECT_EQ(heard_in(200ms), "18^Mprompt");
}

TEST_F(QuirkOf, ARingMayComeWithoutTextOrWithoutLine) {
  quirk("ring-without-text");
  ring_north();
  EXPECT_TRUE(modem().lines().ring);
  EXPECT_EQ(net_.north.heard(), "");
  quirk("ring-without-text", "off");
  quirk("ring-without-line");
  EXPECT_EQ(heard_in(6s), "^M^JRING^M^J");
  EXPECT_FALSE(modem().lines().ring);
}

TEST_F(QuirkOf, TheCallerIsToldAfterTheFirstRing) {
  quirk("caller-id", "5550002");
  ring_north();
  net_.north.heard();
  const std::string told = heard_in(1s);
  EXPECT_THAT(told, HasSubstr("DATE = 0101^M^JTIME = 0000^M^JNMBR = 5550002^M^JNAME = CALLER^M^J"));
  EXPECT_THAT(heard_in(7s), Not(HasSubstr("NMBR")));
}

TEST_F(QuirkOf, PicksUpByItselfWhateverS0Says) {
  quirk("picks-up", "2");
  EXPECT_THAT(say("ATS0?\r"), HasSubstr("000"));
  ring_north();
  EXPECT_EQ(modem().state(), ModemState::command);
  net_.time.advance(8s);
  EXPECT_EQ(modem().state(), ModemState::online);
}

TEST_F(QuirkOf, DtrCanBeIgnored) {
  ASSERT_TRUE(net_.connect());
  quirk("ignores-dtr");
  pulse_dtr(10s);
  EXPECT_EQ(modem().state(), ModemState::online);
  quirk("ignores-dtr", "off");
  pulse_dtr(1ms);
  EXPECT_EQ(modem().state(), ModemState::command);
}

TEST_F(QuirkOf, DtrMayHaveToBeLowForLong) {
  ASSERT_TRUE(net_.connect());
  quirk("dtr-time", "300ms");
  pulse_dtr(250ms);
  EXPECT_EQ(modem().state(), ModemState::online);
  pulse_dtr(350ms);
  EXPECT_EQ(modem().state(), ModemState::command);
}

TEST_F(QuirkOf, DtrSticksAfterSomeCallsUntilThePortIsReopened) {
  quirk("dtr-sticks", "1");
  ASSERT_TRUE(net_.connect());
  pulse_dtr(1s);
  EXPECT_FALSE(modem().dtr());
  EXPECT_THAT(say("ATDT5550002\r", 5s), HasSubstr("NO CARRIER"));
  modem().port_opened();
  modem().set_dtr(true);
  EXPECT_TRUE(modem().dtr());
  EXPECT_TRUE(net_.connect());
}

TEST_F(QuirkOf, DsrDropsWithAtz) {
  EXPECT_TRUE(modem().lines().data_set_ready);
  quirk("dsr-drop", "2s");
  say("ATZ\r");
  EXPECT_FALSE(modem().lines().data_set_ready);
  net_.time.advance(2s);
  EXPECT_TRUE(modem().lines().data_set_ready);
}

TEST_F(QuirkOf, LinesStick) {
  quirk("carrier", "on");
  quirk("ring", "on");
  EXPECT_TRUE(modem().lines().carrier && modem().lines().ring);
  quirk("carrier", "low");
  quirk("ring", "off");
  EXPECT_FALSE(modem().lines().ring);
  ASSERT_TRUE(net_.connect());
  EXPECT_FALSE(modem().lines().carrier);
  quirk("carrier", "off");
  EXPECT_TRUE(modem().lines().carrier);
}

TEST_F(QuirkOf, StopsReadingForAWhile) {
  bool told = false;
  net_.north.on_room = [&] { told = true; };
  quirk("stop-reading", "3s");
  EXPECT_FALSE(modem().lines().clear_to_send);
  EXPECT_EQ(modem().room(), 0U);
  net_.time.advance(2999ms);
  EXPECT_FALSE(told);
  net_.time.advance(1ms);
  EXPECT_TRUE(told && modem().lines().clear_to_send && modem().room() > 0);
}

TEST_F(QuirkOf, AtzMayLoadABadProfile) {
  quirk("bad-reset");
  EXPECT_EQ(say("ATZ\r"), "");
  EXPECT_TRUE(modem().profile().quiet && modem().profile().echo);
  EXPECT_EQ(modem().profile().registers[reg::auto_answer], 1);
  EXPECT_EQ(say("AT&F\r"), "AT&F^M^M^JOK^M^J");
}

TEST_F(QuirkOf, ANumberIsBlacklistedAfterFailedCalls) {
  quirk("delay", "1");
  quirk("blacklist", "2");
  net_.south.line.set_forced_busy(true);
  EXPECT_EQ(say("ATDT5550002\r", 3s), "^M^JBUSY^M^J");
  EXPECT_EQ(say("ATDT5550002\r", 3s), "^M^JDELAYED^M^J");
  quirk("delay", "off");
  EXPECT_EQ(say("ATDT5550002\r", 3s), "^M^JBUSY^M^J");
  EXPECT_EQ(say("ATV0DT5550002\r", 3s), "32^M");
  EXPECT_EQ(say("ATDT5550003\r", 3s), "3^M") << "another number";
  net_.south.line.set_forced_busy(false);
  modem().power_off();
  modem().power_on();
  EXPECT_TRUE(net_.connect()) << "power makes it forget";
}

TEST_F(QuirkOf, BytesAreLostOnBothWays) {
  ASSERT_TRUE(net_.connect());
  quirk("loses-from-computer", "3");
  net_.north.say("1234567");
  net_.time.advance(1s);
  EXPECT_EQ(net_.south.heard(), "12457");
  quirk("loses-to-computer", "2");
  net_.south.say("abcd");
  EXPECT_EQ(heard_in(1s), "ac");
}

TEST_F(QuirkOf, ALineMayEatBytesOfCallsOnBothWays) {
  ASSERT_TRUE(net_.connect());
  const auto both_ways = [&](const std::string& text) {
    net_.north.say(text);
    net_.south.say(text);
    const std::string from_south = heard_in(1s);
    return std::pair(net_.south.heard(), from_south);
  };
  const auto same = [](const std::string& text) { return std::pair(visible(text), visible(text)); };
  quirk("eats", "xon");
  EXPECT_EQ(both_ways("a\021b\023c\377"), same("abc\377"));
  quirk("eats", "ff");
  EXPECT_EQ(both_ways("a\377b\021"), same("ab\021"));
  quirk("eats", "high");
  EXPECT_EQ(both_ways("a\342b"), same("abb"));
  quirk("eats", "off");
  EXPECT_EQ(both_ways("a\342"), same("a\342"));
}

TEST(Quirks, SayWhatIsWrong) {
  const auto refusal = [](const std::string& key, const std::string& value) {
    Quirks quirks;
    try {
      set_quirk(quirks, key, value);
    } catch (const std::runtime_error& error) {
      return std::string(error.what());
    }
    return std::string("taken");
  };
  EXPECT_EQ(refusal("blaklist", "3"), "no quirk 'blaklist'; did you mean blacklist?");
  EXPECT_THAT(refusal("drop", "many"), HasSubstr("quirk drop: 'many' is no count; write"));
  EXPECT_THAT(refusal("late", ""), HasSubstr("is no time"));
  EXPECT_THAT(refusal("result", "FINE=1,FINE"), HasSubstr("is no result"));
  EXPECT_THAT(refusal("result", "BUSY=x"), HasSubstr("NUMBER,WORDS"));
  EXPECT_THAT(refusal("eats", "bytes"), HasSubstr("write xon, high or ff"));
  EXPECT_THAT(refusal("carrier", "high"), HasSubstr("write on, low, or off"));
  EXPECT_EQ(refusal("off", ""), "taken");
}

}  // namespace
}  // namespace external::phonenet::quirks_test
