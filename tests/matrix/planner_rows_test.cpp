// Rows about whom to call, and when.

#include "../../src/engine/dialled_call.h"
#include "../../src/engine/retry_rules.h"
#include "offices.h"

#include <gmock/gmock.h>

#include <lent.h>

namespace external::matrix::planner_rows_test {
namespace {

using namespace std::chrono_literals;
using namespace ::testing;
using engine::CallRequest;
using engine::HopWork;
using engine::Planner;
using modem::ReturnCode;

constexpr auto town = R"([External]
HomePO = NORTH/CLINIC
RetryInterval = 1m
[External-Modem1]
AsyncCommPort = /dev/a
[External-Modem2]
AsyncCommPort = /dev/b
[External-In]
AsyncCommPort = /dev/c
CommInOnly
[PostOffice A/A]
Phone = 1
Password = x
[PostOffice B/B]
Phone = 2
Password = x
[PostOffice C/C]
Phone = 3
Password = x
[PostOffice D/D]
Phone = 4
Instance = Modem1
Password = x
[PostOffice E/E]
Phone = 5
Password = x
Intervals = 01:00-01:01
[PostOffice F/F]
Password = x
[PostOffice G/G]
Route = Indirect A/A
[PostOffice H/H]
Phone = 6
Instance = In
Password = x
)";

/// A planner at work in virtual time, with the queue behind it.
struct Desk {
  explicit Desk(const std::string& more_settings = "")
      : settings(config::parse(more_settings + town, folder.path() / "external.ini")),
        planner(test::lent(settings), clock, false) {
    planner.instances({"Modem1", "Modem2"});
  }

  HopWork mail(const std::string& hop, bool urgent = false, std::chrono::minutes age = 1min) const {
    HopWork work;
    work.hop = hop;
    work.messages = 1;
    work.bytes = 100;
    work.urgent = urgent;
    work.oldest = clock.wall() - age;
    work.next_attempt = clock.wall();
    return work;
  }

  void waits(std::vector<HopWork> hops) { ASSERT_TRUE(planner.update(std::move(hops), planner.epoch())); }

  std::shared_ptr<CallRequest> wish(const std::string& post_office) {
    auto one = std::make_shared<CallRequest>(io.get_executor(), post_office);
    planner.request(one);
    return one;
  }

  const config::Instance& line(const std::string& name) const { return *settings.find_instance(name); }

  /// Whom `instance` calls next; empty: nobody.
  std::string next(const std::string& instance) {
    const auto task = planner.next_call(line(instance));
    return task ? task->post_office : "";
  }

  test::TempFolder folder;
  asio::io_context io;
  VirtualClock clock{io};
  config::Settings settings;
  Planner planner;
};

TEST(FaultMatrix, R19_JobsForAPoolOfModemsGoByRankAndTheFirstFreeModemTakesThem) {
  Desk desk;
  desk.waits({desk.mail("A/A", false, 9min), desk.mail("C/C", true), desk.mail("E/E")});
  const auto wish = desk.wish("B/B");
  EXPECT_EQ(desk.next("Modem1"), "C/C") << "urgent mail comes first";
  EXPECT_THAT(desk.planner.place_of("B/B"),
              AllOf(StartsWith("place 1 of 1 in the queue: Modem1 is calling C/C since "),
                    EndsWith(", Modem2 is not ready, see external status")));
  EXPECT_EQ(desk.next("Modem2"), "B/B") << "then what somebody asked for";
  EXPECT_EQ(desk.planner.place_of("B/B"), "") << "it is being made";
  const auto last = desk.wish("D/D");
  desk.planner.call_ends("B/B", true);
  desk.waits({desk.mail("A/A", false, 9min)});
  EXPECT_EQ(desk.next("Modem2"), "A/A") << "a modem that is free takes what it may, at once";
  EXPECT_THAT(desk.planner.place_of("D/D"),
              StartsWith("place 1 of 1 in the queue: Modem1 is calling C/C since "));
  desk.planner.call_ends("C/C", true);
  desk.waits({});
  EXPECT_EQ(desk.next("Modem1"), "D/D");
}

TEST(FaultMatrix, R19_OlderMailComesBeforeNewerAndATooLongQueueIsRefusedWithItsLengthAndTheHolder) {
  Desk desk;
  desk.waits({desk.mail("A/A", false, 1min), desk.mail("B/B", false, 9min)});
  EXPECT_EQ(desk.next("Modem1"), "B/B");
  std::vector<std::shared_ptr<CallRequest>> wishes;
  for (int i = 0; i < 101; ++i) wishes.push_back(desk.wish("D/D"));
  EXPECT_FALSE(wishes[99]->done.is_set());
  ASSERT_TRUE(wishes[100]->done.is_set());
  EXPECT_THAT(
      wishes[100]->report.text,
      AllOf(HasSubstr("100 calls wait already: Modem1 is calling B/B since "), HasSubstr("ask again")));
}

TEST(FaultMatrix, R41_AnInstanceThatOnlyAnswersNeverDialsAndEachPauseIsAnother) {
  Desk desk;
  desk.waits({desk.mail("H/H")});
  EXPECT_EQ(desk.next("In"), "");
  EXPECT_EQ(engine::spread(60s, [] { return 0.0; }), 60s);
  EXPECT_EQ(engine::spread(60s, [] { return 0.25; }), 75s);
  // Two ends whose calls met do not meet again at the next attempt, or the one after.
  const auto one = engine::system_random();
  const auto other = engine::system_random();
  int again = 0;
  for (int round = 0; round < 1000; ++round) {
    const auto apart = std::chrono::abs(engine::spread(60s, one) - engine::spread(60s, other));
    if (apart < 2s) ++again;
  }
  EXPECT_LT(again, 200);
}

/// The end of a dialled call, on the real store.
struct CallDesk : Desk {
  explicit CallDesk(const std::string& rules) : Desk("") {
    settings.instances[0].retry_rules = rules == "2.1" ? config::RetryRules::v2_1 : config::RetryRules::v3_2;
    mailqueue::Queue queue(settings.queue_file());
    mailqueue::Envelope envelope;
    envelope.key = "k";
    envelope.sender = "NORTH/CLINIC/ANNA";
    envelope.recipients = {{"A/A/BOB", "A/A"}};
    envelope.accepted = clock.wall();
    envelope.useful_life = 24h;
    queue.accept(envelope, "Subject: x\n\ny\n", clock.wall());
  }

  /// One call that ends with `code`; returns how long its mail is to wait.
  std::chrono::seconds fail_with(ReturnCode code) {
    planner.update({mail("A/A")}, planner.epoch());
    auto task = planner.next_call(line("Modem1"));
    if (!task) throw std::logic_error("no call was due");
    engine::DialledCall call;
    call.code = code;
    call.result.text = std::string(modem::name_of(code)) + ".";
    auto future =
        asio::co_spawn(io, finish_dialled_call(context, line("Modem1"), std::move(*task), std::move(call)),
                       asio::use_future);
    io.restart();
    while (future.wait_for(0s) != std::future_status::ready) io.run_one();
    future.get();
    const mailqueue::Queue queue(settings.queue_file());
    return std::chrono::duration_cast<std::chrono::seconds>(queue.next_due().value() - clock.wall());
  }

  int tries() const {
    const mailqueue::Queue queue(settings.queue_file());
    return queue.list().at(0).recipients.at(0).attempts;
  }

  test::MemoryLog log;
  test::MemoryMailLogs mail_logs;
  config::Settings without_scripts;
  engine::MailStore store{clock, test::lent(settings)};
  engine::KeyRing keys{test::lent(settings)};
  engine::Context context{io.get_executor(),
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
                          engine::ScriptSet(without_scripts, {}, log),
                          {},
                          [] { return 0.5; },
                          {}};
};

TEST(FaultMatrix, R42_WhatCountsAsATryGoesByTheRulesOfTheInstance) {
  struct Row {
    ReturnCode code;
    int tries_of_3_2;
    int tries_of_2_1;
  };
  // Four attempts each.
  for (const auto& row :
       {Row{ReturnCode::no_carrier, 4, 4}, Row{ReturnCode::error, 4, 4}, Row{ReturnCode::no_dialtone, 4, 4},
        Row{ReturnCode::busy, 4, 4}, Row{ReturnCode::no_answer, 4, 0}, Row{ReturnCode::dial_reject, 0, 0}}) {
    for (const std::string rules : {"3.2", "2.1"}) {
      CallDesk desk(rules);
      desk.planner.instances({"Modem1"});
      for (int attempt = 0; attempt < 4; ++attempt) desk.clock.advance(desk.fail_with(row.code) + 1s);
      EXPECT_EQ(desk.tries(), rules == "3.2" ? row.tries_of_3_2 : row.tries_of_2_1)
          << modem::name_of(row.code) << " by the rules of " << rules;
    }
  }
}

TEST(FaultMatrix, R43_ANumberThatTheModemRefusesToDialIsLeftAloneForLong) {
  CallDesk desk("3.2");
  EXPECT_EQ(desk.fail_with(ReturnCode::busy), 90s);
  desk.clock.advance(91s);
  EXPECT_EQ(desk.fail_with(ReturnCode::dial_reject), 90min);
  // New mail would be due at once.
  for (int minute = 0; minute < 89; ++minute) {
    desk.clock.advance(1min);
    desk.waits({desk.mail("A/A")});
    ASSERT_EQ(desk.next("Modem2"), "") << "after " << minute + 1 << " minutes";
  }
  desk.clock.advance(2min);
  desk.waits({desk.mail("A/A")});
  EXPECT_EQ(desk.next("Modem2"), "A/A");
}

TEST(FaultMatrix, R58_OnlyWhatIsRoutedDirectOverThisInstanceInAnOpenWindowIsDialled) {
  Desk desk;
  for (const std::string hop : {"E/E", "F/F", "G/G", "H/H"}) {
    desk.waits({desk.mail(hop)});
    EXPECT_EQ(desk.next("Modem1"), "") << hop;
  }
  desk.waits({desk.mail("D/D")});
  EXPECT_EQ(desk.next("Modem2"), "") << "D/D is for Modem1 alone";
  EXPECT_EQ(desk.next("Modem1"), "D/D");

  // Every minute of a day: the window of one minute is found, and nothing else.
  int dialled = 0;
  for (int minute = 0; minute < 24 * 60; ++minute) {
    desk.waits({desk.mail("E/E")});
    if (desk.next("Modem2") == "E/E") {
      ++dialled;
      desk.planner.call_ends("E/E", true);
    }
    desk.clock.advance(1min);
  }
  EXPECT_EQ(dialled, 1);
}

TEST(FaultMatrix, R45_AScriptEditedBadlyLeavesTheOldOneInUse) {
  const test::TempFolder folder;
  const auto file = folder.path() / "OWN.MDM";
  test::write_file(file, "INITIALIZE:\n  return 0\n");
  const auto settings =
      config::parse("[External]\nHomePO=A/B\n[External-M]\nAsyncCommPort=/dev/x\nCommScript=own\n",
                    folder / "external.ini");
  test::RealWorld world;
  test::MemoryLog log;
  engine::ScriptSet scripts(settings, {}, log);
  world.run(scripts.reload());
  EXPECT_TRUE(log.lines.empty()) << log.all();

  test::write_file(file, "INITIALIZE:\n  sned \"ATZ\"\n");
  world.run(scripts.reload());
  EXPECT_TRUE(log.has("OWN.MDM:2:3: error")) << log.all();
  EXPECT_TRUE(log.has("the one read before stays")) << log.all();
  ASSERT_NO_THROW(scripts.at("OWN"));
  EXPECT_FALSE(scripts.at("OWN").has(modem::Procedure::answer));
  const auto said = log.lines.size();
  world.run(scripts.reload());
  EXPECT_EQ(log.lines.size(), said) << "said once\n" << log.all();

  std::filesystem::remove(file);
  world.run(scripts.reload());
  EXPECT_TRUE(log.has("modem script OWN.MDM not found")) << log.all();
  ASSERT_NO_THROW(scripts.at("OWN"));

  test::write_file(file, "INITIALIZE:\n  return 0\nANSWER:\n  return 8\n");
  world.run(scripts.reload());
  EXPECT_TRUE(log.has("Modem script OWN was edited; the new one is used from now on.")) << log.all();
  EXPECT_TRUE(scripts.at("OWN").has(modem::Procedure::answer));
}

}  // namespace
}  // namespace external::matrix::planner_rows_test
