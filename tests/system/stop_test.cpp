// External is stopped in every state of its line, and each time somebody else can take the port.

#include "end.h"

namespace external::test::stop_test {
namespace {

constexpr std::size_t short_message = 500;
constexpr std::size_t long_message = 20'000;  ///< more than three seconds of line

enum class Way { sigterm, sigint, command, sigterm_again };

/// One state to be stopped in. The log of the run up to the stop proves that it was that state.
struct Case {
  std::string name;
  std::string stopped = "north";  ///< the end that is stopped
  bool other_runs = false;        ///< whether the other end serves its line
  std::size_t mail = 0;           ///< size of the message NORTH sends, for which it calls SOUTH; 0: none
  std::string already;            ///< in the log
  std::string not_yet;            ///< not in the log
  std::string connect_time = "200ms";
  std::string latency = "0ms";
  std::function<void(Town&)> prepare = {};  ///< before anything starts
  std::function<bool(Town&)> reached = {};  ///< what to wait for beside `already`
  std::function<void(Town&)> restore = {};  ///< before External is started again
  // What the log says, and does not say, after the stop:
  std::string given_back = "Modem reset, port";
  std::string said = "External ended.";
  std::string not_said = "Calling: ";
  Way way = Way::sigterm;
  bool starts_again = true;  ///< External is started once more, and the mail arrives

  friend void PrintTo(const Case& value, std::ostream* out) { *out << value.name; }
};

class StopTest : public testing::TestWithParam<Case> {
 protected:
  StopTest()
      : town("57600", {"--ring-delay", "100ms", "--connect-time", GetParam().connect_time, "--latency",
                       GetParam().latency}) {
    for (const auto* office : {&town.north, &town.south}) {
      office->change_settings("RetryInterval = 5s", "RetryInterval = 1s");
    }
    if (GetParam().prepare) GetParam().prepare(town);
    if (GetParam().mail > 0) {
      EXPECT_EQ(town.north.send("SOUTH/HUB/ANNA", content).exit_code, 0);
    }
  }

  End& stopped() { return GetParam().stopped == "north" ? north : south; }
  End& other() { return GetParam().stopped == "north" ? south : north; }

  void start() {
    if (GetParam().other_runs && GetParam().stopped == "north") {
      ASSERT_TRUE(south.start_and_initialise()) << south.log();
    }
    stopped().start();
    if (GetParam().other_runs && GetParam().stopped == "south") {
      ASSERT_TRUE(stopped().eventually_logged("Initialization complete. Ready."));
      north.start();
    }
  }

  void stop() {
    switch (GetParam().way) {
      case Way::sigterm:
        return stopped().process().signal(SIGTERM);
      case Way::sigint:
        return stopped().process().signal(SIGINT);
      case Way::command: {
        EXPECT_EQ(stopped().office().command({"stop"}).exit_code, 0);
        EXPECT_FALSE(stopped().process().running()) << "`external stop` is to wait for the end";
        return;
      }
      case Way::sigterm_again:
        stopped().process().signal(SIGTERM);
        EXPECT_TRUE(stopped().eventually_logged("Shutting down ..."));
        return stopped().process().signal(SIGTERM);
    }
  }

  /// What the log says about the moment of the stop, and about how the line was given back.
  void expect_stopped_in_state() {
    const auto log = stopped().log();
    const auto before = log.substr(0, log.find("Shutting down ..."));
    const auto after = log.substr(before.size());
    EXPECT_THAT(before, testing::HasSubstr(GetParam().already));
    if (!GetParam().not_yet.empty()) {
      EXPECT_THAT(before, testing::Not(testing::HasSubstr(GetParam().not_yet)));
    }
    EXPECT_THAT(after, testing::HasSubstr(GetParam().given_back));
    EXPECT_THAT(after, testing::HasSubstr(GetParam().said));
    EXPECT_THAT(after, testing::Not(testing::HasSubstr(GetParam().not_said)));
    EXPECT_EQ(after.find("Shutting down ...", 1), std::string::npos) << after;
  }

  void expect_one_copy() {
    EXPECT_TRUE(north.eventually_queues_nothing()) << north.log() << south.log();
    const auto mail = town.south.mailbox("ANNA");
    ASSERT_EQ(mail.size(), 1u);
    EXPECT_TRUE(mail[0].ends_with(content));
  }

  const std::string content = random_text(GetParam().mail, 1);
  Town town;
  End north{town, "north"};
  End south{town, "south"};
};

TEST_P(StopTest, GivesEverythingBack) {
  const auto& state = GetParam();
  start();
  ASSERT_TRUE(stopped().eventually_logged(state.already)) << stopped().log();
  ASSERT_TRUE(!state.reached || eventually([&] { return state.reached(town); })) << stopped().log();
  if (std::filesystem::exists(town.port(state.stopped))) stopped().expect_port_held();
  stop();
  ASSERT_TRUE(stopped().eventually_logged("External ended.")) << stopped().log();
  expect_stopped_in_state();
  stopped().expect_clean_end();

  if (!state.starts_again) return;
  if (state.restore) state.restore(town);
  EXPECT_TRUE(stopped().start_and_initialise()) << stopped().log();
  if (state.mail == 0) return;
  if (!state.other_runs) {
    EXPECT_TRUE(other().start_and_initialise());
  }
  expect_one_copy();
}

/// SOUTH lets its telephone ring for a while.
void let_ring(Town& town) {
  auto script = read_file(std::filesystem::path(SCRIPT_FOLDER) / "GENERIC.MDM");
  const std::string label = "answer_call:\n";
  script.insert(script.find(label) + label.size(), "        wait 3\n");
  write_file(town.south.path() / "PATIENT.MDM", script);
  town.south.change_settings("GENERIC", "PATIENT");
}

void shorten_stop_and_power_off(Town& town) {
  town.north.change_settings("CommScript", "StopTimeout = 5s\nCommScript");
  town.phonenet({"power-off", "north"});
}

bool has_sent_a_quarter(Town& town) {
  return town.bytes_sent("north") > long_message / 4;
}

const auto power_on = [](Town& town) { town.phonenet({"power-on", "north"}); };
const auto unplug = [](Town& town) { town.phonenet({"unplug", "north"}); };
const auto come_near = [](Town& town) {
  for (const auto* name : {"north", "south"}) town.phonenet({"set", "latency", name, "0ms"});
};
const auto plug = [](Town& town) { town.phonenet({"plug", "north"}); };

const std::string ready = "Initialization complete. Ready.";

std::vector<Case> states() {
  return {
      {.name = "Initialising", .already = "Initializing Modem", .not_yet = ready},
      {.name = "InitialisingADeadModem",
       .already = "OUT: [AT&F^M]",
       .not_yet = ready,
       .prepare = shorten_stop_and_power_off,
       .restore = power_on,
       .given_back = "Modem did not answer in time, port"},
      {.name = "Idle", .already = ready, .not_yet = "Calling"},
      {.name = "Dialling",
       .mail = short_message,
       .already = "Calling: SOUTH/HUB",
       .not_yet = "CONNECT",
       .reached = [](Town& town) { return town.stat("south", "rings") != "0"; }},
      {.name = "Ringing",
       .stopped = "south",
       .other_runs = true,
       .mail = short_message,
       .already = "IN: [^M^JRING",
       .not_yet = "OUT: [ATA",
       .prepare = let_ring},
      {.name = "Answering",
       .stopped = "south",
       .other_runs = true,
       .mail = short_message,
       .already = "OUT: [ATA^M]",
       .not_yet = "CONNECT",
       .connect_time = "3s"},
      {.name = "SigningOnAsCaller",
       .other_runs = true,
       .mail = short_message,
       .already = "CONNECT 57600",
       .not_yet = "Connected to SOUTH/HUB",
       .latency = "700ms",
       .restore = come_near},
      {.name = "SigningOnAsAnswerer",
       .stopped = "south",
       .other_runs = true,
       .mail = short_message,
       .already = "Answering call",
       .not_yet = "Connected: caller is",
       .latency = "700ms",
       .restore = come_near,
       .not_said = "Caller did not sign on"},
      {.name = "SendingMail",
       .other_runs = true,
       .mail = long_message,
       .already = "Message transmission start.",
       .not_yet = "Sent ",
       .reached = has_sent_a_quarter,
       .said = "Message transmission broken."},
      {.name = "ReceivingMail",
       .stopped = "south",
       .other_runs = true,
       .mail = long_message,
       .already = "Message transmission start.",
       .not_yet = "Received ",
       .reached = has_sent_a_quarter,
       .said = "Message transmission broken."},
      {.name = "Disconnecting",
       .other_runs = true,
       .mail = short_message,
       .already = "-- Closing connection --",
       .not_yet = "Modem reset"},
      {.name = "PortAbsent",
       .already = "is absent",
       .not_yet = "Initializing",
       .prepare = unplug,
       .restore = plug,
       .given_back = "External ended."},
  };
}

std::vector<Case> ways() {
  const auto idle = [](std::string name, Way way) {
    return Case{
        .name = std::move(name), .already = ready, .not_yet = "Calling", .way = way, .starts_again = false};
  };
  return {idle("Sigint", Way::sigint), idle("Command", Way::command),
          idle("SigtermTwice", Way::sigterm_again)};
}

std::string name_of(const testing::TestParamInfo<Case>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(EveryState, StopTest, testing::ValuesIn(states()), name_of);
INSTANTIATE_TEST_SUITE_P(EveryWay, StopTest, testing::ValuesIn(ways()), name_of);

}  // namespace
}  // namespace external::test::stop_test
