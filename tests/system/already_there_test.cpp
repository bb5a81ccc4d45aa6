// Mail that the other end holds already does not go a second time.

#include "line_count.h"

namespace external::test::already_there_test {
namespace {

using testing::ElementsAre;
using testing::EndsWith;

class AlreadyThere : public testing::Test {
 protected:
  explicit AlreadyThere(const std::string& rate = "57600")
      : town(rate, {"--ring-delay", "100ms", "--connect-time", "200ms"}) {
    town.north.change_settings("RetryInterval = 5s", "RetryInterval = 1s");
  }

  void queue(const std::string& content) {
    mail = content;
    ASSERT_EQ(town.north.send("SOUTH/HUB/ANNA", mail).exit_code, 0);
  }

  void expect_settled_by_another_call() {
    EXPECT_TRUE(north.eventually_queues_nothing()) << north.log();
    EXPECT_TRUE(south.eventually_queues_nothing()) << south.log();
    EXPECT_TRUE(north.eventually_logged("Connection end. Disconnection.")) << north.log();
    EXPECT_THAT(town.south.mailbox("ANNA"), ElementsAre(EndsWith(mail)));
  }

  Town town;
  End north{town, "north"};
  End south{town, "south"};
  std::string mail;
};

TEST_F(AlreadyThere, IsNotSentAgainWhenOnlyTheAnswerWasLost) {
  constexpr std::uint64_t most_for_the_call = 1024;  // signing on and hanging up included
  queue(random_bytes(5'000, 1));                     // less than may be unacknowledged on this line
  ASSERT_TRUE(south.start_and_initialise());
  const LineCount first_call(town, "north");
  north.start();
  ASSERT_TRUE(north.eventually_logged("Connected to SOUTH/HUB")) << north.log();
  // What SOUTH says from now on is on its way for so long that the line breaks before it arrives.
  ASSERT_EQ(town.phonenet({"set", "latency", "south", "30s"}).exit_code, 0);
  ASSERT_TRUE(eventually([&] { return !town.south.mailbox("ANNA").empty(); })) << south.log();
  ASSERT_EQ(town.phonenet({"drop", "south"}).exit_code, 0);
  ASSERT_FALSE(north.logged("Sent ")) << "the answer came before the line was slow: " << north.log();
  EXPECT_GT(first_call.bytes(), mail.size());
  ASSERT_EQ(town.phonenet({"set", "latency", "south", "0s"}).exit_code, 0);

  const LineCount from_north(town, "north");
  const LineCount from_south(town, "south");
  expect_settled_by_another_call();
  EXPECT_LT(from_north.bytes() + from_south.bytes(), most_for_the_call) << north.log();
}

/// On a line so fast that the other end need not be quick to say that it has the message.
class AlreadyThereOnAFastLine : public AlreadyThere {
 protected:
  AlreadyThereOnAFastLine() : AlreadyThere("230400") {}

  std::filesystem::path backup() const { return town.folder / "backup"; }

  /// The queue of NORTH, as a disk that was copied knows it.
  void copy_queue(const std::filesystem::path& from, const std::filesystem::path& to) const {
    std::filesystem::create_directories(to);
    for (const auto& name : {"queue.db", "queue.db-wal", "queue.db-shm"}) {
      std::filesystem::remove(to / name);
      if (std::filesystem::exists(from / name)) std::filesystem::copy_file(from / name, to / name);
    }
  }
};

TEST_F(AlreadyThereOnAFastLine, IsNotSentAgainByAQueueThatWasRestored) {
  queue(random_bytes(60'000, 1));
  copy_queue(town.north.path(), backup());
  ASSERT_TRUE(south.start_and_initialise());
  north.start();
  ASSERT_TRUE(north.eventually_logged("Sent ")) << north.log();
  ASSERT_TRUE(north.eventually_logged("-- Closing connection --"));
  north.kill();
  copy_queue(backup(), town.north.path());

  const LineCount from_north(town, "north");
  north.start();
  expect_settled_by_another_call();
  // Content may have begun to go before the answer came; it stopped then.
  EXPECT_LT(from_north.bytes(), mail.size() / 3) << north.log();
}

}  // namespace
}  // namespace external::test::already_there_test
