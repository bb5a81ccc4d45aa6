// What follows from calls that fail, from the end of the call to the next one.

#include "../../../src/engine/dialled_call.h"
#include "../../../src/engine/rests.h"
#include "offices.h"

#include <gmock/gmock.h>

#include <lent.h>

namespace external::engine::retries_test {
namespace {

using namespace std::chrono_literals;
using modem::ReturnCode;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr auto settings_text = R"([External]
HomePO = NORTH/CLINIC
[External-Modem1]
AsyncCommPort = /dev/a
[External-Modem2]
AsyncCommPort = /dev/b
[PostOffice SOUTH/HUB]
Phone = 2
Password = x
)";

/// Store, planner and what ends a call, in virtual time; the random part of pauses is a half.
struct Desk {
  explicit Desk(const std::string& more = "", std::filesystem::path place = {})
      : folder(place.empty() ? own.path() : std::move(place)),
        settings(config::parse("[External]\n" + more + std::string(settings_text).substr(11),
                               folder / "external.ini")) {
    planner.instances({"Modem1", "Modem2"});
  }

  void mail(const std::string& key, std::chrono::seconds life = 24h) {
    mailqueue::Queue queue(settings.queue_file());
    mailqueue::Envelope envelope;
    envelope.key = key;
    envelope.sender = "NORTH/CLINIC/ANNA";
    envelope.recipients = {{"SOUTH/HUB/BOB", "SOUTH/HUB"}};
    envelope.accepted = clock.wall();
    envelope.useful_life = life;
    queue.accept(envelope, "Subject: x\n\ny\n", clock.wall());
  }

  const config::Instance& line(const std::string& name) const { return *settings.find_instance(name); }

  /// A look through the queue, after which the planner knows all.
  Survey look() {
    auto survey = world.run(store.survey());
    EXPECT_TRUE(planner.update(survey.hops, planner.epoch()));
    planner.rests().take(survey.calls, clock.wall(), clock.now());
    return survey;
  }

  /// The call that `instance` makes now, if any.
  std::optional<CallTask> next(const std::string& instance) {
    look();
    return planner.next_call(line(instance));
  }

  void end(const std::string& instance, CallTask task, DialledCall call) {
    world.run(finish_dialled_call(context, line(instance), std::move(task), std::move(call)));
  }

  /// `external call`.
  void call_by_hand(const std::string& instance, ReturnCode code) {
    planner.request(std::make_shared<CallRequest>(io.get_executor(), "SOUTH/HUB"));
    ASSERT_TRUE(dial(instance, code));
  }

  /// Whether `instance` dials now; the call then ends with `code`.
  bool dial(const std::string& instance, ReturnCode code) {
    look();
    return dial_what_is_known(instance, code);
  }

  bool dial_what_is_known(const std::string& instance, ReturnCode code) {
    auto task = planner.next_call(line(instance));
    if (!task) return false;
    DialledCall call;
    call.code = code;
    call.result.text = std::string(modem::name_of(code)) + ".";
    end(instance, std::move(*task), std::move(call));
    return true;
  }

  /// How long until a line dials, by looking each second.
  std::chrono::seconds until_dialled(ReturnCode code) {
    look();
    for (std::chrono::seconds waited = 0s; waited < 24h; waited += 1s) {
      if (dial_what_is_known("Modem1", code) || dial_what_is_known("Modem2", code)) return waited;
      clock.advance(1s);
    }
    return 24h;
  }

  std::vector<int> tries() const {
    std::vector<int> all;
    for (const auto& message : mailqueue::Queue(settings.queue_file()).list())
      all.push_back(message.recipients.at(0).attempts);
    return all;
  }

  CallRecord record() const {
    return mailqueue::Queue(settings.queue_file()).call_record("SOUTH/HUB").value_or(CallRecord());
  }

  test::TempFolder own;
  std::filesystem::path folder;
  test::VirtualWorld world;
  asio::io_context& io = world.io;
  VirtualClock& clock = world.clock;
  config::Settings settings;
  config::Settings without_scripts;
  test::MemoryLog log;
  test::MemoryMailLogs mail_logs;
  MailStore store{clock, test::lent(settings), Worker::Place::here};
  KeyRing keys{test::lent(settings)};
  Planner planner{test::lent(settings), clock, false};
  Context context{io.get_executor(),
                  clock,
                  test::lent(settings),
                  log,
                  mail_logs,
                  store,
                  keys,
                  planner,
                  {},
                  true,
                  [] {},
                  ScriptSet(without_scripts, {}, log),
                  {},
                  [] { return 0.5; },
                  {}};
};

TEST(Defect, Q119884_TriesOfSeveralLinesDoNotAddUp) {
  Desk desk;
  desk.mail("first");
  ASSERT_TRUE(desk.dial("Modem1", ReturnCode::no_carrier));
  // A second line is free, mail comes every 10 s, and somebody is impatient: all of that is one moment.
  for (const char* key : {"second", "third", "fourth"}) {
    desk.clock.advance(10s);
    desk.mail(key);
    EXPECT_FALSE(desk.dial("Modem2", ReturnCode::no_carrier));
    EXPECT_FALSE(desk.dial("Modem1", ReturnCode::no_carrier));
    desk.call_by_hand("Modem2", ReturnCode::no_carrier);
  }
  EXPECT_THAT(desk.tries(), testing::Each(1));
  EXPECT_EQ(desk.record().failures, 1);
  // Three tries take longer than three moments of impatience.
  const auto began = desk.clock.now();
  for (int i = 0; i < 2; ++i) desk.until_dialled(ReturnCode::no_carrier);
  EXPECT_THAT(desk.tries(), testing::Each(3));
  EXPECT_GE(desk.clock.now() - began, 3min);
}

TEST(Defect, Q113119_BusyAndUnansweredNumbersAreEndedByTimeNotByCount) {
  Desk desk("RetryRules = time\n");
  desk.mail("patient", 6h);
  for (int i = 0; i < 9; ++i) desk.until_dialled(i % 2 == 0 ? ReturnCode::busy : ReturnCode::no_answer);
  EXPECT_THAT(desk.tries(), testing::Each(0));
  EXPECT_THAT(desk.look().events, IsEmpty());
  // Other failures are tries, as ever.
  desk.until_dialled(ReturnCode::no_carrier);
  EXPECT_THAT(desk.tries(), testing::Each(1));
  desk.clock.advance(6h);
  const auto events = desk.look().events;
  ASSERT_THAT(events, testing::Not(IsEmpty()));
  EXPECT_THAT(events.front().text, HasSubstr("[006]"));
}

TEST(Defect, Q135487_ALineThatIsSlowToComeUpIsTriedAgainWithoutAListUpdate) {
  Desk desk;
  desk.planner.instances({"Modem1"});
  desk.mail("waits");
  for (const auto pause : {0s, 75s, 113s, 169s}) {
    const auto before = desk.clock.now();
    std::optional<CallTask> task;
    while (!(task = desk.next("Modem1"))) desk.clock.advance(1s);
    EXPECT_EQ(desk.clock.now() - before, pause);
    DialledCall call;
    call.line_error = asio::error::network_unreachable;
    call.result.text = "No connection: Network is unreachable.";
    desk.end("Modem1", std::move(*task), std::move(call));
  }
  EXPECT_THAT(desk.tries(), testing::Each(0)) << "the network of this end is no fault of the mail";
  EXPECT_EQ(desk.record().failures, 0) << "nor of the post office";
}

TEST(Retries, ALineThatIsToBlameItselfLetsAnotherOneGoFirst) {
  for (const auto code : {ReturnCode::no_dialtone, ReturnCode::error}) {
    Desk desk;
    desk.mail("waits");
    ASSERT_TRUE(desk.dial("Modem1", code));
    desk.clock.advance(90s);
    EXPECT_FALSE(desk.next("Modem1"));
    EXPECT_TRUE(desk.next("Modem2"));
  }
  Desk alone;
  alone.planner.instances({"Modem1"});
  alone.mail("waits");
  ASSERT_TRUE(alone.dial("Modem1", ReturnCode::no_dialtone));
  alone.clock.advance(90s);
  EXPECT_TRUE(alone.next("Modem1")) << "there is no other";
  Desk over;
  over.mail("waits");
  ASSERT_TRUE(over.dial("Modem1", ReturnCode::no_dialtone));
  over.clock.advance(3min);
  EXPECT_TRUE(over.next("Modem1")) << "the other has had its time";
}

TEST(Retries, PausesGrowByCauseUpToTheLongest) {
  Desk desk("RetryBusy = 1m, 2x, 5m, 0%\nRetryNoCarrier = 10s, 0%\nRetryRules = time\nUndialableAfter = 0\n");
  desk.settings.post_offices[0].retries = 255;
  desk.mail("waits");
  EXPECT_EQ(desk.until_dialled(ReturnCode::busy), 0s);
  for (const auto pause : {60s, 120s, 240s, 300s, 300s})
    EXPECT_EQ(desk.until_dialled(ReturnCode::busy), pause);
  EXPECT_EQ(desk.until_dialled(ReturnCode::no_carrier), 300s);
  EXPECT_EQ(desk.until_dialled(ReturnCode::busy), 10s) << "another cause";
  EXPECT_EQ(desk.until_dialled(ReturnCode::busy), 60s) << "begins anew";
}

TEST(Retries, ACallThatWorksOrMovesMailForgetsThemAll) {
  for (const bool ok : {true, false}) {
    Desk desk("RetryNoAnswer = 1m, 2x, 1h, 0%\n");
    desk.settings.post_offices[0].retries = 255;
    desk.mail("waits");
    for (int i = 0; i < 4; ++i) desk.until_dialled(ReturnCode::no_answer);
    desk.planner.request(std::make_shared<CallRequest>(desk.io.get_executor(), "SOUTH/HUB"));
    auto task = desk.next("Modem2");
    ASSERT_TRUE(task);
    DialledCall call;
    call.result.ok = ok;
    call.result.moved_mail = true;
    call.result.text = ok ? "Disconnection." : "Lost carrier.";
    call.result.error = ok ? error_code() : error_code(line::Error::hung_up);
    desk.end("Modem2", std::move(*task), std::move(call));
    EXPECT_EQ(desk.record().failures, 0);
    desk.mail("new");
    if (ok) {
      EXPECT_EQ(desk.until_dialled(ReturnCode::no_answer), 0s);
      EXPECT_EQ(desk.until_dialled(ReturnCode::no_answer), 60s);
    } else {
      EXPECT_EQ(desk.until_dialled(ReturnCode::no_answer), 90s) << "the first pause after NO CARRIER";
      EXPECT_EQ(desk.record().failures, 1);
    }
  }
}

TEST(Retries, APostOfficeIsUndialableAfterManyFailuresAndDialledAgainWhenThatIsOver) {
  Desk desk("UndialableAfter = 4\nUndialableFor = 2h\n");
  desk.settings.post_offices[0].retries = 255;
  desk.mail("waits");
  for (int i = 0; i < 3; ++i) desk.until_dialled(ReturnCode::no_answer);
  EXPECT_FALSE(is_undialable(desk.record(), desk.clock.wall()));
  desk.until_dialled(ReturnCode::no_answer);
  EXPECT_TRUE(is_undialable(desk.record(), desk.clock.wall()));
  EXPECT_TRUE(desk.log.has("SOUTH/HUB: Undialable until ")) << desk.log.all();
  EXPECT_TRUE(desk.log.has("4 calls in a row have failed, the last by no answer")) << desk.log.all();
  const auto survey = desk.look();
  EXPECT_EQ(survey.queue.at(0).last_error, "NO ANSWER.");
  EXPECT_EQ(survey.queue.at(0).next_attempt, desk.record().until);

  desk.mail("new");
  EXPECT_EQ(desk.until_dialled(ReturnCode::no_answer), 2h) << "new mail waits as well";
  EXPECT_TRUE(is_undialable(desk.record(), desk.clock.wall())) << "one more call decides";
  desk.clock.advance(2h);
  ASSERT_TRUE(desk.dial("Modem1", ReturnCode::no_dialtone));
  EXPECT_FALSE(is_undialable(desk.record(), desk.clock.wall())) << "nobody over there is to blame for that";
}

TEST(Retries, ACallThatComesInEndsItAtOnce) {
  Desk desk("UndialableAfter = 2\n");
  desk.mail("waits");
  for (int i = 0; i < 2; ++i) desk.until_dialled(ReturnCode::no_answer);
  EXPECT_FALSE(desk.next("Modem1"));
  desk.store.post_call_works("SOUTH/HUB");
  desk.planner.incoming_call_begins("SOUTH/HUB", "Modem1");
  EXPECT_FALSE(desk.next("Modem2")) << "it is in a call";
  desk.planner.incoming_call_ends("SOUTH/HUB", "Modem1");
  EXPECT_TRUE(desk.next("Modem2"));
  EXPECT_EQ(desk.record(), CallRecord());
}

TEST(Retries, SurviveARestart) {
  Desk desk("UndialableAfter = 2\nUndialableFor = 1h\n");
  desk.mail("waits");
  for (int i = 0; i < 2; ++i) desk.until_dialled(ReturnCode::no_answer);
  Desk next("UndialableAfter = 2\nUndialableFor = 1h\n", desk.folder);
  next.clock.advance(desk.clock.now() - next.clock.now());
  const auto waited = next.until_dialled(ReturnCode::no_answer);
  EXPECT_GE(waited, 59min);
  EXPECT_LE(waited, 1h);
  EXPECT_EQ(next.record().failures, 3);
}

TEST(Retries, WhatIsRememberedOfStrangersGoes) {
  Desk desk;
  CallRecord stranger;
  stranger.post_office = "OLD/HUB";
  stranger.until = desk.clock.wall();
  mailqueue::Queue(desk.settings.queue_file()).keep_call(stranger);
  EXPECT_THAT(desk.look().calls, IsEmpty());
}

const WallTime noon = WallTime(std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}) + 12h;

CallRecord resting() {
  return {"A/A", 1, 1, "busy", "BUSY.", noon, noon + 10min, false};
}

TEST(Rests, LastAsLongAsTheyWereWhateverTheClockOfTheComputerDoes) {
  Rests rests;
  const TimePoint start{1000h};
  rests.take({resting()}, noon - 24h, start);  // the clock was set back before the start
  EXPECT_TRUE(rests.lasts("A/A", start + 9min));
  EXPECT_FALSE(rests.lasts("A/A", start + 10min));
  rests.take({resting()}, noon - 24h, start + 9min);
  EXPECT_FALSE(rests.lasts("A/A", start + 10min)) << "looking again makes it no longer";
  EXPECT_FALSE(rests.lasts("B/B", start));
}

TEST(Rests, EndWithTheRecordButForWhatTheQueueCouldNotKeep) {
  Rests rests;
  const TimePoint start{1000h};
  rests.set("A/A", start + 1h, true);
  rests.set("B/B", start + 1h, false);
  EXPECT_TRUE(rests.lasts("A/A", start));
  rests.take({}, noon, start);
  EXPECT_FALSE(rests.lasts("A/A", start));
  EXPECT_TRUE(rests.lasts("B/B", start));
  rests.end("B/B");
  EXPECT_FALSE(rests.lasts("B/B", start));
}

}  // namespace
}  // namespace external::engine::retries_test
