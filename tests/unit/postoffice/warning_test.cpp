#include <external/postoffice/submit.h>
#include <external/postoffice/warning.h>

#include <gmock/gmock.h>

#include <temp_folder.h>

namespace external::postoffice::warning_test {
namespace {

using namespace std::chrono_literals;
using test::TempFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const WallTime noon = std::chrono::sys_days{std::chrono::year{2026} / 1 / 2} + 12h;

struct WaitingRoom {
  mailqueue::MessageId submit(const Submission& submission) {
    return *queue.accept(make_envelope(submission, book, noon), "Subject: Hi\n\nbody\n", noon).message;
  }

  /// The texts of what was done.
  std::vector<std::string> warn(WallTime now) {
    std::vector<std::string> texts;
    for (const auto& event : warn_of_delays(queue, book, steps, now, 100).events) texts.push_back(event.text);
    return texts;
  }

  /// Notices in the queue, oldest first.
  std::vector<std::string> notices() {
    std::vector<std::string> texts;
    for (const auto& work : queue.pick({"NORTH/CLINIC"}, noon + 99h, 100))
      texts.push_back(queue.read(work.message, 0, 10000));
    return texts;
  }

  TempFolder root;
  AddressBook book{"NORTH/CLINIC", {}};
  mailqueue::Queue queue{root / "queue.db"};
  WarningSteps steps{{4h, 24h, 72h}, {1h, 4h}};
};

struct Warning : WaitingRoom, ::testing::Test {};

TEST_F(Warning, ComesAtEachStepOnce) {
  submit({.from = "anna", .to = {"SOUTH/HUB/bob"}});
  EXPECT_THAT(warn(noon + 4h - 1s), IsEmpty());
  const auto first = warn(noon + 4h);
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_THAT(first[0], HasSubstr(" to SOUTH/HUB/BOB, waiting for 4 hours; NORTH/CLINIC/ANNA is told"));
  EXPECT_THAT(warn(noon + 4h), IsEmpty());
  EXPECT_THAT(warn(noon + 24h - 1s), IsEmpty());
  EXPECT_THAT(warn(noon + 24h), SizeIs(1));
  EXPECT_THAT(warn(noon + 72h), SizeIs(1));
  EXPECT_THAT(warn(noon + 1000h), IsEmpty());
  ASSERT_THAT(notices(), SizeIs(3));
  EXPECT_THAT(notices()[0], HasSubstr("Mail has been waiting for 4 hours to be sent to:\nSOUTH     /HUB\n"));
  EXPECT_THAT(notices()[0], HasSubstr("\nSubject: Hi\n\n"));
  EXPECT_THAT(notices()[0], Not(HasSubstr("body")));
  EXPECT_THAT(notices()[2], HasSubstr("waiting for 3 days"));
}

TEST_F(Warning, OfUrgentMailComesEarlier) {
  submit({.from = "anna", .to = {"SOUTH/HUB/bob"}, .priority = mailqueue::Priority::urgent});
  submit({.from = "anna", .to = {"SOUTH/HUB/bob"}, .priority = mailqueue::Priority::low});
  EXPECT_THAT(warn(noon + 1h), SizeIs(1));
  EXPECT_THAT(warn(noon + 4h), SizeIs(2));
}

TEST_F(Warning, TellsStepsThatWereMissedTogether) {
  submit({.from = "anna", .to = {"SOUTH/HUB/bob"}});
  const auto texts = warn(noon + 30h);
  ASSERT_THAT(texts, SizeIs(1));
  EXPECT_THAT(texts[0], HasSubstr("waiting for 24 hours"));
  EXPECT_THAT(warn(noon + 71h), IsEmpty());
  EXPECT_THAT(warn(noon + 72h), SizeIs(1));
}

TEST_F(Warning, IsNotRepeatedByTheNextRun) {
  submit({.from = "anna", .to = {"SOUTH/HUB/bob"}});
  warn(noon + 4h);
  mailqueue::Queue again(root / "queue.db");
  EXPECT_THAT(warn_of_delays(again, book, steps, noon + 5h, 100).events, IsEmpty());
}

TEST_F(Warning, NamesThoseThatWaitAndNoOthers) {
  submit({.from = "anna", .to = {"SOUTH/HUB/bob", "EAST/RELAY/eve"}});
  auto work = queue.pick({"EAST/RELAY"}, noon, 1).at(0);
  queue.start_transfer(work);
  EXPECT_THAT(warn(noon + 4h), IsEmpty()) << "it is just being sent";
  queue.acknowledge(work.ids(), "EAST/RELAY", noon + 4h);
  EXPECT_THAT(warn(noon + 4h), SizeIs(1));
  EXPECT_THAT(notices().at(0), Not(HasSubstr("EVE")));
}

TEST_F(Warning, IsNotSentToThoseWhoDoNotWantIt) {
  submit({.from = "anna", .to = {"SOUTH/HUB/bob"}, .notify = mailqueue::never});
  submit({.from = "anna", .to = {"SOUTH/HUB/bob", "SOUTH/HUB/eve"}, .wishes = {{{false, true, false}, ""}}});
  EXPECT_THAT(warn(noon + 4h), ElementsAre(HasSubstr(" to SOUTH/HUB/EVE, ")));
  EXPECT_THAT(notices().at(0), Not(HasSubstr("BOB")));
  EXPECT_THAT(warn(noon + 4h), IsEmpty());
}

TEST_F(Warning, IsNotSentAboutNotices) {
  auto envelope = make_envelope({.from = "", .to = {"SOUTH/HUB/bob"}}, book, noon);
  queue.accept(envelope, "Subject: x\n\n", noon);
  submit({.from = "EAST/RELAY/MAILER-DAEMON", .to = {"SOUTH/HUB/bob"}});
  for (const auto after : {1h, 4h, 24h, 99h}) EXPECT_THAT(warn(noon + after), IsEmpty());
  EXPECT_EQ(queue.totals().messages, 2u);
}

TEST_F(Warning, IsNotSentAboutWhatIsHeld) {
  const auto id = submit({.from = "anna", .to = {"SOUTH/HUB/bob"}});
  queue.hold(id, noon);
  EXPECT_THAT(warn(noon + 5h), IsEmpty());
  queue.release(id, noon);
  EXPECT_THAT(warn(noon + 5h), SizeIs(1));
}

TEST_F(Warning, TellsTheLastError) {
  submit({.from = "anna", .to = {"SOUTH/HUB/bob"}});
  queue.fail(queue.pick({"SOUTH/HUB"}, noon, 1).at(0).ids(), "NO CARRIER", noon, true, noon);
  EXPECT_THAT(warn(noon + 4h), ElementsAre(HasSubstr("waiting for 4 hours, NO CARRIER; ")));
  EXPECT_THAT(notices().at(0), HasSubstr("\nLast error: NO CARRIER\n"));
}

TEST_F(Warning, CanBeSwitchedOff) {
  steps = {};
  submit({.from = "anna", .to = {"SOUTH/HUB/bob"}});
  EXPECT_THAT(warn(noon + 99h), IsEmpty());
}

TEST(Defect, Q277831_Q119884_SenderHearsOfAPostOfficeThatCannotBeReached) {
  WaitingRoom room;
  room.submit({.from = "anna", .to = {"SOUTH/HUB/bob"}});
  // Nobody has even tried to call it.
  EXPECT_THAT(room.warn(noon + 4h), SizeIs(1));
  EXPECT_THAT(room.notices().at(0), HasSubstr("Action: delayed\nStatus: 4.4.1\n"));
}

}  // namespace
}  // namespace external::postoffice::warning_test
