// One client with a modem: bytes, limits, and every way in which a lease ends.

#include "../../../src/sharing/client.h"

#include "piped_stream.h"

#include <external/line/memory.h>

#include <gmock/gmock.h>

namespace external::sharing::client_test {
namespace {

using namespace std::chrono_literals;
using engine::LeaseEnd;
using testing::EndsWith;
using testing::HasSubstr;

std::string telnet_command(std::initializer_list<int> bytes) {
  std::string text("\xFF\xFA\x2C", 3);
  for (const int byte : bytes) text += static_cast<char>(byte);
  return text + "\xFF\xF0";
}

class LeaseTest : public testing::Test {
 protected:
  LeaseTest() {
    near_->other = &far;
    far.other = near_.get();
    share.name = "OFFICE";
  }

  // No lease and no connection outlives its client.
  ~LeaseTest() override {
    stop.emit(asio::cancellation_type::terminal);
    settle();
    if (client) client->close();
    settle(10s);
  }

  void connect(Protocol protocol = Protocol::raw) {
    client = std::make_unique<Client>(io.get_executor(), clock, std::make_shared<const config::Share>(share),
                                      std::move(near_), protocol, "192.0.2.7:4711", 1, events());
    asio::co_spawn(io, run_connection(), asio::detached);
    settle();
  }

  Task<> run_connection() {
    co_await client->run();
    disconnected = true;
  }

  Task<> run_lease(bool rings) { end = co_await client->use(port.a(), rings); }

  ClientEvents events() {
    ClientEvents all;
    all.call_refused = [this](const Client&) { ++calls_refused; };
    all.call_handed_over = [this](const Client&) { ++calls_handed_over; };
    all.lease_ended = [this](const Client&, LeaseEnd why) { ends.push_back(why); };
    return all;
  }

  void lend(bool rings = false) {
    client->granted("Modem1", std::make_shared<const config::Share>(share));
    asio::co_spawn(io, run_lease(rings), asio::bind_cancellation_slot(stop.slot(), asio::detached));
    settle();
  }

  void settle(Duration time = 10ms) { clock.advance(time); }

  void modem_says(std::string_view text) {
    auto write = [](line::Line& modem, std::string said) -> Task<> {
      co_await modem.write(as_bytes(said), never);
    };
    asio::co_spawn(io, write(port.b(), std::string(text)), asio::detached);
    settle();
  }

  std::string modem_hears() {
    std::string heard;
    auto read = [](line::Line& modem, Clock& time, std::string& all) -> Task<> {
      std::array<std::uint8_t, 256> buffer;
      for (;;) {
        const auto size = co_await modem.read(buffer, time.now() + 1ms);
        if (!size) co_return;
        all += as_text(ByteView(buffer).first(*size));
      }
    };
    asio::co_spawn(io, read(port.b(), clock, heard), asio::detached);
    settle();
    return heard;
  }

  asio::io_context io;
  VirtualClock clock{io};
  config::Share share;
  line::MemoryLinePair port{io.get_executor(), clock, {.has_control_lines = true}};
  std::unique_ptr<test::PipedStream> near_ = std::make_unique<test::PipedStream>(io.get_executor());
  test::PipedStream far{io.get_executor()};
  test::PipedStream* near_end = near_.get();
  std::unique_ptr<Client> client;
  asio::cancellation_signal stop;
  std::optional<LeaseEnd> end;
  bool disconnected = false;
  int calls_refused = 0;
  int calls_handed_over = 0;
  std::vector<LeaseEnd> ends;
};

TEST_F(LeaseTest, BytesGoBothWaysUnchanged) {
  connect();
  lend();
  near_end->hear("ATZ\r");
  settle();
  EXPECT_EQ(modem_hears(), "ATZ\r");
  modem_says("\r\nOK\r\n");
  EXPECT_EQ(near_end->said, "\r\nOK\r\n");
  const auto report = client->lease();
  EXPECT_EQ(report.to_modem, 4u);
  EXPECT_EQ(report.from_modem, 6u);
  EXPECT_EQ(report.instance, "Modem1");
}

TEST_F(LeaseTest, TelnetIsTakenOffAndPutOn) {
  connect(Protocol::rfc2217);
  lend();
  near_end->said.clear();
  near_end->hear(
      "a\xFF\xFF"
      "b");
  settle();
  EXPECT_EQ(modem_hears(),
            "a\xFF"
            "b");
  modem_says("x\xFFy");
  EXPECT_EQ(near_end->said, "x\xFF\xFFy");
}

TEST_F(LeaseTest, EndsWhenTheClientGoes) {
  connect();
  lend();
  near_end->close();
  settle();
  EXPECT_EQ(end, LeaseEnd::closed);
  EXPECT_TRUE(disconnected);
}

TEST_F(LeaseTest, SilenceEndsItAndTheClientHearsWhy) {
  share.idle_limit = 15min;
  connect();
  lend();
  settle(14min);
  EXPECT_FALSE(end);
  near_end->hear("x");
  settle(14min);
  EXPECT_FALSE(end);
  settle(2min);
  EXPECT_EQ(end, LeaseEnd::idle);
  EXPECT_THAT(near_end->said, HasSubstr("OFFICE: the modem was taken back: nothing was said for 15m."));
  EXPECT_TRUE(disconnected);
}

TEST_F(LeaseTest, TelnetCommandsAreNoPayload) {
  share.idle_limit = 15min;
  connect(Protocol::rfc2217);
  lend();
  for (int minute = 0; minute < 16; ++minute) {
    near_end->hear(telnet_command({5, 7}));  // asks for DTR
    near_end->hear("\xFF\xF1");              // no operation
    settle(1min);
  }
  EXPECT_EQ(end, LeaseEnd::idle);
}

TEST_F(LeaseTest, TheLimitOfALeaseHoldsForWhoTalksAllTheTime) {
  share.lease_limit = 10min;
  connect();
  lend();
  for (int minute = 0; minute < 11; ++minute) {
    near_end->hear("x");
    settle(1min);
  }
  EXPECT_EQ(end, LeaseEnd::limit);
}

TEST_F(LeaseTest, AnAdministratorEndsIt) {
  connect();
  client->recall(LeaseEnd::kicked);  // nothing is lent yet
  lend();
  EXPECT_FALSE(end);
  client->recall(LeaseEnd::kicked);
  settle();
  EXPECT_EQ(end, LeaseEnd::kicked);
  EXPECT_THAT(near_end->said, HasSubstr("an administrator ended the lease"));
}

TEST_F(LeaseTest, OneThatIsEndedBeforeItBeginsSaysNothingToTheModem) {
  connect();
  near_end->hear("ATD1\r");
  settle();
  client->granted("Modem1", std::make_shared<const config::Share>(share));
  client->recall(LeaseEnd::kicked);
  asio::co_spawn(io, run_lease(false), asio::bind_cancellation_slot(stop.slot(), asio::detached));
  settle();
  EXPECT_EQ(end, LeaseEnd::kicked);
  EXPECT_EQ(modem_hears(), "");
}

TEST_F(LeaseTest, ARingEndsItBetweenCalls) {
  connect();
  lend();
  modem_says("\r\nRING\r\n");
  EXPECT_EQ(end, LeaseEnd::call);
  EXPECT_THAT(near_end->said, HasSubstr("someone calls"));
}

TEST_F(LeaseTest, ARingIsTheClientsWhereThePoolSaysSo) {
  share.hand_over_calls = true;
  connect();
  lend();
  modem_says("\r\nRING\r\n");
  EXPECT_FALSE(end);
  EXPECT_THAT(near_end->said, HasSubstr("RING"));
}

TEST_F(LeaseTest, InACallNothingRings) {
  connect();
  lend();
  near_end->hear("ATD1\r");
  settle();
  modem_says("\r\nCONNECT\r\nRING\r\n");
  EXPECT_FALSE(end);
}

TEST_F(LeaseTest, WhoThrowsAwayWhereItStandsIsToldAgain) {
  connect(Protocol::rfc2217);
  const std::string text = "You are number 1 in the queue.";
  client->tell_place("1", text);
  settle();
  near_end->said.clear();
  client->tell_place("1", text);
  settle();
  EXPECT_EQ(near_end->said, "");
  near_end->hear(telnet_command({12, 1}));
  settle();
  client->tell_place("1", text);
  settle();
  EXPECT_THAT(near_end->said, HasSubstr(text));
}

TEST_F(LeaseTest, ABreakThatThePortDoesNotKnowHoldsNobodyUp) {
  connect(Protocol::rfc2217);
  lend();
  near_end->hear(telnet_command({5, 5}));
  settle();
  modem_says("still there");
  EXPECT_THAT(near_end->said, EndsWith("still there"));
}

TEST_F(LeaseTest, APortThatFailsEndsIt) {
  connect();
  lend();
  port.hang_up();
  settle();
  EXPECT_EQ(end, LeaseEnd::line);
  EXPECT_THAT(near_end->said, HasSubstr("the port has failed"));
}

TEST_F(LeaseTest, AStopTakesThePortFromTheClient) {
  connect();
  lend();
  stop.emit(asio::cancellation_type::terminal);
  settle();
  EXPECT_THAT(near_end->said, HasSubstr("the line is being stopped"));
  EXPECT_TRUE(disconnected);
  near_end->hear("ATD1\r");
  settle();
  EXPECT_EQ(modem_hears(), "");
}

TEST_F(LeaseTest, WhatWasSaidWhileWaitingIsForTheModem) {
  connect();
  near_end->hear("ATZ\r");
  settle();
  client->tell_place("1", "OFFICE: all modems are in use. You are number 1 in the queue.");
  client->tell_place("1", "OFFICE: all modems are in use. You are number 1 in the queue.");
  lend();
  EXPECT_EQ(modem_hears(), "ATZ\r");
  EXPECT_EQ(near_end->said,
            "OFFICE: all modems are in use. You are number 1 in the queue.\r\nOFFICE: Modem1 is yours.\r\n");
}

TEST_F(LeaseTest, ThePasswordComesBeforeAnythingElse) {
  share.password = "open sesame";
  connect();
  std::optional<bool> proven;
  auto prove = [&]() -> Task<> { proven = co_await client->prove_itself(); };
  asio::co_spawn(io, prove(), asio::detached);
  near_end->hear("wrong\r\n");
  settle(5s);
  EXPECT_FALSE(proven);
  near_end->hear("open sesame\r\nATZ\r");
  settle(5s);
  EXPECT_EQ(proven, true);
  EXPECT_THAT(near_end->said, testing::Not(HasSubstr("sesame")));
  lend();
  EXPECT_THAT(modem_hears(), EndsWith("ATZ\r"));
}

TEST_F(LeaseTest, GuessesAreFew) {
  share.password = "open sesame";
  connect();
  std::optional<bool> proven;
  auto prove = [&]() -> Task<> { proven = co_await client->prove_itself(); };
  asio::co_spawn(io, prove(), asio::detached);
  near_end->hear("open\r\nopen sesame2\r\n\r\nsesame\r\nopen sesame\r\n");
  settle(1min);
  EXPECT_EQ(proven, false);
}

TEST_F(LeaseTest, AClientThatTakesNothingHoldsNothing) {
  share.idle_limit = 1min;
  connect();
  lend();
  near_end->stall();
  for (int i = 0; i < 100; ++i) modem_says(std::string(2000, 'x'));
  settle(2min);
  EXPECT_EQ(end, LeaseEnd::idle);
  settle(10s);
  EXPECT_TRUE(disconnected);
}

}  // namespace
}  // namespace external::sharing::client_test
