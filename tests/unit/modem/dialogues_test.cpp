// The scripts for devices that are no modems, and for modems of one kind.

#include "../../../src/modem/results.h"
#include "fake_pad.h"
#include "fake_tnc.h"
#include "stage.h"

#include <gmock/gmock.h>

namespace external::modem::test::dialogues_test {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

Script shipped(const std::string& name) {
  const auto result = compile_file(SOURCE_DIR "/samples/scripts/" + name);
  for (const auto& diagnostic : result.diagnostics) ADD_FAILURE() << render(diagnostic);
  return result.script.value();
}

/// A Modem on a device of a kind of its own.
template <class Device>
struct Place : external::test::VirtualWorld {
  template <class Options>
  Place(const std::string& script, Options options) {
    auto owned = std::make_unique<Device>(io.get_executor(), clock, std::move(options));
    device = owned.get();
    modem = std::make_unique<Modem>(std::move(owned), shipped(script), clock, seen);
  }

  std::string read_session(std::size_t bytes) {
    return run([](SessionLine& line, Clock& time, std::size_t wanted) -> Task<std::string> {
      std::string text;
      std::array<std::uint8_t, 64> buffer;
      while (text.size() < wanted) {
        const auto count = co_await line.read(buffer, time.now() + std::chrono::seconds(5));
        if (!count) break;
        text += as_text(ByteView(buffer).first(*count));
      }
      co_return text;
    }(modem->session_line(), clock, bytes));
  }

  Outcome call(const std::string& number) { return run(modem->call(CallRequest(number))); }

  Transcript seen;
  Device* device = nullptr;
  std::unique_ptr<Modem> modem;
};

// Packet radio.

struct Radio : Place<FakeTnc> {
  explicit Radio(TncOptions options = {}) : Place("TNC.MDM", std::move(options)) {
    EXPECT_TRUE(run(modem->initialize()).ok()) << seen.all();
    EXPECT_FALSE(device->connected());
  }
};

TEST(Tnc, ConnectsAndHandsOverEveryByte) {
  TncOptions options;
  options.behind_connect = "\x02\rfirst\r";
  Radio radio(options);
  const auto outcome = radio.call("DB0ABC-7 VIA DB0XYZ");
  ASSERT_EQ(outcome.code, ReturnCode::connect_9600) << radio.seen.all();
  EXPECT_THAT(radio.device->commands(), Contains("C DB0ABC-7 VIA DB0XYZ"));
  EXPECT_EQ(outcome.connect, "*** CONNECTED to DB0ABC");
  EXPECT_EQ(outcome.line_speed, 9600U) << "a call sign is no speed";
  EXPECT_EQ(radio.read_session(8), "\x02\rfirst\r");
  EXPECT_TRUE(radio.run(radio.modem->disconnect()).ok());
  EXPECT_FALSE(radio.device->connected());
  EXPECT_TRUE(radio.run(radio.modem->reset()).ok());
}

TEST(Tnc, TellsWhyThereIsNoConnection) {
  const std::pair<const char*, ReturnCode> results[] = {
      {"*** DB0ABC busy", ReturnCode::busy},
      {"*** retry limit exceeded\r\n*** DISCONNECTED", ReturnCode::no_answer},
      {"*** DISCONNECTED", ReturnCode::no_carrier},
      {"?CALL", ReturnCode::error}};
  for (const auto& [words, code] : results) {
    TncOptions options;
    options.connect_result = words;
    Radio radio(options);
    EXPECT_EQ(radio.call("DB0ABC").code, code) << words;
    EXPECT_TRUE(radio.run(radio.modem->disconnect()).ok());
    EXPECT_TRUE(radio.run(radio.modem->reset()).ok());
  }
}

TEST(Tnc, GivesUpACallThatLeadsNowhere) {
  TncOptions options;
  options.connect_delay = 1000s;
  Radio radio(options);
  const TimePoint start = radio.clock.now();
  EXPECT_EQ(radio.call("DB0ABC").code, ReturnCode::no_answer);
  EXPECT_LE(radio.clock.now() - start, 130s);
}

TEST(Tnc, AnswersAgainAndAgain) {
  Radio radio;
  for (int round = 0; round < 3; ++round) {
    radio.device->call_in(3s);
    EXPECT_FALSE(radio.run(wait_for_ring(*radio.modem, never)));
    ASSERT_TRUE(radio.run(radio.modem->answer()).connected()) << radio.seen.all();
    EXPECT_TRUE(radio.run(radio.modem->disconnect()).ok());
    EXPECT_FALSE(radio.device->connected());
    EXPECT_TRUE(radio.run(radio.modem->reset()).ok());
  }
}

TEST(Tnc, IsBroughtBackFromAConnectionThatAnEarlierRunLeft) {
  TncOptions options;
  options.transparent = true;
  Radio radio(options);
  EXPECT_TRUE(radio.call("DB0ABC").connected());
}

TEST(Tnc, KnowsThatTheOtherStationHasGone) {
  EXPECT_NE(end_of_loss("data\r\n*** DISCONNECTED\r\ncmd:"), std::string_view::npos);
  EXPECT_NE(end_of_loss("data*** retry limit exceeded\r\n*** DISCONNECTED\r\n"), std::string_view::npos);
}

// X.25.

struct Network : Place<FakePad> {
  explicit Network(PadOptions options = {}) : Place("X25PAD.MDM", std::move(options)) {
    EXPECT_TRUE(run(modem->initialize()).ok()) << seen.all();
    EXPECT_FALSE(device->in_call());
  }
};

TEST(Pad, CallsAndHandsOverEveryByte) {
  PadOptions options;
  options.behind_com = "\x02\r\nfirst\r";
  Network network(options);
  ASSERT_EQ(network.call("0232911234567").code, ReturnCode::connect_9600) << network.seen.all();
  EXPECT_THAT(network.device->commands(), Contains("0232911234567"));
  EXPECT_THAT(network.seen.all(), Not(HasSubstr("0232911234567")));
  EXPECT_EQ(network.read_session(9), "\x02\r\nfirst\r");
  EXPECT_TRUE(network.run(network.modem->disconnect()).ok());
  EXPECT_FALSE(network.device->in_call());
  EXPECT_TRUE(network.run(network.modem->reset()).ok());
}

TEST(Pad, TellsWhyACallWasCleared) {
  const std::pair<const char*, ReturnCode> results[] = {
      {"CLR OCC C:0 D:0", ReturnCode::busy}, {"CLR NA", ReturnCode::error},
      {"CLR INV", ReturnCode::error},        {"CLR NP", ReturnCode::error},
      {"CLR DER", ReturnCode::no_answer},    {"CLR DTE C:0 D:0", ReturnCode::no_carrier},
      {"CLR NC", ReturnCode::no_carrier},    {"CLR RPE", ReturnCode::no_carrier},
      {"CLR ERR", ReturnCode::no_carrier},   {"CLR PAD", ReturnCode::no_carrier}};
  for (const auto& [words, code] : results) {
    PadOptions options;
    options.call_result = words;
    Network network(options);
    EXPECT_EQ(network.call("0232911234567").code, code) << words;
    EXPECT_TRUE(network.run(network.modem->disconnect()).ok());
    EXPECT_TRUE(network.run(network.modem->reset()).ok());
  }
}

TEST(Pad, AnswersAgainAndAgain) {
  Network network;
  for (int round = 0; round < 3; ++round) {
    network.device->call_in(3s);
    EXPECT_FALSE(network.run(wait_for_ring(*network.modem, never)));
    ASSERT_TRUE(network.run(network.modem->answer()).connected()) << network.seen.all();
    EXPECT_TRUE(network.run(network.modem->disconnect()).ok());
    EXPECT_FALSE(network.device->in_call());
    EXPECT_TRUE(network.run(network.modem->reset()).ok());
  }
}

TEST(Pad, KnowsTheOlderWayToBeTransparent) {
  PadOptions options;
  options.knows_set = false;
  Network network(options);
  EXPECT_THAT(network.device->commands(), Contains("PROF 91"));
}

TEST(Pad, IsBroughtBackFromACallThatAnEarlierRunLeft) {
  PadOptions options;
  options.in_call = true;
  Network network(options);
  EXPECT_TRUE(network.call("0232911234567").connected());
}

TEST(Pad, KnowsThatTheNetworkHasClearedTheCall) {
  for (const char* said :
       {"\r\nCLR DTE C:0 D:0\r\n*", "data\r\nCLR NC\r\n", "\r\nCLR PAD\r\n\r\n*", "\r\nRESET DTE\r\n"}) {
    EXPECT_NE(end_of_loss(said), std::string_view::npos) << said;
  }
  EXPECT_EQ(end_of_loss("he wrote CLR NC\r\n"), std::string_view::npos);
  EXPECT_EQ(end_of_loss("\r\nCLR the table\r\n"), std::string_view::npos);
}

// A terminal that has to see a satellite first.

TEST(Satellite, DialsOnceItIsRegistered) {
  FakeOptions options;
  options.dial_result = "CONNECT 9600";
  options.registration = "0,2";
  Desk desk(shipped("SATELLITE.MDM"), options);
  ASSERT_TRUE(desk.run(desk.modem->initialize()).ok());
  EXPECT_EQ(desk.run(desk.modem->call(CallRequest("00881612345678"))).code, ReturnCode::no_dialtone);
  EXPECT_THAT(desk.seen.all(), HasSubstr("no satellite"));
  EXPECT_THAT(desk.device->commands(), Not(Contains("ATDT00881612345678")));

  asio::co_spawn(
      desk.io,
      [](Desk& the_desk) -> Task<> {
        co_await the_desk.clock.wait_for(12s);
        the_desk.device->options().registration = "0,5";
      }(desk),
      asio::detached);
  EXPECT_TRUE(desk.run(desk.modem->call(CallRequest("00881612345678"))).connected());
}

// Modems of one kind.

struct Kind {
  const char* script;
  FakeOptions options;
  unsigned speed;
};

FakeOptions with(std::string result, Duration after) {
  FakeOptions options;
  options.dial_result = std::move(result);
  options.dial_delay = after;
  return options;
}

FakeOptions without_lines(FakeOptions options) {
  options.obeys_dtr = false;
  options.echo = false;
  return options;
}

FakeOptions thoughtful(FakeOptions options) {
  options.answer_delay = 900ms;
  return options;
}

class Kinds : public testing::TestWithParam<Kind> {};

TEST_P(Kinds, CallsAnswersAndHangsUp) {
  Desk desk(shipped(GetParam().script), GetParam().options);
  ASSERT_TRUE(desk.run(desk.modem->initialize()).ok()) << desk.seen.all();
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(desk.run(desk.modem->call(CallRequest("00881612345678"))).line_speed, GetParam().speed)
        << desk.seen.all();
    EXPECT_TRUE(desk.run(desk.modem->disconnect()).ok());
    EXPECT_FALSE(desk.device->in_call());
    EXPECT_TRUE(desk.run(desk.modem->reset()).ok());
    desk.device->ring();
    EXPECT_FALSE(desk.run(wait_for_ring(*desk.modem, never)));
    EXPECT_EQ(desk.run(desk.modem->answer()).line_speed, GetParam().speed);
    EXPECT_TRUE(desk.run(desk.modem->disconnect()).ok());
    EXPECT_FALSE(desk.device->in_call());
    EXPECT_TRUE(desk.run(desk.modem->reset()).ok());
  }
  EXPECT_THAT(desk.seen.all(), Not(HasSubstr("612345")));
}

INSTANTIATE_TEST_SUITE_P(
    All, Kinds,
    testing::Values(Kind{"EMULATOR.MDM", with("CONNECT 38400", 2s), 38400},
                    Kind{"EMULATOR.MDM", without_lines(with("CONNECT 115200", 1s)), 115200},
                    Kind{"COURIER.MDM", with("RINGING\r\n\r\nCONNECT 33600/ARQ/V34/LAPM", 15s), 33600},
                    Kind{"COURIER.MDM", with("CONNECT 1200/NONE", 15s), 1200},
                    Kind{"COURIER.MDM", with("CONNECT/NONE", 15s), 300},
                    Kind{"SATELLITE.MDM", with("CONNECT 9600", 40s), 9600},
                    Kind{"SATELLITE.MDM", thoughtful(with("CONNECT 2400", 25s)), 2400}));

}  // namespace
}  // namespace external::modem::test::dialogues_test
