// External is killed without a word, at either end, and started again: the modem comes back, and no mail is
// lost, doubled or sent anew from its beginning.

#include "end.h"

namespace external::test::kill_test {
namespace {

constexpr std::size_t short_message = 500;
constexpr std::size_t long_message = 60'000;  ///< five seconds of line

struct Case {
  std::string name;
  std::string killed;
  bool other_runs;
  std::function<bool(End&, Town&)> reached;
  std::size_t mail = short_message;  ///< size of the message
  std::size_t most_sent_again =
      10 * short_message;  ///< by the calls after the kill, with all that is not mail

  friend void PrintTo(const Case& value, std::ostream* out) { *out << value.name; }
};

class KillTest : public testing::TestWithParam<Case> {
 protected:
  KillTest() {
    town.north.change_settings("RetryInterval = 5s", "RetryInterval = 1s");
    // However long the killed end takes to start, nothing is returned for it.
    town.north.change_settings("Route = Direct", "Route = Direct\nRetries = 255\nUndialableAfter = 0");
  }

  Town town{"115200", {"--ring-delay", "100ms", "--connect-time", "200ms"}};
  End north{town, "north"};
  End south{town, "south"};
};

TEST_P(KillTest, RecoversTheModemAndTheMail) {
  const auto& moment = GetParam();
  End& killed = moment.killed == "north" ? north : south;
  End& other = moment.killed == "north" ? south : north;
  const auto content = random_text(moment.mail, 2);
  if (moment.other_runs) {
    ASSERT_TRUE(south.start_and_initialise());
  }
  ASSERT_EQ(town.north.send("SOUTH/HUB/ANNA", content).exit_code, 0);
  if (moment.killed == "north" || moment.other_runs) north.start();
  if (!killed.runs()) killed.start();
  ASSERT_TRUE(eventually([&] { return moment.reached(killed, town); })) << killed.log();
  killed.kill();
  EXPECT_TRUE(std::filesystem::exists(town.lock(moment.killed)))
      << "the kill came too late to leave a lock behind";
  const auto sent_before = town.bytes_sent("north");

  EXPECT_TRUE(killed.start_and_initialise()) << killed.log();
  if (!other.runs()) other.start();
  EXPECT_TRUE(north.eventually_queues_nothing()) << north.log() << south.log();
  EXPECT_TRUE(south.eventually_queues_nothing())
      << south.log();  // it says that it has mail, then delivers it
  const auto mail = town.south.mailbox("ANNA");
  ASSERT_EQ(mail.size(), 1u);
  EXPECT_TRUE(mail[0].ends_with(content));
  const auto sent_after = town.bytes_sent("north") - sent_before;
  EXPECT_LT(sent_after, moment.most_sent_again) << north.log();
}

bool is_idle(End& end, Town&) {
  return end.logged("Initialization complete. Ready.");
}
bool initialises(End& end, Town&) {
  return end.logged("Initializing Modem:");
}
bool answers(End& end, Town&) {
  return end.logged("OUT: [ATA");
}
bool signs_on(End& end, Town&) {
  return end.logged("Answering call:");
}
bool hangs_up(End& end, Town&) {
  return end.logged("-- Closing connection --");
}
bool dials(End&, Town& town) {
  return town.stat("south", "rings") != "0";
}
bool is_most_sent(End&, Town& town) {
  return town.bytes_sent("north") > long_message * 2 / 3;
}

// What was on its way, and what the receiver had not yet put on its disk, is sent again: not much.
constexpr auto rest = long_message * 3 / 4;

const auto moments =
    testing::Values(Case{"Idle", "south", false, is_idle}, Case{"Initialising", "north", false, initialises},
                    Case{"Dialling", "north", false, dials}, Case{"Answering", "south", true, answers},
                    Case{"SigningOn", "south", true, signs_on}, Case{"HangingUp", "north", true, hangs_up},

                    Case{"Sending", "north", true, is_most_sent, long_message, rest},
                    Case{"Receiving", "south", true, is_most_sent, long_message, rest});

std::string name_of(const testing::TestParamInfo<Case>& moment) {
  return moment.param.name;
}

INSTANTIATE_TEST_SUITE_P(EveryMoment, KillTest, moments, name_of);

}  // namespace
}  // namespace external::test::kill_test
