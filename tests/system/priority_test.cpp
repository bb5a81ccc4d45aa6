// What comes up while a large message is on its way: mail that is more urgent, and somebody who holds or
// deletes the large one.

#include "line_count.h"

namespace external::test::priority_test {
namespace {

using testing::ElementsAre;
using testing::EndsWith;

class DuringTransfer : public testing::Test {
 protected:
  explicit DuringTransfer(const std::string& rate = "57600")
      : town(rate, {"--ring-delay", "100ms", "--connect-time", "200ms"}) {}

  /// A message of `size` from NORTH to SOUTH, of which `sent` bytes are on the line.
  void start_large(const std::string& priority, std::size_t size, std::size_t sent) {
    large = random_bytes(size, 1);
    send(priority, large);
    ASSERT_TRUE(south.start_and_initialise());
    from_north.start();
    north.start();
    ASSERT_TRUE(from_north.eventually_reaches(sent)) << north.log();
  }

  void send(const std::string& priority, const std::string& content) {
    const auto file = town.folder / (priority + ".eml");
    write_file(file, content);
    const auto sent = town.north.command({"send", "--from", "NORTH/CLINIC/ANNA", "--to", "SOUTH/HUB/ANNA",
                                          "--priority", priority, file.string()});
    ASSERT_EQ(sent.exit_code, 0) << sent.output;
  }

  Town town;
  End north{town, "north"};
  End south{town, "south"};
  LineCount from_north{town, "north"};
  std::string large;
};

class UrgentDuringTransfer : public DuringTransfer, public testing::WithParamInterface<const char*> {};

/// Three seconds of the line count, not of the clock: this computer may be busy.
TEST_P(UrgentDuringTransfer, PassesWhatIsOnItsWay) {
  constexpr std::uint64_t three_seconds_of_line = 3 * 57600 / 10;
  start_large(GetParam(), 1'000'000, 10'000);
  const auto urgent = random_bytes(2'000, 2);
  const LineCount until_delivered(town, "north");
  send("urgent", urgent);
  ASSERT_TRUE(eventually([&] { return !town.south.mailbox("ANNA").empty(); })) << north.log();
  const auto bytes = until_delivered.bytes();
  EXPECT_LT(bytes, three_seconds_of_line);
  EXPECT_THAT(town.south.mailbox("ANNA"), ElementsAre(EndsWith(urgent)));
  EXPECT_TRUE(until_delivered.eventually_reaches(bytes + 6'000)) << "the large one goes on";
  EXPECT_EQ(north.office().times_logged("Calling: "), 1) << north.log();
}

INSTANTIATE_TEST_SUITE_P(Of, UrgentDuringTransfer, testing::Values("normal", "low"),
                         [](const auto& priority) { return std::string(priority.param); });

class QueueDuringTransfer : public DuringTransfer {
 protected:
  QueueDuringTransfer() : DuringTransfer("115200") {}

  static constexpr std::size_t size = 100'000;
  static constexpr std::size_t on_the_line = 5'000;
  static constexpr std::size_t stopped_in_time = size * 2 / 3;

  void expect_call_ends_well_without_the_rest() {
    ASSERT_TRUE(north.eventually_logged("-- Closing connection --")) << north.log();
    EXPECT_TRUE(north.logged("Message transmission complete.")) << north.log();
    EXPECT_TRUE(north.logged("Connection end. Disconnection.")) << north.log();
    EXPECT_TRUE(south.eventually_logged("Connection end. Disconnection.")) << south.log();
    EXPECT_LT(from_north.bytes(), stopped_in_time) << north.log();
    EXPECT_THAT(town.south.mailbox("ANNA"), ElementsAre());
  }

  Ran queue(const std::string& what) { return town.north.command({"queue", what, "1"}); }
};

TEST_F(QueueDuringTransfer, HoldStopsAndReleaseSendsTheRest) {
  // What the link holds ahead - two and a half chunks of half a second - and what two calls cost.
  constexpr std::size_t most_sent_again = 22'000;
  start_large("normal", size, on_the_line);
  const auto held = queue("hold");
  ASSERT_EQ(held.exit_code, 0) << held.output;
  expect_call_ends_well_without_the_rest();
  EXPECT_THAT(queue("show").output, testing::HasSubstr("held"));

  const auto released = queue("release");
  ASSERT_EQ(released.exit_code, 0) << released.output;
  EXPECT_TRUE(north.eventually_queues_nothing()) << north.log();
  EXPECT_TRUE(south.eventually_queues_nothing()) << south.log();
  EXPECT_THAT(town.south.mailbox("ANNA"), ElementsAre(EndsWith(large)));
  EXPECT_LT(from_north.bytes(), size + most_sent_again) << north.log();
}

TEST_F(QueueDuringTransfer, DeleteStops) {
  start_large("normal", size, on_the_line);
  const auto deleted = queue("delete");
  ASSERT_EQ(deleted.exit_code, 0) << deleted.output;
  expect_call_ends_well_without_the_rest();
  EXPECT_TRUE(north.eventually_queues_nothing());
}

}  // namespace
}  // namespace external::test::priority_test
