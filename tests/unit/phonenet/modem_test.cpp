// A modem alone, with its computer: commands and results.

#include "modem.h"

#include "virtual_time.h"

#include <external/base/text.h>

#include <gtest/gtest.h>

namespace external::phonenet::modem_test {
namespace {

using namespace std::chrono_literals;

struct FakeJack final : Jack {
  bool tone = true;
  bool callee_answered = false;
  std::string did;
  std::string sent;

  bool dial_tone() const override { return tone; }
  bool answered() const override { return callee_answered; }
  void off_hook() override { did += "off "; }
  void dial(const std::string& digits) override { did += "dial:" + digits + " "; }
  void answer() override { did += "answer "; }
  void hang_up() override { did += "on "; }
  void send(ByteView bytes) override { sent += as_text(bytes); }
  std::size_t room() const override { return 10; }
};

class ModemAlone : public testing::Test {
 protected:
  std::string say(std::string_view text, Duration wait = 1s) {
    heard_.clear();
    modem_.receive(as_bytes(text));
    time_.advance(wait);
    return visible(heard_);
  }
  std::string heard_in(Duration wait) {
    heard_.clear();
    time_.advance(wait);
    return visible(heard_);
  }
  void go_online() {
    say("ATE0\r");
    say("ATDT123\r");
    modem_.connected(57600);
    jack_.did.clear();
    heard_.clear();
  }

  test::VirtualTime time_;
  FakeJack jack_;
  std::string heard_;
  int purged_ = 0;
  Modem modem_{time_.agenda(),
               jack_,
               {},
               {.to_computer = [this](ByteView bytes) { heard_ += as_text(bytes); },
                .room_made = {},
                .purge = [this] { ++purged_; }}};
};

struct Dialogue {
  const char* name;
  std::vector<std::pair<std::string, std::string>> turns;  // what the computer says, what the modem answers
};
void PrintTo(const Dialogue& value, std::ostream* out) {
  *out << value.name;
}

class Dialogues : public ModemAlone, public testing::WithParamInterface<Dialogue> {};

TEST_P(Dialogues, GoAsWritten) {
  for (const auto& [said, answered] : GetParam().turns)
    EXPECT_EQ(say(said), answered) << "after " << visible(said);
}

constexpr const char* ok = "^M^JOK^M^J";
constexpr const char* error = "^M^JERROR^M^J";

INSTANTIATE_TEST_SUITE_P(
    Commands, Dialogues,
    testing::Values(
        Dialogue{"EchoAndWords", {{"AT\r", "AT^M^M^JOK^M^J"}}},
        Dialogue{"EchoOffFromTheNextLine", {{"ATE0\r", "ATE0^M^M^JOK^M^J"}, {"AT\r", ok}}},
        Dialogue{"NumbersEndInCr", {{"ATE0V0\r", "ATE0V0^M0^M"}, {"AT\r", "0^M"}, {"ATG\r", "4^M"}}},
        Dialogue{"QuietSaysNothing", {{"ATE0Q1\r", "ATE0Q1^M"}, {"AT\r", ""}, {"ATQ0\r", ok}}},
        Dialogue{"ManyCommandsOnALine", {{"ATE0\r", "ATE0^M^M^JOK^M^J"}, {"ATE0V1&C1&D2X4S0=0\r", ok}}},
        Dialogue{"BlanksAndSmallLetters",
                 {{"ate0\r", "ate0^M^M^JOK^M^J"},
                  {"at e0 v1 s7 = 30\r", ok},
                  {"ats7?\r", "^M^J030^M^J^M^JOK^M^J"}}},
        Dialogue{"RegistersAreAskedAndSet",
                 {{"ATE0\r", "ATE0^M^M^JOK^M^J"},
                  {"ATS0?\r", "^M^J000^M^J^M^JOK^M^J"},
                  {"ATS0=2\r", ok},
                  {"ATS0?\r", "^M^J002^M^J^M^JOK^M^J"},
                  {"ATS7\r", ok},
                  {"AT=60\r", ok},
                  {"AT?\r", "^M^J060^M^J^M^JOK^M^J"},
                  {"ATS12=256\r", error},
                  {"ATS256=1\r", error}}},
        Dialogue{"NumericInformation", {{"ATE0V0\r", "ATE0V0^M0^M"}, {"ATS2?\r", "043^M^J0^M"}}},
        Dialogue{"HarmlessOnesAreTaken",
                 {{"ATE0L0M1W2B1N1Y0\\N3%C0&K3&S0&Q5\r", "ATE0L0M1W2B1N1Y0\\N3%C0&K3&S0&Q5^M^M^JOK^M^J"}}},
        Dialogue{"UnknownOnesAreErrors",
                 {{"ATE0\r", "ATE0^M^M^JOK^M^J"},
                  {"ATG\r", error},
                  {"AT&\r", error},
                  {"AT!\r", error},
                  {"ATX5\r", error},
                  {"ATE2\r", error}}},
        Dialogue{"ErrorStopsTheLine",
                 {{"ATE0GS0=5\r", "ATE0GS0=5^M^M^JERROR^M^J"}, {"ATS0?\r", "^M^J000^M^J^M^JOK^M^J"}}},
        Dialogue{"Extended",
                 {{"ATE0\r", "ATE0^M^M^JOK^M^J"},
                  {"AT+FCLASS=0;+MS=V34\r", ok},
                  {"AT+FCLASS=1\r", error},
                  {"AT+XYZ\r", error}}},
        Dialogue{"RepeatLast",
                 {{"ATE0S0?\r", "ATE0S0?^M^M^J000^M^J^M^JOK^M^J"},
                  {"A/", "^M^J000^M^J^M^JOK^M^J"},
                  {"a/", "^M^J000^M^J^M^JOK^M^J"}}},
        Dialogue{"Backspace", {{"ATE0\r", "ATE0^M^M^JOK^M^J"}, {"ATG\bS0=1\r", ok}}},
        Dialogue{"NoiseBeforeAt",
                 {{"ATE0\r", "ATE0^M^M^JOK^M^J"}, {"xyz\r", ""}, {"xAAT\r", ok}, {"\r\n", ""}}},
        Dialogue{
            "TooLong",
            {{"ATE0\r", "ATE0^M^M^JOK^M^J"}, {"AT" + std::string(400, 'M') + "\r", error}, {"AT\r", ok}}},
        Dialogue{"FactoryAndStored",
                 {{"ATE0S0=3&W\r", "ATE0S0=3&W^M^M^JOK^M^J"},
                  {"AT&F\r", ok},
                  {"ATS0?\r", "ATS0?^M^M^J000^M^J^M^JOK^M^J"},
                  {"ATZ\r", "ATZ^M^M^JOK^M^J"},
                  {"ATS0?\r", "^M^J003^M^J^M^JOK^M^J"}}},
        Dialogue{"RestOfLineAfterZIsIgnored", {{"ATZE0\r", "ATZE0^M^M^JOK^M^J"}, {"AT\r", "AT^M^M^JOK^M^J"}}},
        Dialogue{"OnlineWithoutACall", {{"ATE0\r", "ATE0^M^M^JOK^M^J"}, {"ATO\r", "^M^JNO CARRIER^M^J"}}},
        Dialogue{"AlteredLineEnd", {{"ATE0S3=33\r", "ATE0S3=33^M!^JOK!^J"}, {"AT!", "!^JOK!^J"}}}),
    [](const auto& param) { return param.param.name; });

TEST_F(ModemAlone, AnswersAfterItsDelay) {
  EXPECT_EQ(say("AT\r", 29ms), "AT^M");
  EXPECT_EQ(heard_in(1ms), ok);
}

TEST_F(ModemAlone, StoringTakesLonger) {
  say("ATE0\r");
  EXPECT_EQ(say("AT&W\r", 599ms), "");
  EXPECT_EQ(heard_in(1ms), ok);
}

TEST_F(ModemAlone, ResetLosesWhatArrivesMeanwhile) {
  say("ATE0&W\r");
  EXPECT_EQ(say("ATZ\rATS0=1\r", 499ms), "");
  EXPECT_EQ(heard_in(1s), ok);
}

TEST_F(ModemAlone, WhatArrivesBeforeAResultIsTakenAfterIt) {
  say("ATE0\r");
  EXPECT_EQ(say("AT\rATS0?\r"), std::string(ok) + "^M^J000^M^J^M^JOK^M^J");
}

TEST_F(ModemAlone, ComesFromTheFactoryAsPreset) {
  EXPECT_TRUE(modem_.preset("e0v0s0=1&D0"));
  EXPECT_EQ(say("ATS0=0\r"), "0^M");
  EXPECT_EQ(say("AT&FS0?\r"), "001^M^J0^M");
  EXPECT_EQ(say("ATZ\r"), "0^M");
}

TEST_F(ModemAlone, APresetThatDoesMoreThanSetIsRefusedWhole) {
  EXPECT_FALSE(modem_.preset("E0A"));
  EXPECT_FALSE(modem_.preset("E0DT5"));
  EXPECT_FALSE(modem_.preset("E0G"));
  EXPECT_EQ(say("AT\r"), "AT^M^M^JOK^M^J");
  EXPECT_EQ(jack_.did, "");
}

TEST_F(ModemAlone, ViewAndInformation) {
  EXPECT_NE(say("AT&V\r").find("S7:050"), std::string::npos);
  EXPECT_NE(say("ATI3\r").find("modem"), std::string::npos);
}

struct Number {
  const char* said;
  const char* did;
};
void PrintTo(const Number& value, std::ostream* out) {
  *out << value.said;
}

class Dialling : public ModemAlone, public testing::WithParamInterface<Number> {};

TEST_P(Dialling, TakesTheDigits) {
  say(std::string(GetParam().said) + "\r", 10s);
  EXPECT_EQ(jack_.did, GetParam().did);
  EXPECT_EQ(modem_.state(), ModemState::dialling);
}

INSTANTIATE_TEST_SUITE_P(Numbers, Dialling,
                         testing::Values(Number{"ATDT5550002", "dial:5550002 "},
                                         Number{"ATDP 555-00 02", "dial:5550002 "},
                                         Number{"ATD(555)0002", "dial:5550002 "},
                                         Number{"ATDT9W,555@0002!", "off dial:95550002 "},
                                         Number{"ATS0=0DT12*#A", "dial:12*#A "}));

TEST_F(ModemAlone, CommasPause) {
  say("ATDT9,,5\r", 3999ms);
  EXPECT_EQ(jack_.did, "off ");
  time_.advance(1ms);
  EXPECT_EQ(jack_.did, "off dial:95 ");
}

TEST_F(ModemAlone, SemicolonStaysInCommandState) {
  say("ATE0\r");
  EXPECT_EQ(say("ATDT9;\r"), ok);
  EXPECT_EQ(jack_.did, "off ");
  say("ATDT55\r");
  EXPECT_EQ(jack_.did, "off dial:955 ");
}

TEST_F(ModemAlone, RedialsTheLastNumber) {
  say("ATDT77\r");
  modem_.failed(DialFailure::busy);
  jack_.did.clear();
  say("ATDL\r");
  EXPECT_EQ(jack_.did, "dial:77 ");
}

struct Failure {
  unsigned level;
  std::optional<DialFailure> failure;  // none: no dial tone
  const char* at_once;
  const char* after_carrier_wait;
};
void PrintTo(const Failure& value, std::ostream* out) {
  *out << "X" << value.level << ' ' << (value.failure ? static_cast<int>(*value.failure) : -1);
}

class Failures : public ModemAlone, public testing::WithParamInterface<Failure> {};

TEST_P(Failures, AreReportedAsTheResultLevelSays) {
  const Failure& expected = GetParam();
  say("ATE0S7=20X" + std::to_string(expected.level) + "\r");
  jack_.tone = expected.failure.has_value();
  heard_.clear();
  modem_.receive(as_bytes("ATDT1\r"));
  time_.advance(3s);
  jack_.callee_answered = true;
  if (expected.failure) modem_.failed(*expected.failure);
  EXPECT_EQ(visible(heard_), expected.at_once);
  EXPECT_EQ(heard_in(20s), expected.after_carrier_wait);
  EXPECT_EQ(modem_.state(), ModemState::command);
  EXPECT_TRUE(jack_.did.ends_with("on "));
}

INSTANTIATE_TEST_SUITE_P(Levels, Failures,
                         testing::Values(Failure{0, DialFailure::busy, "", "^M^JNO CARRIER^M^J"},
                                         Failure{2, DialFailure::busy, "", "^M^JNO CARRIER^M^J"},
                                         Failure{3, DialFailure::busy, "^M^JBUSY^M^J", ""},
                                         Failure{4, DialFailure::busy, "^M^JBUSY^M^J", ""},
                                         Failure{1, std::nullopt, "", "^M^JNO CARRIER^M^J"},
                                         Failure{2, std::nullopt, "^M^JNO DIALTONE^M^J", ""},
                                         Failure{3, std::nullopt, "", "^M^JNO CARRIER^M^J"},
                                         Failure{4, std::nullopt, "^M^JNO DIALTONE^M^J", ""},
                                         Failure{1, DialFailure::no_answer, "^M^JNO CARRIER^M^J", ""},
                                         Failure{4, DialFailure::no_answer, "^M^JNO ANSWER^M^J", ""},
                                         Failure{4, DialFailure::no_carrier, "^M^JNO CARRIER^M^J", ""}));

struct Connect {
  const char* setting;
  unsigned rate;
  const char* result;
};
void PrintTo(const Connect& value, std::ostream* out) {
  *out << value.setting << ' ' << value.rate;
}

class Connects : public ModemAlone, public testing::WithParamInterface<Connect> {};

TEST_P(Connects, AreReportedWithTheirRate) {
  say(std::string("ATE0") + GetParam().setting + "\r");
  say("ATDT1\r");
  heard_.clear();
  modem_.connected(GetParam().rate);
  EXPECT_EQ(visible(heard_), GetParam().result);
}

INSTANTIATE_TEST_SUITE_P(Rates, Connects,
                         testing::Values(Connect{"V1X4", 57600, "^M^JCONNECT 57600^M^J"},
                                         Connect{"V1X0", 57600, "^M^JCONNECT^M^J"},
                                         Connect{"V1X1", 300, "^M^JCONNECT 300^M^J"},
                                         Connect{"V0X4", 300, "1^M"}, Connect{"V0X4", 1200, "5^M"},
                                         Connect{"V0X4", 2400, "10^M"}, Connect{"V0X4", 4800, "11^M"},
                                         Connect{"V0X4", 9600, "12^M"}, Connect{"V0X4", 14400, "14^M"},
                                         Connect{"V0X4", 57600, "18^M"}, Connect{"V0X0", 57600, "1^M"},
                                         Connect{"V0X4", 12345, "1^M"}, Connect{"Q1", 9600, ""}));

TEST_F(ModemAlone, GivesUpWaitingForACarrier) {
  say("ATE0S7=5\r");
  EXPECT_EQ(say("ATDT1\r", 4999ms), "");
  EXPECT_EQ(heard_in(1ms), "^M^JNO ANSWER^M^J");
  jack_.callee_answered = true;
  EXPECT_EQ(say("ATDT1\r", 5s), "^M^JNO CARRIER^M^J");
  EXPECT_EQ(say("ATA\r", 5s), "^M^JNO CARRIER^M^J");
}

TEST_F(ModemAlone, AByteAbortsDiallingButNotTheOnesThatFollowTheCommand) {
  say("ATE0\r");
  EXPECT_EQ(say("ATDT1\r\n", 1s), "");
  EXPECT_EQ(say("x", 0s), "^M^JNO CARRIER^M^J");
  EXPECT_TRUE(jack_.did.ends_with("on "));
}

TEST_F(ModemAlone, AnswersByItselfAtTheRingItIsToldTo) {
  modem_.set_dtr(true);
  say("ATE0S0=2\r");
  heard_.clear();
  modem_.ring();
  EXPECT_EQ(jack_.did, "");
  time_.advance(6s);
  modem_.ring();
  EXPECT_EQ(jack_.did, "answer ");
  EXPECT_EQ(visible(heard_), "^M^JRING^M^J^M^JRING^M^J");
}

TEST_F(ModemAlone, CountsTheRingsOfOneTrainOnly) {
  modem_.set_dtr(true);
  say("ATE0S0=2\r");
  modem_.ring();
  time_.advance(9s);
  modem_.ring();
  EXPECT_EQ(jack_.did, "");
}

TEST_F(ModemAlone, DoesNotAnswerByItselfWithoutDtr) {
  say("ATE0S0=1\r");
  modem_.ring();
  EXPECT_EQ(jack_.did, "");
  say("AT&D0\r");
  modem_.ring();
  EXPECT_EQ(jack_.did, "answer ");
}

TEST_F(ModemAlone, PassesDataBothWaysOnline) {
  go_online();
  EXPECT_EQ(say("hello AT\r"), "");
  EXPECT_EQ(jack_.sent, "hello AT\r");
  modem_.deliver(as_bytes("there"));
  EXPECT_EQ(heard_, "there");
  EXPECT_EQ(modem_.room(), 10U);
}

TEST_F(ModemAlone, EscapesOnlyAfterTheSecondSilence) {
  go_online();
  time_.advance(1s);
  EXPECT_EQ(say("+++", 999ms), "");
  EXPECT_EQ(heard_in(1ms), ok);
  EXPECT_EQ(modem_.state(), ModemState::online_command);
  EXPECT_EQ(jack_.sent, "+++");
}

TEST_F(ModemAlone, DataAfterTheEscapeKeepsItOnline) {
  go_online();
  time_.advance(1s);
  say("+++", 500ms);
  EXPECT_EQ(say("ATH\r", 5s), "");
  EXPECT_EQ(modem_.state(), ModemState::online);
  EXPECT_EQ(jack_.did, "");
}

TEST_F(ModemAlone, TheEscapeCanBeTurnedOffOrChanged) {
  say("ATS2=128\r");
  go_online();
  time_.advance(1s);
  EXPECT_EQ(say("+++", 5s), "");
  EXPECT_EQ(modem_.state(), ModemState::online);
}

TEST_F(ModemAlone, ReturnsOnlineWithWhatCameMeanwhile) {
  go_online();
  time_.advance(1s);
  say("+++", 2s);
  EXPECT_EQ(say("AT\r"), ok);
  modem_.deliver(as_bytes("meanwhile"));
  EXPECT_EQ(say("ATO\r"), "^M^JCONNECT 57600^M^Jmeanwhile");
  EXPECT_EQ(modem_.state(), ModemState::online);
}

TEST_F(ModemAlone, HangsUpFromOnlineCommandState) {
  go_online();
  time_.advance(1s);
  say("+++", 2s);
  EXPECT_EQ(say("ATH\r"), ok);
  EXPECT_EQ(jack_.did, "on ");
  EXPECT_EQ(modem_.state(), ModemState::command);
}

TEST_F(ModemAlone, LosesTheCarrier) {
  go_online();
  modem_.carrier_lost();
  EXPECT_EQ(visible(heard_), "^M^JNO CARRIER^M^J");
  EXPECT_EQ(say("AT\r"), ok);
}

struct DtrCase {
  const char* setting;
  ModemState state;
  int purged;
  const char* did;
};
void PrintTo(const DtrCase& value, std::ostream* out) {
  *out << value.setting;
}

class DtrFalls : public ModemAlone, public testing::WithParamInterface<DtrCase> {};

TEST_P(DtrFalls, DoesWhatTheSettingSays) {
  say(std::string("AT") + GetParam().setting + "\r");
  modem_.set_dtr(true);
  go_online();
  modem_.set_dtr(false);
  EXPECT_EQ(modem_.state(), GetParam().state);
  EXPECT_EQ(purged_, GetParam().purged);
  EXPECT_EQ(jack_.did, GetParam().did);
}

INSTANTIATE_TEST_SUITE_P(Settings, DtrFalls,
                         testing::Values(DtrCase{"&D0", ModemState::online, 0, ""},
                                         DtrCase{"&D1", ModemState::online_command, 0, ""},
                                         DtrCase{"&D2", ModemState::command, 1, "on "},
                                         DtrCase{"&D3", ModemState::command, 1, "on "}));

TEST_F(ModemAlone, DtrFallingWithD3AlsoResets) {
  say("AT&D3&W\r");
  modem_.set_dtr(true);
  say("ATS0=5\r");
  modem_.set_dtr(false);
  EXPECT_EQ(modem_.profile().registers[reg::auto_answer], 0);
}

TEST_F(ModemAlone, CarrierSignalFollowsTheCallOrIsAlwaysOn) {
  say("AT&C1\r");
  EXPECT_FALSE(modem_.carrier());
  go_online();
  EXPECT_TRUE(modem_.carrier());
  modem_.carrier_lost();
  EXPECT_FALSE(modem_.carrier());
  say("AT&C0\r");
  EXPECT_TRUE(modem_.carrier());
}

TEST_F(ModemAlone, WithoutPowerItIsSilentAndForgetsAllButWhatWasStored) {
  say("ATE0S0=4&W\r");
  say("ATS7=99\r");
  modem_.power_off();
  EXPECT_EQ(say("AT\r"), "");
  modem_.ring();
  EXPECT_EQ(heard_in(1s), "");
  modem_.power_on();
  EXPECT_EQ(say("ATS0?S7?\r"), "^M^J004^M^J050^M^J^M^JOK^M^J");
}

TEST_F(ModemAlone, PowerLossEndsTheCallWithoutAWord) {
  go_online();
  modem_.power_off();
  EXPECT_EQ(jack_.did, "on ");
  EXPECT_EQ(visible(heard_), "");
}

}  // namespace
}  // namespace external::phonenet::modem_test
