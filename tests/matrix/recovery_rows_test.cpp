// Rows about lines that fail on their own: the others go on, and the modem is brought back rung by rung.

#include "virtual_town.h"

namespace external::matrix::recovery_rows_test {
namespace {

using engine::LineState;
using testing::ElementsAre;
using testing::HasSubstr;

/// Says OK or fails, and leaves the rest to External.
const char* const plain_script = R"(
INITIALIZE: sendln "ATE0" waitrsp 2 if ("OK" isin response) return 0 return 4
CALL:       sendln "ATDT" + phone_number waitrsp 120 if ("CONNECT" isin response) return 12 return 8
ANSWER:     waitrsp 1 if ("RING" isin response) goto ring return 8
ring:       sendln "ATA" waitrsp 120 if ("CONNECT" isin response) return 12 return 8
DISCONNECT: dtr 0 wait 1 dtr 1 return 0
RESET:      return 0
)";

struct PlainTown : VirtualTown {
  explicit PlainTown(const std::string& settings = "") : VirtualTown("CommScript = PLAIN\n" + settings) {
    north.script("PLAIN.MDM", plain_script);
    south.script("PLAIN.MDM", plain_script);
  }

  /// The modem of the south holds a call that the computer has forgotten.
  void leave_a_call_behind() {
    auto there = north_modem.open().value();
    auto here = south_modem.open().value();
    say(*there, "ATS0=1\r");
    say(*here, "ATDT5550001\r");
    ASSERT_TRUE(run_until([this] { return south_modem.in_call(); }, 2min));
    south_modem.quirk("ignores-dtr");
    here->close();
    other_end = std::move(there);
    ASSERT_TRUE(south_modem.in_call());
  }

  void say(line::Line& line, std::string_view text) {
    run([](line::Line& to, ByteView bytes, Clock& time) -> Task<> {
      co_await to.write(bytes, time.now() + 1s);
    }(line, as_bytes(text), clock));
    clock.advance(1s);
  }

  std::unique_ptr<line::Line> other_end;
};

TEST(FaultMatrix, R59_EscapeBringsBackAModemThatHoldsAForgottenCall) {
  PlainTown town;
  town.leave_a_call_behind();
  town.south.start();
  ASSERT_TRUE(town.south.is_in_state(LineState::listening, 1min)) << town.south.log.all();
  EXPECT_TRUE(town.south.log.has("Recovery has helped: +++ and ATH0.")) << town.south.log.all();
  EXPECT_FALSE(town.south.log.has("Recovery 2 of 5")) << "the first rung was enough";
  EXPECT_FALSE(town.south_modem.off_hook());
  EXPECT_EQ(town.south_modem.opens(), 2u) << "by the test, and once by External";
}

TEST(FaultMatrix, R59_DtrBringsBackOneThatKnowsNoEscape) {
  PlainTown town;
  ASSERT_TRUE(town.south_modem.modem().preset("S2=255"));
  town.leave_a_call_behind();
  town.south_modem.quirk("ignores-dtr", "off");
  town.south.start();
  ASSERT_TRUE(town.south.is_in_state(LineState::listening, 1min)) << town.south.log.all();
  EXPECT_TRUE(town.south.log.has("Recovery 1 of 5"));
  EXPECT_TRUE(town.south.log.has("Recovery has helped: lowering DTR.")) << town.south.log.all();
  EXPECT_FALSE(town.south.log.has("Recovery 3 of 5"));
}

TEST(FaultMatrix, R59_EachRungIsClimbedOnlyIfTheOneBeforeHasNotHelped) {
  struct Row {
    const char* answers_lost;
    const char* helped;
    const char* not_climbed;
  };
  for (const auto& row : {Row{"4", "INITIALIZE once more", "Recovery 4 of 5"},
                          Row{"5", "opening the port again", "Recovery 5 of 5"}}) {
    SCOPED_TRACE(row.helped);
    PlainTown town;
    town.south_modem.quirk("drop", row.answers_lost);
    town.south.start();
    ASSERT_TRUE(town.south.is_in_state(LineState::listening, 2min)) << town.south.log.all();
    EXPECT_TRUE(town.south.log.has(std::string("Recovery has helped: ") + row.helped + "."))
        << town.south.log.all();
    EXPECT_FALSE(town.south.log.has(row.not_climbed));
  }
}

TEST(FaultMatrix, R59_OneThatOnlyPowerBringsBackIsSwitchedOffAndOn) {
  PlainTown town("PowerCommand = /usr/bin/power cycle\n");
  town.south.global("EventCommand = /usr/bin/tell\n");
  std::vector<std::string> events;
  std::vector<std::string> powered;
  engine::EngineOptions options;
  options.run_command = [&](std::vector<std::string> command, outlet::Environment environment,
                            Duration) -> Task<outlet::HelperEnd> {
    const std::map<std::string, std::string> values(environment.begin(), environment.end());
    outlet::HelperEnd end;
    if (command.front() == "/usr/bin/tell") {
      events.push_back(values.at("EXTERNAL_EVENT") + " " + values.at("EXTERNAL_STATE"));
      end.ok = true;
      co_return end;
    }
    powered.push_back(command.at(1) + " " + values.at("EXTERNAL_INSTANCE") + " " +
                      values.at("EXTERNAL_PORT"));
    EXPECT_FALSE(town.south_modem.is_open()) << "the program may want the port";
    // The first time the switch itself fails.
    end.ok = powered.size() > 1;
    end.text = "it ended with exit code 1: no such switch";
    if (!end.ok) co_return end;
    town.south_modem.power_off();
    co_await town.clock.wait_for(5s);
    town.south_modem.quirk("off");
    town.south_modem.power_on();
    co_return end;
  };
  town.south_modem.quirk("drop", "1000000");
  town.south.start_with(std::move(options));
  ASSERT_TRUE(town.south.is_in_state(LineState::wedged)) << town.south.log.all();
  EXPECT_THAT(town.south.detail(), HasSubstr("does not answer"));
  ASSERT_TRUE(town.south.is_in_state(LineState::listening, 1h)) << town.south.log.all();
  EXPECT_THAT(powered, ElementsAre("cycle Modem1 /dev/modem", "cycle Modem1 /dev/modem"));
  EXPECT_TRUE(
      town.south.log.has("PowerCommand /usr/bin/power failed: it ended with exit code 1: no such "
                         "switch; run it by hand to see why."));
  EXPECT_TRUE(town.south.log.has("Recovery has helped: PowerCommand.")) << town.south.log.all();
  EXPECT_THAT(events, ElementsAre("waiting MODEMWAIT", "wedged WEDGED", "recovered LISTENING"));
}

/// The south has a second line.
struct TwoLines : VirtualTown {
  TwoLines()
      : second_modem(phones, "5550003", "second"),
        hub(
            *this, "SOUTH/HUB",
            [this](const config::Instance& instance) -> Task<Result<std::unique_ptr<line::Line>>> {
              co_return instance.name == "Modem2" ? second_modem.open() : south_modem.open();
            },
            "",
            "[External-Modem2]\nAsyncCommPort = /dev/second\nCommScript = LATER\n"
            "[PostOffice NORTH/CLINIC]\nPassword = one\n") {}

  engine::LineReport second() const { return hub.engine->report().lines.at(1); }
  bool second_is(LineState state, Duration limit = 10min) {
    return run_until([&] { return second().state == state; }, limit);
  }
  void expect_mail_passes_to_the_hub() {
    const auto before = hub.mailbox().size();
    north.queue("SOUTH/HUB/ANNA", "Subject: one\n\nmail\n");
    EXPECT_TRUE(run_until([&] { return hub.mailbox().size() > before; })) << hub.log.all();
  }

  Station second_modem;
  Office hub;
};

TEST(FaultMatrix, R60_AMisconfiguredLineIsDisabledAndTheOthersWork) {
  TwoLines town;
  town.north.start();
  town.hub.start();
  ASSERT_TRUE(town.hub.is_in_state(LineState::listening)) << town.hub.log.all();
  EXPECT_EQ(town.second().state, LineState::disabled);
  EXPECT_EQ(town.second().detail,
            "Disabled: modem script LATER.MDM not found; put it beside external.ini or correct CommScript.");
  town.expect_mail_passes_to_the_hub();
  // It comes by itself when it is mended.
  town.hub.script("LATER.MDM", plain_script);
  EXPECT_TRUE(town.second_is(LineState::listening)) << town.hub.log.all();
}

TEST(FaultMatrix, R60_OneLineIsStoppedAndStartedWhileTheOtherWorks) {
  TwoLines town;
  town.hub.script("LATER.MDM", plain_script);
  town.north.start();
  town.hub.start();
  ASSERT_TRUE(town.hub.is_in_state(LineState::listening));
  ASSERT_TRUE(town.second_is(LineState::listening));
  ASSERT_TRUE(town.hub.engine->stop_instance("modem2"));
  ASSERT_TRUE(town.second_is(LineState::disabled, 16s));
  EXPECT_FALSE(town.second_modem.is_open());
  EXPECT_EQ(town.second().detail, "Stopped by an administrator; external start --instance Modem2 starts it.");
  EXPECT_EQ(town.hub.state(), LineState::listening);
  town.expect_mail_passes_to_the_hub();
  ASSERT_TRUE(town.hub.engine->start_instance("Modem2"));
  EXPECT_TRUE(town.second_is(LineState::listening));
}

TEST(FaultMatrix, R60_AStoppedLineEndsItsCallAndTheMailGoesWithTheNext) {
  VirtualTown town;
  ASSERT_TRUE(town.start());
  town.north.queue("SOUTH/HUB/ANNA", "Subject: long\n\n" + std::string(40'000, 'x') + "\n");
  ASSERT_TRUE(town.north.is_in_state(LineState::transferring));
  std::optional<engine::CallReport> report;
  ASSERT_TRUE(town.north.engine->stop_instance("Modem1"));
  ASSERT_TRUE(town.north.is_in_state(LineState::disabled, 16s)) << town.north.log.all();
  EXPECT_FALSE(town.north_modem.is_open());
  EXPECT_FALSE(town.north_modem.off_hook());
  town.north.call("SOUTH/HUB", report);
  ASSERT_TRUE(town.run_until([&] { return report.has_value(); }, 1min));
  EXPECT_EQ(report->text,
            "instance Modem1: Stopped by an administrator; external start --instance Modem1 starts it.");
  ASSERT_TRUE(town.north.engine->start_instance("Modem1"));
  EXPECT_TRUE(town.run_until([&] { return town.south.mailbox().size() == 1; }, 30min))
      << town.north.log.all();
}

// A service is ready when the lines are that it must have; others may come when they like.
TEST(Instances, RequiredLinesMakeTheServiceReady) {
  VirtualTown town("Required = yes\n");
  int changes = 0;
  town.south_modem.unplug();
  town.south.start();
  town.south.engine->on_change([&] { ++changes; });
  ASSERT_TRUE(town.south.is_in_state(LineState::absent));
  EXPECT_FALSE(town.south.engine->is_ready());
  changes = 0;
  town.south_modem.plug();
  ASSERT_TRUE(town.run_until([&] { return town.south.engine->is_ready(); }, 1min));
  EXPECT_GT(changes, 0);
  town.south_modem.unplug();
  ASSERT_TRUE(town.south.is_in_state(LineState::absent));
  EXPECT_TRUE(town.south.engine->is_ready()) << "once is enough";

  TwoLines other;
  other.hub.start();
  EXPECT_TRUE(other.hub.engine->is_ready()) << "none is required";
}

TEST(FaultMatrix, R61_AnEventCommandThatHangsHoldsNoLine) {
  VirtualTown town;
  town.south.global("EventCommand = /usr/bin/tell\n");
  engine::EngineOptions options;
  options.run_command = [&](std::vector<std::string>, outlet::Environment,
                            Duration) -> Task<outlet::HelperEnd> {
    co_await town.clock.wait_until(never);
    co_return outlet::HelperEnd();
  };
  town.north.start();
  town.south.start_with(std::move(options));
  ASSERT_TRUE(town.south.is_in_state(LineState::listening));
  for (int round = 0; round < 20; ++round) {
    town.south_modem.unplug();
    ASSERT_TRUE(town.south.is_in_state(LineState::absent));
    town.south_modem.plug();
    ASSERT_TRUE(town.south.is_in_state(LineState::listening));
  }
  EXPECT_TRUE(town.south.log.has("EventCommand does not keep up: 32 events wait for it"))
      << town.south.log.all();
  ASSERT_TRUE(town.north.is_in_state(LineState::listening));
  town.expect_mail_passes();
}

}  // namespace
}  // namespace external::matrix::recovery_rows_test
