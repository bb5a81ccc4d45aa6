// The schedule at work: whole engines with modems on one telephone exchange, in virtual time.

#include "test_zone.h"
#include "virtual_town.h"

namespace external::matrix::scheduling_test {
namespace {

using namespace ::testing;
using engine::BreakReason;
using engine::LineState;

/// NORTH/CLINIC and SOUTH/HUB with rules for calls from the north.
struct ScheduledTown : VirtualTown {
  explicit ScheduledTown(const std::string& rules, const std::string& global = "") {
    north.rules("SOUTH/HUB", rules);
    north.global(global);
  }

  static engine::EngineOptions with_zone() {
    engine::EngineOptions options;
    options.zone = external::test::utc_zone();
    return options;
  }
  bool start_both(engine::EngineOptions north_options = with_zone()) {
    north.start_with(std::move(north_options));
    south.start();
    return north.is_in_state(LineState::listening) && south.is_in_state(LineState::listening);
  }
  std::string logs() const { return "north\n" + north.log.all() + "south\n" + south.log.all(); }
};

TEST(Scheduling, APollFetchesMailThatWaitsOverThere) {
  ScheduledTown town("Regular = 10m\nPoll\n");
  ASSERT_TRUE(town.start_both()) << town.logs();
  ASSERT_TRUE(town.run_until([&] { return town.north.log.has("Connection end. Disconnection."); }))
      << town.logs();
  town.south.queue("NORTH/CLINIC/ANNA", "Subject: waits\n\nfor a call\n");
  EXPECT_FALSE(town.run_until([&] { return !town.north.mailbox().empty(); }, 8min)) << town.logs();
  EXPECT_TRUE(town.run_until([&] { return !town.north.mailbox().empty(); }, 4min)) << town.logs();
  EXPECT_EQ(town.north.log.count("Calling: SOUTH/HUB"), 2u);
}

/// A script whose modem does not know the busy tone: it stays off hook until it gives up, so that two that
/// dial each other never hear the other ring.
std::string deaf_to_busy() {
  std::ifstream file(std::string(SCRIPT_FOLDER) + "/GENERIC.MDM");
  std::string source{std::istreambuf_iterator<char>(file), {}};
  for (auto at = source.find("ATX4"); at != std::string::npos; at = source.find("ATX4"))
    source.replace(at, 4, "ATX0");
  return source;
}

// Both are told to call at the same hour, find each other busy, and would do so for ever.
TEST(Defect, Q125328_TwoThatDialAtTheSameHourGetThrough) {
  for (int day = 1; day <= 5; ++day) {
    ScheduledTown town("Intervals = 12:00-13:00\nPoll\nRetries = 50\n");
    town.south.dials("NORTH/CLINIC", "5550001");
    town.south.rules("NORTH/CLINIC", "Intervals = 12:00-13:00\nPoll\nRetries = 50\n");
    for (auto* office : {&town.north, &town.south}) office->script("GENERIC.MDM", deaf_to_busy());
    town.clock.set_wall(external::test::utc(2026, 1, static_cast<unsigned>(day), 11, 50 + day));
    town.north.start_with(ScheduledTown::with_zone());
    town.south.start_with(ScheduledTown::with_zone());
    town.north.queue("SOUTH/HUB/ANNA", "Subject: down\n\nx\n");
    town.south.queue("NORTH/CLINIC/ANNA", "Subject: up\n\ny\n");
    const auto arrived = [](const Office& office, const std::string& subject) {
      const auto mail = office.mailbox();
      return std::any_of(mail.begin(), mail.end(),
                         [&](const auto& one) { return one.find("Subject: " + subject + "\n") != one.npos; });
    };
    EXPECT_TRUE(
        town.run_until([&] { return arrived(town.south, "down") && arrived(town.north, "up"); }, 20min))
        << day << town.logs();
    EXPECT_TRUE(town.north.log.has("Call failed: ") && town.south.log.has("Call failed: "))
        << "they did collide" << town.logs();
  }
}

TEST(Scheduling, MessagesPerCallLeavesTheRestForTheNextCall) {
  ScheduledTown town("Regular = 10m\nMessagesPerCall = 3\n");
  for (int i = 0; i < 8; ++i) town.north.queue("SOUTH/HUB/ANNA", "Subject: " + std::to_string(i) + "\n\nx\n");
  ASSERT_TRUE(town.start_both()) << town.logs();
  ASSERT_TRUE(town.run_until([&] { return town.south.mailbox().size() == 3; })) << town.logs();
  EXPECT_FALSE(town.run_until([&] { return town.south.mailbox().size() > 3; }, 8min)) << town.logs();
  EXPECT_TRUE(town.run_until([&] { return town.south.mailbox().size() == 8; }, 30min)) << town.logs();
  EXPECT_EQ(town.north.log.count("Calling: SOUTH/HUB"), 3u) << town.logs();
}

TEST(Scheduling, MinutesPerDayEndACallAndOutliveARestart) {
  ScheduledTown town("MinutesPerDay = 1\n");
  town.clock.set_wall(external::test::utc(2026, 1, 1, 23, 35));
  // More than a minute takes at 9600 bits a second, and nothing that packs.
  std::string content = "Subject: long\n\n";
  std::mt19937 random(1);
  while (content.size() < 100'000) content += static_cast<char>('!' + random() % 90);
  town.north.queue("SOUTH/HUB/ANNA", content + "\n");
  ASSERT_TRUE(town.start_both()) << town.logs();
  ASSERT_TRUE(town.run_until([&] { return town.north.log.has("MinutesPerDay is used up"); })) << town.logs();
  EXPECT_FALSE(town.run_until([&] { return town.north.log.count("Calling") > 1; }, 10min)) << town.logs();
  ASSERT_TRUE(town.north.stop());
  town.north.start_with(ScheduledTown::with_zone());
  EXPECT_FALSE(town.run_until([&] { return town.north.log.count("Calling") > 1; }, 10min)) << town.logs();
  EXPECT_TRUE(town.run_until([&] { return town.south.mailbox().size() == 1; }, 20min)) << "another day";
  EXPECT_EQ(town.north.log.count("Calling"), 2u) << town.logs();
}

TEST(Scheduling, OneCycleMovesWhatIsDueAndEnds) {
  ScheduledTown town("");
  town.north.queue("SOUTH/HUB/ANNA", "Subject: x\n\ny\n");
  town.south.queue("NORTH/CLINIC/ANNA", "Subject: y\n\nx\n");
  ASSERT_TRUE(town.south.start_and_initialise());
  auto options = ScheduledTown::with_zone();
  options.once = true;
  town.north.start_with(std::move(options));
  ASSERT_TRUE(town.run_until([&] { return town.north.ended(); })) << town.logs();
  EXPECT_EQ(town.north.engine->break_reason(), BreakReason::cycle) << town.logs();
  EXPECT_EQ(town.south.mailbox().size(), 1u);
  EXPECT_EQ(town.north.mailbox().size(), 1u) << "what the call brought is delivered";
}

TEST(Scheduling, OneCycleSaysWhenACallFailed) {
  ScheduledTown town("Regular = 1h\nPoll\n");
  auto options = ScheduledTown::with_zone();
  options.once = true;
  town.north.start_with(std::move(options));
  ASSERT_TRUE(town.run_until([&] { return town.north.ended(); })) << town.logs();
  EXPECT_TRUE(town.north.log.has("SOUTH/HUB: Call failed: ")) << town.logs();
  EXPECT_EQ(town.north.engine->break_reason(), BreakReason::failed_cycle) << town.logs();
  EXPECT_EQ(town.north.log.count("Calling"), 1u) << town.logs();
}

TEST(Scheduling, ABreakTimeHangsUpAndEndsTheRun) {
  ScheduledTown town("", "BreakTime = 00:10\n");
  ASSERT_TRUE(town.start_both()) << town.logs();
  ASSERT_TRUE(town.run_until([&] { return town.north.ended(); }, 1h)) << town.logs();
  EXPECT_EQ(town.north.engine->break_reason(), BreakReason::time);
  EXPECT_TRUE(town.north.log.has("BreakTime has come; ending.")) << town.logs();
  EXPECT_TRUE(town.north.log.has("Modem reset, port /dev/modem closed.")) << town.logs();
  EXPECT_LT(town.clock.wall(), external::test::utc(2026, 1, 1, 0, 11));
}

}  // namespace
}  // namespace external::matrix::scheduling_test
