#include "support.h"

namespace external::commands::sendmail_test {
namespace {

using namespace testing;
using namespace std::string_literals;
using test::PostOffice;

constexpr const char* letter = "From: a\nSubject: b\n\ntext\n";

TEST(Sendmail, TakesAddressesAsArguments) {
  PostOffice office(test::south);
  const auto used = office.use_as(
      "/usr/sbin/sendmail", {"-i", "-fBert <bert>", "-F", "Full Name", "carl@hub.south", "<anna>"}, letter);
  ASSERT_EQ(used.exit, Exit::ok) << used.err;
  EXPECT_EQ(used.out, "");
  const auto message = office.queued().at(0);
  EXPECT_EQ(message.envelope.sender, "NORTH/CLINIC/BERT");
  EXPECT_THAT(test::recipients(message), ElementsAre("SOUTH/HUB/CARL", "NORTH/CLINIC/ANNA"));
}

TEST(Sendmail, TakesRecipientsFromTheHeaderAndHidesTheBlindOnes) {
  PostOffice office(test::south);
  const std::string text =
      "To: \"Carl, the hub\" <carl@hub.south>,\n\tanna (a comment)\nBcc: bert\n  ,bert\nCC: x: "
      "postmaster;\nSubject: "
      "To: nobody\n\nBcc: in the text\n";
  ASSERT_EQ(office.use_as("sendmail", {"-ti"}, text).exit, Exit::ok);
  const auto message = office.queued().at(0);
  EXPECT_THAT(test::recipients(message),
              UnorderedElementsAre("SOUTH/HUB/CARL", "NORTH/CLINIC/ANNA", "NORTH/CLINIC/BERT",
                                   "NORTH/CLINIC/POSTMASTER"));
  auto expected = text;
  expected.erase(expected.find("Bcc: bert"), std::string("Bcc: bert\n  ,bert\n").size());
  EXPECT_THAT(office.content(message.id), EndsWith(">\n" + expected));
}

TEST(Sendmail, EndsAtALineWithADotUnlessToldOtherwise) {
  PostOffice office;
  const std::string text = "A: b\n\n..\none.\n.x\n.\nafter\n";
  office.use_as("sendmail", {"anna"}, text);
  office.use_as("sendmail", {"-oi", "anna"}, text);
  EXPECT_THAT(office.content(office.queued().at(0).id), EndsWith(">\nA: b\n\n..\none.\n.x\n"));
  EXPECT_THAT(office.content(office.queued().at(1).id), EndsWith(">\n" + text));
}

TEST(Sendmail, IgnoresWhatChangesNothing) {
  PostOffice office;
  EXPECT_EQ(office
                .use_as("sendmail",
                        {"-bm", "-oem", "-odb", "-em", "-B8BITMIME", "-O", "DeliveryMode=b", "-h5", "-L",
                         "tag", "-G", "-U", "-N", "never", "-v", "--", "anna"},
                        letter)
                .exit,
            Exit::ok);
}

TEST(Sendmail, KnowsWhatTheSenderWantsToBeTold) {
  PostOffice office;
  ASSERT_EQ(
      office.use_as("sendmail", {"-N", "success,failure", "-Rhdrs", "-V", "QQ314159", "anna"}, letter).exit,
      Exit::ok);
  const auto envelope = office.queued().at(0).envelope;
  EXPECT_EQ(envelope.recipients.at(0).notify, (mailqueue::Notify{true, true, false}));
  EXPECT_TRUE(envelope.headers_only);
  EXPECT_EQ(envelope.envelope_id, "QQ314159");
}

TEST(Sendmail, AcceptsANoticeWithoutSender) {
  PostOffice office;
  office.use_as("sendmail", {"-f", "<>", "anna"}, letter);
  EXPECT_EQ(office.queued().at(0).envelope.sender, "");
}

TEST(Sendmail, ListsTheQueue) {
  PostOffice office;
  EXPECT_EQ(office.use_as("sendmail", {"-bp"}).out, "The queue is empty.\n");
}

TEST(Sendmail, RefusesWhatItCannotDo) {
  PostOffice office;
  EXPECT_EQ(office.use_as("sendmail", {"-bd"}).exit, Exit::usage);
  EXPECT_EQ(office.use_as("sendmail", {"-f"}).exit, Exit::usage);
  EXPECT_EQ(office.use_as("sendmail", {"-Q", "anna"}).exit, Exit::usage);
  const auto used = office.use_as("sendmail", {"-t"}, "Subject: x\n\n");
  EXPECT_EQ(used.exit, Exit::usage);
  EXPECT_THAT(used.err, StartsWith("sendmail: no recipient"));
}

TEST(Sendmail, AddsWhatTheHeaderLacks) {
  PostOffice office;
  const std::string text = "Subject: x\nTo: anna\n\ntext\n";
  ASSERT_EQ(office.use_as("sendmail", {"-t", "-F", "J\xc3\xbcrg, \"Chief\"", "-f", "bert"}, text).exit,
            Exit::ok);
  const auto content = office.content(office.queued().at(0).id);
  EXPECT_THAT(content, MatchesRegex("From: =\\?UTF-8\\?.*Chief.* <bert@clinic.example>\nDate: .* \\+0000\n"
                                    "Message-ID: <.*@clinic.example>\nSubject: x(.|\n)*"));
  EXPECT_THAT(content, EndsWith("\n" + text));
}

TEST(Sendmail, ChangesNothingInACompleteHeader) {
  PostOffice office;
  const std::string text = "From: x\r\nDATE: y\r\nMessage-Id: z\r\n\r\nb\xfc\0ody\rx"s;
  ASSERT_EQ(office.use_as("sendmail", {"-i", "-F", "Full Name", "anna"}, text).exit, Exit::ok);
  EXPECT_EQ(office.content(office.queued().at(0).id), text);
}

TEST(Sendmail, AddsLinesThatEndLikeTheOthers) {
  PostOffice office;
  office.use_as("sendmail", {"anna"}, "From: x\r\nDate: y\r\n\r\ntext\r\n.\r\nmore");
  EXPECT_THAT(office.content(office.queued().at(0).id),
              AllOf(StartsWith("Message-ID: <"), EndsWith(">\r\nFrom: x\r\nDate: y\r\n\r\ntext\r\n")));
}

TEST(Sendmail, MakesAHeaderForTextWithoutOne) {
  PostOffice office;
  office.use_as("sendmail", {"-FCronDaemon", "-i", "anna", "bert"}, "just text\n");
  EXPECT_THAT(
      office.content(office.queued().at(0).id),
      AllOf(StartsWith("From: CronDaemon <anna@clinic.example>\nTo: <anna@clinic.example>,\n\t<bert@"),
            EndsWith(">\n\njust text\n")));
}

TEST(Sendmail, LeavesOutTheLineOfAFileOfMail) {
  PostOffice office;
  office.use_as("sendmail", {"anna"}, "From x Mon Jan 1\nFrom: a\nDate: b\nMessage-ID: c\n\nFrom here\n");
  EXPECT_EQ(office.content(office.queued().at(0).id), "From: a\nDate: b\nMessage-ID: c\n\nFrom here\n");
}

TEST(Sendmail, SendsAgainToThoseOfTheLatestSender) {
  PostOffice office;
  const std::string text = "Resent-Bcc: bert\nResent-To: anna\nTo: nobody@nowhere.example\nBcc: x\n\n";
  ASSERT_EQ(office.use_as("sendmail", {"-t"}, text).exit, Exit::ok);
  const auto message = office.queued().at(0);
  EXPECT_THAT(test::recipients(message), UnorderedElementsAre("NORTH/CLINIC/ANNA", "NORTH/CLINIC/BERT"));
  EXPECT_THAT(office.content(message.id),
              EndsWith("\nResent-To: anna\nTo: nobody@nowhere.example\nBcc: x\n\n"));
}

TEST(Sendmail, SendsNothingIfARecipientCannotBeMadeOut) {
  PostOffice office;
  const auto used = office.use_as("sendmail", {"-t"}, "To: anna bert\n\n");
  EXPECT_EQ(used.exit, Exit::data);
  EXPECT_THAT(used.err,
              StartsWith("sendmail: nothing sent: 'anna bert' is no list of addresses; put commas"));
  EXPECT_THAT(office.queued(), IsEmpty());
}

TEST(Sendmail, TakesThousandsOfRecipientsFromALargeHeader) {
  PostOffice office(test::south);
  std::string to = "To: ";
  for (int i = 0; i < 5000; ++i)
    to += "U" + std::to_string(i) + " <u" + std::to_string(i) + "@hub.south>,\n\t";
  ASSERT_EQ(office.use_as("sendmail", {"-t"}, to + "anna\n\n").exit, Exit::ok);
  EXPECT_THAT(test::recipients(office.queued().at(0)), SizeIs(5001));
}

TEST(Sendmail, KnowsTheOtherModes) {
  PostOffice office;
  for (const char* mode : {"-bi", "-I", "-q", "-q15m"})
    EXPECT_EQ(office.use_as("sendmail", {mode}).exit, Exit::ok) << mode;
  EXPECT_THAT(office.queued(), IsEmpty());
}

TEST(SendmailDialogue, TakesMailDurably) {
  PostOffice office(test::south);
  const auto used =
      office.use_as("sendmail", {"-bs"},
                    "EHLO me\r\nMAIL FROM:<anna@clinic.north>\r\nRCPT TO:<carl@hub.south>\r\n"
                    "RCPT TO:<eve@clinic.north>\r\nDATA\r\nSubject: x\r\n\r\n..\r\n.\r\nQUIT\r\n");
  EXPECT_EQ(used.exit, Exit::ok) << used.err;
  EXPECT_THAT(used.out, AllOf(StartsWith("220 clinic.example ESMTP External\r\n250-clinic.example\r\n"),
                              HasSubstr("\r\n550 5.1.1 no mailbox EVE"), HasSubstr("\r\n250 2.0.0 taken as "),
                              EndsWith("221 2.0.0 good bye\r\n")));
  const auto message = office.queued().at(0);
  EXPECT_THAT(test::recipients(message), ElementsAre("SOUTH/HUB/CARL"));
  EXPECT_THAT(office.content(message.id),
              AllOf(StartsWith("Received: from me ([local])"), EndsWith("\nSubject: x\n\n.\n")));
}

TEST(SendmailDialogue, ThatBreaksOffLeavesNothing) {
  PostOffice office;
  office.use_as("sendmail", {"-bs"}, "HELO me\r\nMAIL FROM:<>\r\nRCPT TO:<anna>\r\nDATA\r\nSubject: x\r\n");
  EXPECT_THAT(office.queued(), IsEmpty());
}

}  // namespace
}  // namespace external::commands::sendmail_test
