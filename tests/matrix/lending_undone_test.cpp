// Whatever a borrower did to a modem and its port is undone when it comes back.

#include "lending_town.h"

namespace external::matrix::lending_undone_test {
namespace {

using engine::LineState;

/// One request of RFC 2217.
std::string com_port(std::initializer_list<int> bytes) {
  std::string text("\xFF\xFA\x2C", 3);
  for (const int byte : bytes) text += static_cast<char>(byte);
  return text + "\xFF\xF0";
}

const auto break_on = com_port({5, 5});
const auto dtr_low = com_port({5, 9});
const auto rts_low = com_port({5, 12});
const auto suspend = com_port({8});
const auto speed_1200 = com_port({1, 0, 0, 4, 0xB0});

struct Deed {
  const char* name;
  std::string said;
  bool calls = false;     ///< and then it dials, and leaves that call standing
  std::string in_call{};  ///< said then
  bool reopens = false;   ///< nothing else is to be expected
};

class LeftByABorrower : public testing::TestWithParam<Deed> {};

TEST_P(LeftByABorrower, IsUndoneAndTheNextCallIsAnswered) {
  const Deed& deed = GetParam();
  LendingOptions options;
  options.station.keeps_speed = true;
  LendingTown town(options);
  Station other(town.phones, "5550777", "other");
  other.modem().preset("S0=1");
  const auto port = other.open();
  ASSERT_TRUE(town.start());
  for (int round = 0; round < 2; ++round) {
    const auto program = town.program("192.0.2.7:1", sharing::Protocol::rfc2217);
    ASSERT_TRUE(program->gets_modem());
    program->say(deed.said);
    town.clock.advance(2s);
    if (deed.calls) {
      program->say("ATD5550777\r");
      ASSERT_TRUE(town.run_until([&] { return town.modem().in_call(); }, 1min)) << program->heard();
      program->say(deed.in_call);
    }
    town.clock.advance(2s);
    program->close();
    ASSERT_TRUE(town.run_until([&] { return town.state() != LineState::lent; }, 10s));
    ASSERT_TRUE(town.is_in_state(LineState::listening, 1, 1min)) << town.office.log.all();
    EXPECT_TRUE(town.modem().dtr());
    EXPECT_TRUE(town.modem().rts());
    EXPECT_EQ(town.modem().speeds().back(), 9600u);
    EXPECT_FALSE(town.modem().off_hook());
    EXPECT_EQ(town.modem().modem().profile().registers[0], 0);
    if (!deed.reopens) {
      EXPECT_EQ(town.modem().opens(), 1u) << town.office.log.all();
    }
    town.expect_answered();
  }
}

INSTANTIATE_TEST_SUITE_P(
    Deeds, LeftByABorrower,
    testing::Values(Deed{"Nothing", ""}, Deed{"Call", "", true}, Deed{"NoEchoNumbersNoResults", "ATE0V0Q1\r"},
                    Deed{"NoResultsInACall", "ATE0V0Q1\r", true}, Deed{"AutomaticAnswer", "ATS0=1\r"},
                    Deed{"LinesForced", "AT&C0&D0\r"}, Deed{"LinesForcedInACall", "AT&C0&D0\r", true},
                    Deed{"Stored", "ATE0V0Q1S0=1&C0&D0&W\r"},
                    Deed{"StoredInACall", "ATE0V0Q1S0=1&C0&D0&W\r", true}, Deed{"OffHook", "ATH1\r"},
                    Deed{"HalfACommand", "ATDT55507"},
                    Deed{"HalfACommandAndDtrIgnored", "AT&D0\rATDT5550777"},
                    Deed{"OtherSpeed", speed_1200 + "AT\r"},
                    Deed{"OtherSpeedInACall", speed_1200 + "AT\r", true},
                    Deed{"SpeedChangedInACall", "", true, speed_1200},
                    Deed{"SpeedChangedInACallWithDtrIgnored", "AT&D0\r", true, speed_1200, true},
                    Deed{"Break", break_on}, Deed{"DtrLow", dtr_low}, Deed{"RtsLow", rts_low},
                    Deed{"BothLow", "AT&D0\r" + dtr_low + rts_low}, Deed{"FlowStopped", suspend + "ATI4\r"},
                    Deed{"FlowStoppedInACall", suspend, true}, Deed{"Resetting", "ATZ\r"}),
    [](const auto& deed) { return std::string(deed.param.name); });

// A RESET that trusts what the modem has stored does not help; INITIALIZE follows each lease.
TEST(Lending, WhatABorrowerHasStoredIsUndoneWhereResetBringsItBack) {
  LendingOptions options;
  options.instance = "CommScript = TRUSTS\n";
  LendingTown town(options);
  town.office.script("TRUSTS.MDM", R"(
INITIALIZE: sendln "AT&F" waitrsp 2 sendln "ATE0V1S0=0" waitrsp 2 return 0
RESET: sendln "ATZ" waitrsp 2 return 0
DISCONNECT: dtr 0 wait 1 dtr 1 sendln "ATH0" waitrsp 2 return 0
ANSWER: waitrsp 1 sendln "ATA" waitrsp 60 if ("CONNECT" isin response) return 12 return 8
)");
  ASSERT_TRUE(town.start());
  const auto program = town.program();
  ASSERT_TRUE(program->gets_modem());
  EXPECT_TRUE(program->asks("AT&C0S0=1&W\r", "OK"));
  program->close();
  ASSERT_TRUE(town.run_until([&] { return town.state() != LineState::lent; }, 10s));
  ASSERT_TRUE(town.is_in_state(LineState::listening)) << town.office.log.all();
  EXPECT_EQ(town.modem().modem().profile().registers[0], 0);
  town.expect_answered();
}

}  // namespace
}  // namespace external::matrix::lending_undone_test
