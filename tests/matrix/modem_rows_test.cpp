// Rows about modems that do not do what they are told, and lines that do not show what they should.

#include "virtual_town.h"

#include <external/line/memory.h>
#include <external/modem/modem.h>

namespace external::matrix::modem_rows_test {
namespace {

using engine::LineState;
using testing::HasSubstr;

/// Switches quirks of a modem on and off.
template <class Change>
void quirk(Station& station, Change change) {
  auto quirks = station.modem().quirks();
  change(quirks);
  station.modem().set_quirks(quirks);
}

/// In the manner of the published scripts: numbers, exact comparisons, ATZ.
const char* const old_script = R"(
INITIALIZE: $tries = 3
again:      sendln "AT&FE0V0X4" waitrsp 2
            if ("0^M" isin response) goto okay
            dec $tries
            if ($tries > 0) goto again
            return 4
okay:       sendln "ATS0=0&C1&D2" waitrsp 2 return 0
CALL:       clearrsp sendln "ATDT" + phone_number waitrsp 120
            if (response = "12^M") return 12
            if (response = "7^M") return 7
            return 8
ANSWER:     waitrsp 1 if (response != "2^M") return 8
            sendln "ATA" waitrsp 120
            if (response = "12^M") return 12
            return 8
DISCONNECT: wait 2 send "+++" wait 2 clearrsp sendln "ATH0" waitrsp 2 return 0
RESET:      sendln "ATZ" waitrsp 3 sendln "ATE0V0X4S0=0" waitrsp 2 if (response = "0^M") return 0 return 4
)";

/// 9600 bps and CONNECT 12, as that script knows it.
StationOptions slow_line() {
  StationOptions options;
  options.line.rate = 9600;
  return options;
}

struct OldTown : VirtualTown {
  explicit OldTown(const std::string& settings = "", const StationOptions& options = slow_line())
      : VirtualTown("CommScript = OLD\n" + settings, options) {
    for (const auto* office : {&north, &south}) office->script("OLD.MDM", old_script);
  }
};

TEST(FaultMatrix, R26_UnknownConnectCode) {
  OldTown town;
  ASSERT_TRUE(town.start());
  quirk(town.south_modem, [](auto& quirks) {
    quirks.results[phonenet::ResultCode::connect] = {99, "CONNECT FAST"};
  });
  std::optional<engine::CallReport> report;
  town.north.call("SOUTH/HUB", report);
  ASSERT_TRUE(town.south.log_gets("connected at unknown class")) << town.south.log.all();
  ASSERT_TRUE(town.south.is_in_state(LineState::listening));
  EXPECT_FALSE(town.south_modem.off_hook());
  EXPECT_TRUE(town.south.log.has("Connected at unknown class: add"));
  quirk(town.south_modem, [](auto& quirks) { quirks.results.clear(); });
  town.expect_mail_passes();
}

// ATZ brings back settings under which the modem says nothing and picks up by itself.
TEST(FaultMatrix, R27_ResetThatFailsLeadsToInitialize) {
  OldTown town;
  ASSERT_TRUE(town.start());
  quirk(town.south_modem, [](auto& quirks) { quirks.bad_reset = "Q1S0=1"; });
  town.expect_mail_passes();
  ASSERT_TRUE(town.south.is_in_state(LineState::listening));
  EXPECT_TRUE(town.south.log.has("OLD.MDM failed twice")) << town.south.log.all();
  EXPECT_EQ(town.south_modem.modem().profile().registers[0], 0);
  town.expect_mail_passes();
}

TEST(FaultMatrix, R28_AModemThatNeverInitialisesIsTriedEverMoreRarely) {
  VirtualTown town("CommScript = NEVER\n");
  town.south.script("NEVER.MDM", "INITIALIZE: sendln \"AT\" waitrsp 2 return 4\n");
  town.south.start();
  town.clock.advance(1h);
  const auto attempts = town.south.log.count("Failure to initialize modem session.");
  EXPECT_GE(attempts, 10u);
  EXPECT_LE(attempts, 20u);
  EXPECT_EQ(town.south.log.count("is out of service"), 1u);
  EXPECT_EQ(town.south.state(), LineState::wedged);
  EXPECT_THAT(town.south.detail(), HasSubstr("Failure to initialize"));
}

TEST(FaultMatrix, R29_AutomaticAnswerIsSwitchedOff) {
  VirtualTown town("CommScript = OPEN\n");
  for (const auto* office : {&town.north, &town.south})
    office->script("OPEN.MDM", R"(
INITIALIZE: sendln "ATE0" waitrsp 2 return 0
CALL:       sendln "ATDT" + phone_number waitrsp 120 if ("CONNECT" isin response) return 12 return 8
ANSWER:     waitrsp 1 if ("RING" isin response) goto ring return 8
ring:       sendln "ATA" waitrsp 120 if ("CONNECT" isin response) return 12 return 8
DISCONNECT: dtr 0 wait 1 dtr 1 return 0
RESET:      return 0
)");
  ASSERT_TRUE(town.south_modem.modem().preset("S0=1"));
  ASSERT_TRUE(town.start());
  EXPECT_EQ(town.south_modem.modem().profile().registers[0], 0);
  EXPECT_TRUE(town.south.log.has("The modem was set to answer by itself (S0=1)")) << town.south.log.all();
  town.expect_mail_passes();
}

// And a modem that picks up all the same has brought us a call.
TEST(FaultMatrix, R29_ConnectWithoutRingIsACall) {
  VirtualTown town;
  ASSERT_TRUE(town.start());
  quirk(town.south_modem, [](auto& quirks) { quirks.picks_up_after = 1; });
  town.expect_mail_passes();
  town.expect_mail_passes();
}

TEST(FaultMatrix, R31_DtrThatStaysLowIsNoticed) {
  VirtualTown town;
  ASSERT_TRUE(town.start());
  quirk(town.south_modem, [](auto& quirks) { quirks.dtr_sticks = 3; });
  for (int call = 0; call < 10; ++call) {
    town.expect_mail_passes();
    ASSERT_TRUE(town.south.is_in_state(LineState::listening));
    town.clock.advance(5s);
    EXPECT_TRUE(town.south_modem.dtr()) << call;
  }
  EXPECT_TRUE(town.south.log.has("stays low although it was raised")) << town.south.log.all();
}

// A script with too short a pulse; a modem that needs a long one, or does not look at DTR at all.
TEST(FaultMatrix, R32_HangsUpWhateverTheModemNeeds) {
  const char* const hasty = R"(
INITIALIZE: sendln "AT&FE0" waitrsp 2 return 0
CALL:       sendln "ATDT" + phone_number waitrsp 120 if ("CONNECT" isin response) return 12 return 8
ANSWER:     waitrsp 1 if ("RING" isin response) goto ring return 8
ring:       sendln "ATA" waitrsp 120 if ("CONNECT" isin response) return 12 return 8
DISCONNECT: dtr 0 dtr 1 return 0
RESET:      return 0
)";
  for (const Duration needed : {Duration(5ms), Duration(300ms), Duration(24h)}) {
    SCOPED_TRACE(needed / 1ms);
    VirtualTown town("CommScript = HASTY\n");
    for (const auto* office : {&town.north, &town.south}) office->script("HASTY.MDM", hasty);
    ASSERT_TRUE(town.start());
    quirk(town.north_modem, [&](auto& quirks) { quirks.dtr_time = needed; });
    town.expect_mail_passes();
    ASSERT_TRUE(town.north.is_in_state(LineState::listening));
    EXPECT_FALSE(town.north_modem.off_hook()) << town.north.log.all();
    EXPECT_EQ(town.north_modem.opens(), 1u);
    town.expect_mail_passes();
  }
}

TEST(FaultMatrix, R33_DsrThatDropsDuringResetIsNoCable) {
  VirtualTown town("CommScript = BRISK\n");
  for (const auto* office : {&town.north, &town.south})
    office->script("BRISK.MDM", R"(
INITIALIZE: sendln "AT&FE0" waitrsp 2 return 0
CALL:       sendln "ATDT" + phone_number waitrsp 120 if ("CONNECT" isin response) return 12 return 8
ANSWER:     waitrsp 1 if ("RING" isin response) goto ring return 8
ring:       sendln "ATA" waitrsp 120 if ("CONNECT" isin response) return 12 return 8
DISCONNECT: dtr 0 wait 1 dtr 1 return 0
RESET:      sendln "ATZ" waitrsp 1 return 0
)");
  ASSERT_TRUE(town.start());
  quirk(town.south_modem, [](auto& quirks) { quirks.dsr_drop = 2500ms; });
  town.expect_mail_passes();
  town.clock.advance(30s);
  EXPECT_EQ(town.south.state(), LineState::listening);
  EXPECT_FALSE(town.south.log.has("off or its cable is out")) << town.south.log.all();
  EXPECT_EQ(town.south.log.count("Initialization complete"), 1u);
}

TEST(FaultMatrix, R34_CarrierLineThatNeverMoves) {
  for (const auto stuck : {phonenet::Stuck::on, phonenet::Stuck::off}) {
    SCOPED_TRACE(stuck == phonenet::Stuck::on ? "on" : "off");
    VirtualTown town;
    for (auto* station : {&town.north_modem, &town.south_modem})
      quirk(*station, [&](auto& quirks) { quirks.carrier = stuck; });
    ASSERT_TRUE(town.start());
    for (int call = 0; call < 3; ++call) town.expect_mail_passes();
    ASSERT_TRUE(town.south.is_in_state(LineState::listening));
    town.clock.advance(1min);
    EXPECT_EQ(town.south.state(), LineState::listening);
    EXPECT_EQ(town.south.log.count("The carrier line (DCD)"), 1u) << town.south.log.all();
    EXPECT_FALSE(town.south.log.has("belongs to no call"));
  }
}

// A script sets the speed for a call; every procedure after it finds the speed of the settings.
TEST(FaultMatrix, R39_SpeedIsSetAgainBeforeEachProcedure) {
  VirtualTown town("CommScript = SPEEDS\n");
  town.north.script("SPEEDS.MDM", R"(
INITIALIZE: sendln "ATE0" waitrsp 2 return 0
CALL:       baud 2400 sendln "ATDT9" waitrsp 60 return 3
DISCONNECT: sendln "ATH0" waitrsp 2 return 0
RESET:      sendln "ATE0" waitrsp 2 if ("OK" isin response) return 0 return 4
ANSWER:     return 8
)");
  ASSERT_TRUE(town.north.start_and_initialise());
  std::optional<engine::CallReport> report;
  for (int call = 0; call < 2; ++call) {
    town.north.call("SOUTH/HUB", report);
    ASSERT_TRUE(town.run_until([&] { return report.has_value(); }));
    ASSERT_TRUE(town.north.is_in_state(LineState::listening));
  }
  EXPECT_THAT(town.north_modem.speeds(), testing::ElementsAre(9600U, 2400U, 9600U, 2400U, 9600U));
  EXPECT_TRUE(town.north.log.has("9600 bps")) << town.north.log.all();
}

/// Two ends of a serial cable, with a script that takes whatever it reads for an answer.
struct Cable : external::test::VirtualWorld {
  static modem::Script script() {
    return modem::compile(R"(
INITIALIZE: return 0
CALL:       sendln "9" waitrsp 1 if (response = "8^M") goto up return 8
up:         sendln "8" return 12
ANSWER:     waitrsp 1 if (response = "9^M") goto called return 8
called:     sendln "8" waitrsp 20 if (response = "8^M") return 12 return 8
DISCONNECT: wait 1 return 0
RESET:      return 0
)",
                          "CABLE.MDM")
        .script.value();
  }
  line::MemoryLinePair pair{io.get_executor(), clock, {.bits_per_second = 9600}};
  modem::ScriptEvents nobody;
  modem::Modem caller{pair.take_a(), script(), clock, nobody};
  modem::Modem answerer{pair.take_b(), script(), clock, nobody};
  unsigned calls_answered = 0;

  /// Answers what comes, having slept for `asleep`.
  Task<> answer(Duration asleep) {
    co_await clock.wait_for(asleep);
    for (;;) {
      const auto found = co_await answerer.listen(clock.now() + 1h);
      if (!found) co_return;
      const auto outcome = co_await answerer.answer();
      if (outcome.connected()) ++calls_answered;
      co_await answerer.disconnect();
    }
  }
};

TEST(FaultMatrix, R40_BothEndsOfACableAgree) {
  Cable cable;
  asio::cancellation_signal stop;
  asio::co_spawn(cable.io, cable.answer(6s),
                 asio::bind_cancellation_slot(stop.slot(), [](std::exception_ptr) {}));
  unsigned calls_made = 0;
  for (const Duration at : {0s, 15s, 70s, 130s}) {
    cable.clock.advance(at - (cable.clock.now().time_since_epoch() - 1h));
    const auto outcome = cable.run(cable.caller.call(modem::CallRequest("")));
    if (outcome.connected()) ++calls_made;
    cable.run(cable.caller.disconnect());
    cable.clock.advance(5s);
    EXPECT_EQ(calls_made, cable.calls_answered) << at / 1s;
  }
  EXPECT_GE(calls_made, 2u);
  stop.emit(asio::cancellation_type::terminal);
  cable.clock.advance(1s);
}

TEST(Answering, InformationAboutTheCallerIsLoggedAndDoesNoHarm) {
  VirtualTown town("NumberOfRings = 2\n");
  ASSERT_TRUE(town.start());
  quirk(town.south_modem, [](auto& quirks) { quirks.caller_id = "5550001"; });
  town.expect_mail_passes();
  EXPECT_TRUE(town.south.log.has("Caller: NMBR = 5550001")) << town.south.log.all();
}

TEST(Answering, TheRingLineAloneIsEnough) {
  VirtualTown town;
  ASSERT_TRUE(town.start());
  quirk(town.south_modem, [](auto& quirks) { quirks.ring_without_text = true; });
  town.expect_mail_passes();
}

TEST(Answering, TheTextAloneIsEnough) {
  VirtualTown town;
  ASSERT_TRUE(town.start());
  quirk(town.south_modem, [](auto& quirks) { quirks.ring_without_line = true; });
  town.expect_mail_passes();
}

// Scripts that do not read what they are told, or cannot answer at all.
TEST(Answering, AScriptThatDoesNotAnswerDoesNoHarm) {
  for (const char* answer : {"ANSWER: return 8\n", ""}) {
    SCOPED_TRACE(answer);
    VirtualTown town("CommScript = MUTE\n");
    town.north.script("MUTE.MDM", std::string(R"(
INITIALIZE: sendln "AT&FE0" waitrsp 2 return 0
CALL:       sendln "ATDT" + phone_number waitrsp 120 if ("CONNECT" isin response) return 12 return 8
DISCONNECT: dtr 0 wait 1 dtr 1 return 0
RESET:      sendln "AT" waitrsp 2 return 0
)") + answer);
    town.south.script("MUTE.MDM", R"(
INITIALIZE: sendln "AT&FE0" waitrsp 2 return 0
ANSWER:     waitrsp 1 if ("RING" isin response) goto ring return 8
ring:       sendln "ATA" waitrsp 120 if ("CONNECT" isin response) return 12 return 8
DISCONNECT: dtr 0 wait 1 dtr 1 return 0
RESET:      return 0
)");
    ASSERT_TRUE(town.start());
    for (int ring = 0; ring < 3; ++ring) {
      town.north_modem.modem().ring();
      town.clock.advance(6s);
    }
    town.expect_mail_passes();
    EXPECT_EQ(town.north_modem.count("ATA"), 0u);
  }
}

// A telephone that rings is not dialled over, also while its rings are being counted.
TEST(Answering, RingsThatAreCountedKeepTheLineFromDialling) {
  VirtualTown town("NumberOfRings = 3\n");
  ASSERT_TRUE(town.start());
  town.north_modem.modem().ring();
  town.clock.advance(1s);
  town.north.queue("SOUTH/HUB/ANNA", "Subject: wait\n\n");
  town.clock.advance(5s);
  EXPECT_EQ(town.north_modem.count("ATDT5550002"), 0u) << town.north.log.all();
  EXPECT_TRUE(town.run_until([&] { return town.south.mailbox().size() == 1; })) << town.north.log.all();
}

/// DSR as modems with AT&S1 have it: high in calls only.
class CallsOnly final : public line::Line {
 public:
  CallsOnly(std::unique_ptr<line::Line> device) : device_(std::move(device)) {}
  std::string name() const override { return device_->name(); }
  Task<Result<std::size_t>> read(std::span<std::uint8_t> into, TimePoint deadline) override {
    return device_->read(into, deadline);
  }
  Task<error_code> write(ByteView bytes, TimePoint deadline) override {
    return device_->write(bytes, deadline);
  }
  std::size_t discard_input() override { return device_->discard_input(); }
  void discard_output() override { device_->discard_output(); }
  Result<line::ControlLines> control_lines() override {
    auto lines = device_->control_lines();
    if (lines) lines->data_set_ready = lines->carrier;
    return lines;
  }
  error_code set_dtr(bool high) override { return device_->set_dtr(high); }
  unsigned speed() const override { return device_->speed(); }
  error_code set_speed(unsigned speed) override { return device_->set_speed(speed); }
  void close() override { device_->close(); }

 private:
  std::unique_ptr<line::Line> device_;
};

TEST(Answering, AModemWhoseDsrIsLowBetweenCallsIsHeard) {
  VirtualTown town;
  Office hub(
      town, "SOUTH/HUB",
      [&town](const config::Instance&) -> Task<Result<std::unique_ptr<line::Line>>> {
        auto opened = town.south_modem.open();
        if (!opened) co_return opened.error();
        std::unique_ptr<line::Line> line = std::make_unique<CallsOnly>(std::move(*opened));
        co_return line;
      },
      "IdleCheck = 0\n", "[PostOffice NORTH/CLINIC]\nPassword = one\n");
  town.north.start();
  hub.start();
  ASSERT_TRUE(hub.is_in_state(LineState::listening));
  for (std::size_t call = 1; call <= 3; ++call) {
    town.north.queue("SOUTH/HUB/ANNA", "Subject: again\n\n");
    ASSERT_TRUE(town.run_until([&] { return hub.mailbox().size() == call; })) << hub.log.all();
    town.clock.advance(1min);
  }
}

}  // namespace
}  // namespace external::matrix::modem_rows_test
