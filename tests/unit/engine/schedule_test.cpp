// The planner and the rules it asks, on a clock of ours in a time zone of ours.

#include "../../../src/engine/planner.h"
#include "test_zone.h"

#include <external/config/load.h>

#include <gmock/gmock.h>

#include <lent.h>

namespace external::engine::schedule_test {
namespace {

using namespace std::chrono_literals;
using namespace ::testing;
using test::utc;

/// One line and the post office B/B with `rules`, in Central Europe; it is Monday, 12:00 there.
struct Desk {
  explicit Desk(const std::string& rules, const std::string& line = "",
                const std::vector<config::Override>& given = {}, const std::string& others = "")
      : settings(config::parse("[External]\nHomePO = N/C\n[External-Modem1]\nAsyncCommPort = /dev/a\n" +
                                   line + "[PostOffice B/B]\nPhone = 2\nPassword = x\n" + rules + others,
                               "/po/external.ini", given)) {
    clock.set_wall(utc(2026, 1, 5, 11));
    planner.instances({"Modem1"});
    survey();
  }

  /// What a survey finds: the mail that waits.
  void survey() { EXPECT_TRUE(planner.update(hops, planner.epoch(), line_time)); }
  void waits(std::uint64_t messages = 1, std::uint64_t bytes = 100, bool urgent = false) {
    HopWork hop;
    hop.hop = "B/B";
    hop.messages = messages;
    hop.bytes = bytes;
    hop.urgent = urgent;
    hop.oldest = hop.next_attempt = clock.wall();
    hops = {hop};
    survey();
  }
  void nothing_waits() {
    hops.clear();
    survey();
  }

  /// The post office that is called now, and the call goes well at once; empty: none is.
  std::string next() {
    const auto task = planner.next_call(settings.instances.front());
    if (!task) return {};
    planner.call_ends(task->post_office, true);
    survey();
    return task->post_office;
  }
  /// How long it takes until a call is due; `limit` if none was.
  Duration until_call(Duration limit = 24h * 15) {
    const auto begin = clock.now();
    while (clock.now() - begin < limit && next().empty()) clock.advance(1min);
    return clock.now() - begin;
  }

  asio::io_context io;
  VirtualClock clock{io};
  config::Settings settings;
  std::shared_ptr<const TimeZone> zone = test::berlin();
  Planner planner{test::lent(settings), clock, false, zone};
  std::vector<HopWork> hops;
  std::vector<mailqueue::LineTime> line_time;
};

TEST(Schedule, MailIsCalledForAtOnceWithoutRules) {
  Desk desk("");
  EXPECT_EQ(desk.next(), "");
  desk.waits();
  EXPECT_EQ(desk.next(), "B/B");
}

TEST(Schedule, ACallWaitsForItsWindow) {
  Desk desk("Intervals = Mon-Fri 01:00-05:00, Sat,Sun 12:00-18:00\n");
  desk.waits();
  EXPECT_EQ(desk.until_call(), 13h) << "Tuesday, 01:00";
  desk.clock.set_wall(utc(2026, 1, 9, 5));
  EXPECT_EQ(desk.until_call(), 30h) << "from Friday, 06:00, to Saturday, 12:00";
}

TEST(Schedule, UrgentMailNeverOpensAWindow) {
  Desk desk("Intervals = 22:00-06:00\nCallWhen = 5 messages, 30m\n");
  desk.waits(1, 100, true);
  EXPECT_EQ(desk.until_call(), 10h) << "but goes at once when it opens";
}

TEST(Schedule, CallWhenIsMetByWhatComesFirst) {
  const std::string rules = "CallWhen = 5 messages, 100 KB, 30m\n";
  Desk desk(rules);
  desk.waits(4, 102399);
  EXPECT_EQ(desk.next(), "");
  desk.waits(5, 10);
  EXPECT_EQ(desk.next(), "B/B");
  desk.waits(1, 102400);
  EXPECT_EQ(desk.next(), "B/B");
  desk.waits(1, 10);
  EXPECT_EQ(desk.until_call(), 30min);
  desk.waits(1, 10, true);
  EXPECT_EQ(desk.next(), "B/B") << "urgent";
}

TEST(Schedule, RegularCountsCallsThatCameIn) {
  Desk desk("Regular = 30m\n");
  desk.waits();
  desk.planner.incoming_call_begins("B/B", "Modem1");
  desk.planner.incoming_call_ends("B/B", "Modem1");
  desk.survey();
  EXPECT_EQ(desk.until_call(), 30min);
  desk.waits(1, 100, true);
  EXPECT_EQ(desk.next(), "B/B") << "urgent mail does not wait for it";
}

// Last call at 12:03, 20 minutes long, Regular 30: the next one at 12:53.
TEST(Defect, Q77545_RegularIsCountedFromTheEndOfTheLastCall) {
  Desk desk("Regular = 30m\n");
  desk.clock.set_wall(utc(2026, 1, 5, 11, 3));
  desk.waits();
  ASSERT_TRUE(desk.planner.next_call(desk.settings.instances.front()));
  desk.clock.advance(20min);
  desk.planner.call_ends("B/B", true);
  desk.waits();
  desk.until_call();
  EXPECT_EQ(desk.clock.wall(), utc(2026, 1, 5, 11, 53));
}

// A walk through a long list made short timers late: each post office has its own.
TEST(Defect, Q148792_EachPostOfficeHasItsOwnTimer) {
  std::string others;
  for (int i = 0; i < 300; ++i)
    others += "[PostOffice C/C" + std::to_string(i) + "]\nPhone = 3\nPassword = x\nIntervals = 00:00-00:01\n";
  Desk desk("Regular = 5m\n", "", {}, others);
  desk.waits();
  for (int i = 0; i < 300; ++i) {
    HopWork hop;
    hop.hop = "C/C" + std::to_string(i);
    hop.messages = 1;
    hop.next_attempt = hop.oldest = desk.clock.wall() - 1h;
    desk.hops.push_back(hop);
  }
  desk.survey();
  EXPECT_EQ(desk.next(), "B/B");
  EXPECT_EQ(desk.until_call(), 5min);
}

TEST(Defect, Q118676_APollCallsWithoutOutgoingMail) {
  Desk desk("Regular = 1h\nPoll\n");
  EXPECT_EQ(desk.next(), "B/B") << "at the start";
  EXPECT_EQ(desk.until_call(), 1h);
  desk.clock.advance(30min);
  desk.planner.incoming_call_begins("B/B", "Modem1");
  desk.planner.incoming_call_ends("B/B", "Modem1");
  desk.survey();
  EXPECT_EQ(desk.until_call(), 1h) << "a call that came in will do";
  Desk silent("Regular = 1h\n");
  EXPECT_EQ(silent.until_call(3h), 3h);
}

// The hub that had to call found no mail before the directory's hour, and its news came a day late.
TEST(Defect, Q101137_APollIsMadeOnceInEachWindow) {
  Desk desk("Intervals = 13:00-14:00, 20:00-20:30\nPoll\n");
  EXPECT_EQ(desk.until_call(), 1h);
  EXPECT_EQ(desk.until_call(), 7h) << "not again in the same window";
  EXPECT_EQ(desk.until_call(), 17h);
  desk.waits();
  EXPECT_EQ(desk.next(), "B/B") << "but mail goes while it is open";
}

TEST(Schedule, APollThatFailedIsRepeatedAfterItsPauseOnly) {
  Desk desk("Intervals = 12:00-14:00\nPoll\n");
  ASSERT_TRUE(desk.planner.next_call(desk.settings.instances.front()));
  desk.planner.pause_polling("B/B", 10min);
  desk.planner.call_ends("B/B", false);
  desk.survey();
  EXPECT_EQ(desk.until_call(), 10min);
}

TEST(Schedule, PollsComeAfterMail) {
  Desk desk("Regular = 1h\nPoll\n", "", {}, "[PostOffice C/C]\nPhone = 3\nPassword = x\n");
  HopWork hop;
  hop.hop = "C/C";
  hop.messages = 1;
  hop.oldest = hop.next_attempt = desk.clock.wall();
  desk.hops = {hop};
  desk.survey();
  EXPECT_EQ(desk.next(), "C/C");
  desk.nothing_waits();
  EXPECT_EQ(desk.next(), "B/B");
}

TEST(Schedule, CommInOnlyNeitherDialsNorPolls) {
  Desk desk("Instance = Modem1\nRegular = 1h\nPoll\n",
            "CommInOnly\n[External-Modem2]\nAsyncCommPort = /dev/b\n");
  desk.waits();
  EXPECT_EQ(desk.until_call(2h), 2h);
}

TEST(Defect, Q114031_SendHomeOnlyWorksInTheFileAndOnTheCommandLine) {
  for (const bool in_file : {true, false}) {
    const auto given =
        in_file ? std::vector<config::Override>{} : config::take_overrides({"/sendhomeonly"}).overrides;
    Desk desk("", in_file ? "SendHomeOnly\n" : "", given);
    desk.waits();
    desk.hops[0].from_here = false;
    desk.survey();
    EXPECT_EQ(desk.next(), "") << "mail in transit waits";
    desk.hops[0].from_here = true;
    desk.survey();
    EXPECT_EQ(desk.next(), "B/B");
  }
}

TEST(Schedule, ABudgetHoldsForTheLocalDay) {
  Desk desk("MinutesPerDay = 30\nMessagesPerCall = 7\n");
  const auto today = [&] { return desk.zone->day(desk.clock.wall()).time_since_epoch().count(); };
  desk.line_time = {{"B/B", today() - 1, 30min}, {"B/B", today(), 20min}, {"C/C", today(), 30min}};
  desk.waits();
  auto task = desk.planner.next_call(desk.settings.instances.front());
  ASSERT_TRUE(task);
  EXPECT_EQ(task->limits.time, 10min);
  EXPECT_EQ(task->limits.messages, 7u);
  desk.planner.call_ends("B/B", false);
  desk.line_time[1].time = 30min - 29s;
  desk.waits(1, 100, true);
  EXPECT_EQ(desk.until_call(), 12h) << "at midnight, local time";
}

TEST(Schedule, WhoAsksForACallGetsItWhateverTheBudgetAndTheHour) {
  Desk desk("MinutesPerDay = 1\nIntervals = 01:00-02:00\n");
  desk.line_time = {{"B/B", desk.zone->day(desk.clock.wall()).time_since_epoch().count(), 1min}};
  desk.survey();
  desk.planner.request(std::make_shared<CallRequest>(desk.io.get_executor(), "B/B"));
  const auto task = desk.planner.next_call(desk.settings.instances.front());
  ASSERT_TRUE(task);
  EXPECT_FALSE(task->limits.time);
}

TEST(Schedule, TellsWhenMailMayGo) {
  Desk windows("Intervals = 22:00-06:00\n");
  const auto now = windows.clock.wall();
  EXPECT_EQ(windows.planner.next_attempt("B/B", now), now + 10h);
  EXPECT_EQ(windows.planner.next_attempt("B/B", now + 11h), now + 11h);
  EXPECT_EQ(windows.planner.next_attempt("B/B", now + 19h), now + 34h);
  EXPECT_EQ(windows.planner.next_attempt("X/X", now), now);
  Desk regular("Regular = 30m\n");
  EXPECT_EQ(regular.planner.next_attempt("B/B", now), now);
  regular.waits();
  regular.next();
  EXPECT_EQ(regular.planner.next_attempt("B/B", now), now + 30min);
}

// ---- steps of the clock

TEST(Schedule, AClockSetBackMakesNobodyWaitLonger) {
  Desk regular("Regular = 30m\n");
  regular.waits();
  ASSERT_EQ(regular.next(), "B/B");
  regular.clock.set_wall(utc(2025, 1, 1));
  EXPECT_EQ(regular.until_call(), 30min);

  Desk retry("");
  retry.waits();
  retry.hops[0].next_attempt = retry.clock.wall() + 10min;
  retry.survey();
  retry.clock.advance(4min);
  retry.clock.set_wall(utc(2025, 1, 1));
  retry.survey();
  EXPECT_EQ(retry.until_call(), 6min);

  Desk enough("CallWhen = 9 messages, 30m\n");
  enough.waits();
  enough.clock.advance(10min);
  enough.clock.set_wall(utc(2025, 1, 1));
  enough.survey();
  EXPECT_EQ(enough.until_call(), 20min);

  Desk poll("Intervals = 12:00-14:00\nPoll\n");
  ASSERT_EQ(poll.next(), "B/B");
  poll.clock.set_wall(utc(2025, 1, 1, 10));
  EXPECT_EQ(poll.until_call(), 1h) << "the windows of the new time hold";
}

TEST(Schedule, TimeThatTheMachineSleptCounts) {
  Desk desk("Regular = 8h\n");
  desk.waits();
  ASSERT_EQ(desk.next(), "B/B");
  desk.clock.advance(1h);
  desk.clock.set_wall(desk.clock.wall() + 7h);
  EXPECT_EQ(desk.next(), "B/B");
}

TEST(Schedule, AWindowThatWasSleptThroughIsGone) {
  Desk desk("Intervals = 13:00-14:00\nPoll\n");
  desk.clock.set_wall(utc(2026, 1, 5, 15));
  EXPECT_EQ(desk.until_call(), 21h);
  desk.clock.set_wall(utc(2026, 1, 6, 15));
  desk.clock.set_wall(utc(2026, 1, 7, 12, 30));
  EXPECT_EQ(desk.next(), "B/B") << "half slept through it is open still";
}

TEST(Schedule, MailFromAClockThatIsFastWaitsNoLongerThanCallWhenSays) {
  Desk desk("CallWhen = 9 messages, 30m\n");
  desk.waits();
  desk.hops[0].oldest = desk.clock.wall() + 24h * 365;
  desk.survey();
  EXPECT_EQ(desk.until_call(), 30min);
}

// ---- one cycle

TEST(Schedule, OneCycleCallsEachPostOfficeOnce) {
  Desk desk("");
  desk.planner.call_each_once();
  desk.waits();
  EXPECT_FALSE(desk.planner.is_done());
  EXPECT_EQ(desk.next(), "B/B");
  desk.waits();
  EXPECT_EQ(desk.next(), "");
  EXPECT_TRUE(desk.planner.is_done());
  EXPECT_FALSE(desk.planner.had_failure());
}

TEST(Schedule, OneCycleIsDoneWhenNoLineCanMakeTheCall) {
  Desk desk("");
  desk.planner.call_each_once();
  desk.waits();
  desk.planner.refuse(&desk.settings.instances.front(), "Port /dev/a is absent");
  EXPECT_TRUE(desk.planner.is_done());
  EXPECT_TRUE(desk.planner.had_failure());
}

TEST(Schedule, OneCycleIsNotDoneBeforeTheMailOfTheLastCallWasSeen) {
  Desk desk("");
  ASSERT_TRUE(desk.planner.is_done());
  desk.planner.incoming_call_begins("B/B", "Modem1");
  EXPECT_FALSE(desk.planner.is_done());
  desk.planner.incoming_call_ends("B/B", "Modem1");
  EXPECT_FALSE(desk.planner.is_done());
  desk.survey();
  EXPECT_TRUE(desk.planner.is_done());
}

}  // namespace
}  // namespace external::engine::schedule_test
