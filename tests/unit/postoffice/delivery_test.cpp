#include <external/postoffice/delivery.h>
#include <external/postoffice/group.h>
#include <external/postoffice/submit.h>

#include <gmock/gmock.h>

#include <temp_folder.h>

namespace external::postoffice::delivery_test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Kind = DeliveryEvent::Kind;
using test::read_file;
using test::TempFolder;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const WallTime noon = std::chrono::sys_days{std::chrono::year{2026} / 1 / 2} + 12h;

struct PostOffice {
  PostOffice() {
    mailboxes.add("anna");
    mailboxes.add("bob");
  }

  mailqueue::Envelope submit(const std::vector<std::string>& to, const std::string& content,
                             const std::string& from = "anna") {
    const auto envelope = make_envelope({.from = from, .to = to}, book, noon);
    queue.accept(envelope, content, noon);
    return envelope;
  }

  std::vector<DeliveryEvent> deliver(WallTime now = noon) { return delivery.deliver_due(now, 100); }

  std::vector<std::string> mail_of(const std::string& name) const {
    std::vector<std::string> mail;
    const fs::path folder = root / ("mail/" + name + "/new");
    if (!fs::exists(folder)) return mail;
    for (const auto& entry : fs::directory_iterator(folder)) mail.push_back(read_file(entry.path()));
    return mail;
  }

  TempFolder root;
  AddressBook book{"NORTH/CLINIC", {}};
  mailqueue::Queue queue{root / "queue.db"};
  Mailboxes mailboxes{root / "mail"};
  LocalDelivery delivery{queue, root / "mail", book};

 private:
  // Made before the mailboxes.
  bool folder_ = fs::create_directory(root / "mail");
};

struct Delivery : PostOffice, ::testing::Test {};

TEST_F(Delivery, PutsMailIntoEachMailbox) {
  using namespace std::string_literals;
  const auto content = "From: x\n\nNUL \0 and \xFF\r\n.\n"s;
  const auto envelope = submit({"bob", "anna"}, content);
  const auto events = deliver();
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].kind, Kind::delivered);
  EXPECT_EQ(events[0].key, envelope.key);
  EXPECT_EQ(events[0].recipient, "NORTH/CLINIC/BOB");
  EXPECT_EQ(events[0].sender, "NORTH/CLINIC/ANNA");
  EXPECT_EQ(events[0].size, content.size());
  EXPECT_EQ(events[0].text,
            "Delivered " + envelope.key + " to BOB, " + std::to_string(content.size()) + " bytes");
  ASSERT_THAT(mail_of("bob"), SizeIs(1));
  EXPECT_THAT(mail_of("bob")[0], testing::EndsWith(content));
  EXPECT_THAT(mail_of("bob")[0], testing::StartsWith("Return-Path: <anna@clinic.north>\nDelivered-To: bob@"));
  EXPECT_THAT(mail_of("anna"), SizeIs(1));
  EXPECT_THAT(deliver(), IsEmpty());
  EXPECT_EQ(queue.totals().messages, 0u);
}

TEST_F(Delivery, LeavesMailForOthersAlone) {
  submit({"SOUTH/HUB/bob"}, "x");
  EXPECT_THAT(deliver(), IsEmpty());
  EXPECT_EQ(queue.totals().messages, 1u);
}

TEST_F(Delivery, HandlesALimitedNumberAtATime) {
  for (int i = 0; i < 5; ++i) submit({"bob"}, std::to_string(i));
  EXPECT_THAT(delivery.deliver_due(noon, 2), SizeIs(2));
  EXPECT_THAT(delivery.deliver_due(noon, 2), SizeIs(2));
  EXPECT_THAT(delivery.deliver_due(noon, 2), SizeIs(1));
  EXPECT_THAT(mail_of("bob"), SizeIs(5));
}

TEST_F(Delivery, WaitsForTheDiskAfterSomeMegabytes) {
  for (int i = 0; i < 3; ++i) submit({"bob"}, std::string(9'000'000, 'x'));
  EXPECT_THAT(deliver(), SizeIs(1));
  EXPECT_THAT(deliver(), SizeIs(1));
  EXPECT_THAT(deliver(), SizeIs(1));
}

TEST_F(Delivery, IsNotStoppedByOneMailboxThatFails) {
  fs::remove_all(root / "mail/anna/new");
  test::write_file(root / "mail/anna/new", "in the way");
  for (int i = 0; i < 20; ++i) submit({i == 10 ? "anna" : "bob"}, std::to_string(i));
  const auto events = deliver();
  ASSERT_THAT(events, SizeIs(20));
  EXPECT_EQ(
      std::count_if(events.begin(), events.end(), [](const auto& e) { return e.kind == Kind::delivered; }),
      19);
  EXPECT_THAT(mail_of("bob"), SizeIs(19));
  EXPECT_EQ(queue.totals().messages, 1u);
}

TEST_F(Delivery, ReturnsMailForUnknownMailboxesAndDeliversTheRest) {
  const std::string content = "Subject: Hi\n\n" + std::string(300000, 'x') + "end";
  const auto envelope = submit({"nobody", "bob", "none"}, content);
  const auto events = deliver();
  ASSERT_THAT(events, SizeIs(3));
  EXPECT_EQ(events[1].kind, Kind::returned);
  EXPECT_THAT(events[1].text,
              HasSubstr("[002] Mail was received that was addressed to unknown addresses.; returned " +
                        envelope.key + " to NORTH/CLINIC/ANNA, not delivered to NORTH/CLINIC/NOBODY"));
  EXPECT_THAT(mail_of("bob"), SizeIs(1));

  EXPECT_THAT(deliver(), SizeIs(1));
  const auto notices = mail_of("anna");
  ASSERT_THAT(notices, SizeIs(1));
  EXPECT_THAT(notices[0], testing::StartsWith("Return-Path: <>\n"));
  EXPECT_THAT(notices[0],
              HasSubstr("[002] Mail was received that was addressed to unknown addresses.\n"
                        "Mail item was not delivered to:\n  NORTH/CLINIC/NOBODY\n  NORTH/CLINIC/NONE\n"));
  EXPECT_THAT(notices[0], HasSubstr(content));
  EXPECT_EQ(queue.totals().messages, 0u);
}

TEST_F(Delivery, NeverAnswersANotice) {
  submit({"nobody"}, "x", "");
  const auto events = deliver();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].kind, Kind::dropped);
  EXPECT_EQ(queue.totals().messages, 0u);
}

TEST_F(Delivery, EndsWithTheReturnOfMailBetweenUnknownMailboxes) {
  submit({"nobody"}, "x", "ghost");
  int rounds = 0;
  while (!deliver().empty()) ASSERT_LT(++rounds, 5);
  EXPECT_EQ(rounds, 2);
  EXPECT_EQ(queue.totals().messages, 0u);
}

TEST_F(Delivery, SendsReturnsFromOtherPostOfficesBackThere) {
  submit({"nobody"}, "x", "SOUTH/HUB/dora");
  deliver();
  const auto waiting = queue.waiting();
  ASSERT_THAT(waiting, SizeIs(1));
  EXPECT_EQ(waiting[0].destination, "SOUTH/HUB");
}

TEST_F(Delivery, TriesAgainLaterWhereTheDiskRefusesAndGoesOnElsewhere) {
  fs::remove_all(root / "mail/anna/cur");
  test::write_file(root / "mail/anna/cur", "in the way");
  submit({"anna", "bob"}, "x");
  auto events = deliver();
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].kind, Kind::delivered);
  EXPECT_EQ(events[1].kind, Kind::postponed);
  EXPECT_THAT(events[1].text, HasSubstr("Not a directory; next try in 1 min"));
  EXPECT_THAT(deliver(noon + 59s), IsEmpty());
  EXPECT_THAT(deliver(noon + 60s).at(0).text, HasSubstr("next try in 2 min"));

  fs::remove(root / "mail/anna/cur");
  EXPECT_EQ(deliver(noon + 1h).at(0).kind, Kind::delivered);
  EXPECT_THAT(mail_of("anna"), SizeIs(1));
  EXPECT_THAT(mail_of("bob"), SizeIs(1));
}

TEST_F(Delivery, KnowsWhatItDeliveredBeforeItDied) {
  const auto envelope = submit({"bob"}, "x");
  const auto name = delivery_name(envelope.key, "NORTH/CLINIC/BOB");
  test::write_file(root / "mail/bob/cur" / (name + ":2,S"), "x");
  const auto events = deliver();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_THAT(events[0].text, HasSubstr("which was there already"));
  EXPECT_THAT(mail_of("bob"), IsEmpty());
  EXPECT_EQ(queue.totals().messages, 0u);
}

TEST_F(Delivery, ReturnsAnAddressThatNobodyUnderstands) {
  auto envelope = make_envelope({.from = "anna", .to = {"bob"}}, book, noon);
  envelope.recipients = {{"../../etc/passwd", "NORTH/CLINIC"}};
  queue.accept(envelope, "x", noon);
  EXPECT_EQ(deliver().at(0).kind, Kind::returned);
}

TEST_F(Delivery, ReturnsWorkOfARouteThatIsUsedUp) {
  submit({"SOUTH/HUB/bob"}, "Subject: x\n\ny");
  const auto work = queue.pick({"SOUTH/HUB"}, noon, 1).at(0);
  const auto events =
      return_mail(queue, book, work, {Report::retry_count_exceeded, {}, "SOUTH/HUB", {}, "BUSY"}, noon);
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_THAT(events[0].text,
              testing::StartsWith("[005] Mail retry count exceeded sending to: SOUTH/HUB (BUSY); returned "));
  EXPECT_THAT(return_mail(queue, book, work, {Report::retry_count_exceeded, {}, "SOUTH/HUB", {}, ""}, noon),
              IsEmpty());
  deliver();
  EXPECT_THAT(mail_of("anna"), SizeIs(1));
}

TEST_F(Delivery, SendsReceiptsToThoseWhoWantThem) {
  const auto envelope = make_envelope(
      {.from = "SOUTH/HUB/dora",
       .to = {"bob", "anna", "nobody"},
       .notify = {.success = true},
       .wishes = {{{true, true, true}, "rfc822;robert@clinic.example"}, {{false, true, true}, ""}}},
      book, noon);
  queue.accept(envelope, "Subject: Hi\n\nSecret\n", noon);
  const auto events = deliver();
  ASSERT_THAT(events, SizeIs(4));
  EXPECT_THAT(mail_of("bob"), SizeIs(1));
  const auto notices = queue.pick({"SOUTH/HUB"}, noon, 10);
  ASSERT_THAT(notices, SizeIs(2)) << "a receipt for bob, a return of nobody";
  const auto receipt = queue.read(notices[0].message, 0, 10000);
  EXPECT_EQ(notices[0].envelope.sender, "");
  EXPECT_THAT(receipt, HasSubstr("Subject: Mail delivered\n"));
  EXPECT_THAT(receipt, HasSubstr("Original-Recipient: rfc822;robert@clinic.example\nFinal-Recipient: rfc822; "
                                 "bob@clinic.north\nAction: delivered\n"));
  EXPECT_THAT(receipt, testing::Not(HasSubstr("ANNA")));
  EXPECT_THAT(receipt, testing::Not(HasSubstr("Secret")));
  EXPECT_THAT(queue.read(notices[1].message, 0, 10000), HasSubstr("Subject: Mail failure\n"));
  EXPECT_THAT(deliver(), IsEmpty());
  EXPECT_EQ(queue.totals().messages, 2u);
}

TEST_F(Delivery, SendsNoReceiptBeforeTheMailIsThereAndNoneTwice) {
  fs::remove_all(root / "mail/bob/cur");
  test::write_file(root / "mail/bob/cur", "in the way");
  const auto envelope =
      make_envelope({.from = "anna", .to = {"bob"}, .notify = {.success = true}}, book, noon);
  queue.accept(envelope, "Subject: Hi\n\n", noon);
  EXPECT_EQ(deliver().at(0).kind, Kind::postponed);
  EXPECT_EQ(queue.totals().messages, 1u);
  fs::remove(root / "mail/bob/cur");
  // It was put down by an External that was killed before it could note that.
  const auto name = delivery_name(envelope.key, "NORTH/CLINIC/BOB");
  test::write_file(root / "mail/bob/cur" / name, "x");
  const auto events = deliver(noon + 1h);
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[1].kind, Kind::receipt);
  deliver(noon + 1h);
  EXPECT_THAT(mail_of("anna"), SizeIs(1));
  EXPECT_EQ(queue.totals().messages, 0u);
}

TEST_F(Delivery, SendsNoReceiptToARobot) {
  for (const auto* from : {"", "SOUTH/HUB/mailer-daemon"}) {
    auto envelope = make_envelope({.from = from, .to = {"bob"}, .notify = {.success = true}}, book, noon);
    queue.accept(envelope, "Subject: Hi\n\n", noon);
    EXPECT_THAT(deliver(), SizeIs(1)) << from;
  }
  EXPECT_EQ(queue.totals().messages, 0u);
}

TEST_F(Delivery, ReturnsNothingToThoseWhoDoNotWantIt) {
  auto envelope = make_envelope({.from = "anna", .to = {"nobody", "none"}}, book, noon);
  envelope.recipients[0].notify = mailqueue::never;
  queue.accept(envelope, "Subject: Hi\n\n", noon);
  const auto events = deliver();
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].kind, Kind::dropped);
  EXPECT_THAT(events[0].text,
              HasSubstr("given up " + envelope.key + " to NORTH/CLINIC/NOBODY, its sender wants no notice"));
  EXPECT_EQ(events[1].kind, Kind::returned);
  deliver();
  ASSERT_THAT(mail_of("anna"), SizeIs(1));
  EXPECT_THAT(mail_of("anna")[0], testing::Not(HasSubstr("NOBODY")));

  envelope.key += "2";
  envelope.recipients[1].notify = mailqueue::never;
  queue.accept(envelope, "Subject: Hi\n\n", noon);
  EXPECT_THAT(deliver(), SizeIs(2));
  EXPECT_EQ(queue.totals().messages, 0u);
}

TEST_F(Delivery, ReturnsOnlyTheHeaderIfThatIsWanted) {
  auto envelope = make_envelope({.from = "anna", .to = {"nobody"}, .headers_only = true}, book, noon);
  queue.accept(envelope, "Subject: Hi\n\nsecret\n", noon);
  deliver();
  deliver();
  EXPECT_THAT(mail_of("anna").at(0), HasSubstr("Subject: Hi\n\n\n--"));
  EXPECT_THAT(mail_of("anna").at(0), testing::Not(HasSubstr("secret")));
}

TEST_F(Delivery, IsNotStoppedByMailThatCanBeNeitherDeliveredNorReturned) {
  const std::string large(3 << 20, 'x');
  submit({"nobody"}, large);
  for (const auto& entry : fs::directory_iterator(root / "queue.db-content"))
    fs::resize_file(entry.path(), 10);
  submit({"bob"}, "Subject: x\n\n");
  const auto events = deliver();
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_THAT(events[0].text, HasSubstr("Quarantined message 1 cannot be read"));
  EXPECT_THAT(mail_of("bob"), SizeIs(1));
  EXPECT_THAT(deliver(noon + 30s), IsEmpty()) << "it waits for a person";
}

TEST_F(Delivery, PutsTogetherWhatIsOfOneMessage) {
  submit({"SOUTH/HUB/bob", "SOUTH/BRANCH/eve", "SOUTH/HUB/dora"}, "Subject: x\n\n");
  submit({"SOUTH/HUB/bob"}, "Subject: y\n\n");
  auto works = queue.pick({"SOUTH/HUB"}, noon, 10);
  for (auto& work : queue.pick({"SOUTH/BRANCH"}, noon, 10)) works.push_back(work);
  const auto together = by_message(works);
  ASSERT_THAT(together, SizeIs(2));
  EXPECT_THAT(together[0].envelope.recipients, SizeIs(3));
  EXPECT_THAT(together[0].targets, SizeIs(3));
  EXPECT_THAT(together[1].targets, SizeIs(1));
}

TEST_F(Delivery, MakesThePostmasterWhenNeeded) {
  submit({"POSTMASTER"}, "x");
  EXPECT_EQ(deliver().at(0).kind, Kind::delivered);
  EXPECT_THAT(mail_of("POSTMASTER"), SizeIs(1));
}

TEST(Defect, Q101934_ReturnedMailIsWholeWithItsAttachments) {
  PostOffice office;
  std::string attachments;
  for (int i = 0; i < 200'000; ++i) attachments += "UEsDBBQ" + std::to_string(i) + "=\n";
  const std::string content =
      "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n" + attachments + "--b--\n";
  office.submit({"SOUTH/HUB/bob"}, content);
  const auto work = office.queue.pick({"SOUTH/HUB"}, noon, 1).at(0);
  return_mail(office.queue, office.book, work, {Report::useful_life_exceeded, {}, {}, {}, {}}, noon);
  office.deliver();
  EXPECT_THAT(office.mail_of("anna").at(0), HasSubstr("\n\n" + content + "\n--"));
}

TEST(Defect, Q121732_OnlyFailedRecipientsAreNamed) {
  PostOffice office;
  office.submit({"nobody", "bob", "anna"}, "Subject: x\n\n", "SOUTH/HUB/dora");
  office.deliver();
  const auto notices = office.queue.pick({"SOUTH/HUB"}, noon, 10);
  ASSERT_THAT(notices, SizeIs(1));
  const auto text = office.queue.read(notices[0].message, 0, 10000);
  EXPECT_THAT(text, HasSubstr("TO:      NORTH/CLINIC/NOBODY\nDATE:"));
  EXPECT_THAT(text, testing::Not(HasSubstr("BOB")));
  EXPECT_THAT(text, testing::Not(HasSubstr("bob@")));
  EXPECT_THAT(text, testing::Not(HasSubstr("anna@")));
}

TEST(Defect, Q128432_Q175447_NoticesAnswerNoNotices) {
  PostOffice office;
  // No POSTMASTER, a list server that answers what it gets, a gateway whose notices have a sender.
  const std::string notice = "Subject: Mail failure\nAuto-Submitted: auto-replied\n\nx\n";
  for (const auto* from : {"", "SOUTH/HUB/POSTMASTER", "GATE/WAY/MAILER-DAEMON"})
    office.submit({"nobody"}, notice, from);
  for (const auto& event : office.deliver()) EXPECT_EQ(event.kind, Kind::dropped) << event.text;
  EXPECT_EQ(office.queue.totals().messages, 0u);
}

TEST(Defect, Q194549_NoSecondNoticeAboutOneMessage) {
  PostOffice office;
  office.submit({"SOUTH/HUB/bob"}, "Subject: x\n\n");
  const auto work = office.queue.pick({"SOUTH/HUB"}, noon, 1).at(0);
  const Failure failure{Report::corrupt, {}, {}, {}, {}};
  EXPECT_THAT(return_mail(office.queue, office.book, work, failure, noon), SizeIs(1));
  EXPECT_THAT(return_mail(office.queue, office.book, work, failure, noon), IsEmpty());
  auto empty = work;
  empty.targets.clear();
  empty.envelope.recipients.clear();
  EXPECT_THAT(return_mail(office.queue, office.book, empty, failure, noon), IsEmpty());
  EXPECT_EQ(office.queue.totals().messages, 1u);
}

TEST_F(Delivery, GivesTheReportOfAReturnOnceForAllItsRecipients) {
  submit({"nobody", "noone", "bob"}, "text");
  std::vector<std::string> lines;
  int reports = 0;
  for (const auto& event : deliver()) {
    if (event.report.empty()) continue;
    ++reports;
    lines = event.report;
    EXPECT_EQ(event.accepted, noon);
  }
  EXPECT_EQ(reports, 1);
  EXPECT_THAT(lines, ::testing::IsSupersetOf({"  NORTH/CLINIC/NOBODY", "  NORTH/CLINIC/NOONE"}));
}

TEST_F(Delivery, ForAGroupFailsByNameWhileTheOthersGetTheirs) {
  const Groups groups(book, {{"STAFF", {"anna", "gone", "bob"}}});
  auto envelope = make_envelope({.from = "bob", .to = {"staff"}}, book, noon);
  const auto expanded = expand_groups(envelope, groups, book);
  queue.batch([&] {
    const auto view = queue.show(*queue.accept(envelope, "A: b\n\ntext", noon).message);
    for (const auto& status : view->recipients) {
      if (status.recipient.address == expanded.front()) queue.expanded(std::array{status.id}, noon);
    }
  });
  deliver();
  deliver();
  EXPECT_THAT(mail_of("anna"), SizeIs(1));
  ASSERT_THAT(mail_of("bob"), SizeIs(2));
  const auto mail = mail_of("bob");
  const auto notice = mail[0].find("Mail failure") != std::string::npos ? mail[0] : mail[1];
  EXPECT_THAT(notice, HasSubstr("  NORTH/CLINIC/GONE"));
  EXPECT_THAT(notice, ::testing::Not(HasSubstr("NORTH/CLINIC/STAFF")));
  EXPECT_THAT(queue.list(), IsEmpty());
  EXPECT_THAT(queue.seen(envelope.key, {"NORTH/CLINIC/STAFF"}), SizeIs(1))
      << "it must be known if it comes again";
}

TEST(Defect, Q131116_AMailboxMadeAMomentAgoGetsItsMail) {
  PostOffice world;
  world.submit({"carol"}, "A: b\n\ntext");
  world.mailboxes.add("carol");
  world.deliver();
  EXPECT_THAT(world.mail_of("carol"), SizeIs(1));
}

}  // namespace
}  // namespace external::postoffice::delivery_test
