#include "support.h"

namespace external::commands::send_test {
namespace {

using namespace testing;
using test::PostOffice;

constexpr const char* letter = "From: a\nSubject: b\n\ntext\n";

TEST(Send, QueuesAMessageFromStandardInputUnderTheLoginName) {
  PostOffice office(test::south);
  const auto used = office.use({"send", "--to", "SOUTH/HUB/CARL"}, letter);
  ASSERT_EQ(used.exit, Exit::ok) << used.err;
  const auto queued = office.queued();
  ASSERT_THAT(queued, SizeIs(1));
  EXPECT_EQ(used.out, std::to_string(queued[0].id) + " " + queued[0].envelope.key + "\n");
  EXPECT_EQ(queued[0].envelope.sender, "NORTH/CLINIC/ANNA");
  EXPECT_EQ(queued[0].envelope.recipients[0].destination, "SOUTH/HUB");
  EXPECT_EQ(queued[0].envelope.useful_life, std::chrono::hours(24 * 5));
  EXPECT_EQ(office.content(queued[0].id), letter);
}

TEST(Send, TakesRecipientsInEveryForm) {
  PostOffice office(test::south);
  const auto file = office.folder() / "x.eml";
  test::write_file(file, letter);
  office.use({"send", "--to", "carl@hub.south", "SOUTH/BRANCH/DORA", "--to", "bert,anna@clinic.example",
              file.string()});
  ASSERT_THAT(office.queued(), SizeIs(1));
  EXPECT_THAT(
      test::recipients(office.queued()[0]),
      UnorderedElementsAre("SOUTH/HUB/CARL", "SOUTH/BRANCH/DORA", "NORTH/CLINIC/BERT", "NORTH/CLINIC/ANNA"));
}

TEST(Send, KnowsPriorityReceiptAndSender) {
  PostOffice office;
  office.use({"send", "--from", "bert", "--to", "anna", "--priority", "Urgent", "--receipt", "--quiet"},
             letter);
  const auto envelope = office.queued().at(0).envelope;
  EXPECT_EQ(envelope.priority, mailqueue::Priority::urgent);
  EXPECT_EQ(envelope.useful_life, std::chrono::hours(24));
  EXPECT_EQ(envelope.recipients.at(0).notify, (mailqueue::Notify{true, true, true}));
  EXPECT_EQ(envelope.sender, "NORTH/CLINIC/BERT");
}

TEST(Send, KnowsWhatTheSenderWantsToBeTold) {
  PostOffice office;
  const auto used = office.use({"send", "--to", "anna", "--useful-life", "3d", "--notify", "Success,delay",
                                "--return", "headers", "--envelope-id", "QQ314159"},
                               letter);
  ASSERT_EQ(used.exit, Exit::ok) << used.err;
  const auto envelope = office.queued().at(0).envelope;
  EXPECT_EQ(envelope.useful_life, std::chrono::hours(72));
  EXPECT_EQ(envelope.recipients.at(0).notify, (mailqueue::Notify{true, false, true}));
  EXPECT_TRUE(envelope.headers_only);
  EXPECT_EQ(envelope.envelope_id, "QQ314159");
  office.use({"send", "--to", "anna", "--notify", "never"}, letter);
  EXPECT_EQ(office.queued().at(1).envelope.recipients.at(0).notify, mailqueue::never);
}

TEST(Send, SaysWhatIsWrongWithAWish) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> wrong{
      {{"--notify", "always"},
       "'always' is no list of notices; write never, or some of success,failure,delay"},
      {{"--notify", "never,success"}, "write never, or some of success,failure,delay"},
      {{"--return", "half"}, "'half' cannot come back; write full or headers"},
      {{"--useful-life", "5"}, "'5' is no useful life: "},
      {{"--useful-life", "5s"}, "expected at least 1m"},
      {{"--envelope-id", "a b"}, "write 1 to 100 letters, digits and signs"}};
  for (const auto& [words, text] : wrong) {
    PostOffice office;
    std::vector<std::string> arguments{"send", "--to", "anna"};
    arguments.insert(arguments.end(), words.begin(), words.end());
    const auto used = office.use(arguments, letter);
    EXPECT_EQ(used.exit, Exit::usage) << words[1];
    EXPECT_THAT(used.err, HasSubstr(text));
    EXPECT_THAT(office.queued(), IsEmpty());
  }
}

TEST(Send, RefusesAllIfOneRecipientCannotBeReached) {
  PostOffice office(test::south);
  EXPECT_EQ(office.use({"send", "--to", "anna", "EAST/HUB/X"}, letter).exit, Exit::no_host);
  EXPECT_EQ(office.use({"send", "--to", "anna", "--to", "nobody"}, letter).exit, Exit::no_user);
  EXPECT_THAT(office.queued(), IsEmpty());
}

TEST(Send, AcceptsMailForThePostmasterWhoNeedsNoMailbox) {
  EXPECT_EQ(PostOffice().use({"send", "--to", "postmaster"}, letter).exit, Exit::ok);
}

struct Content {
  std::string what;
  std::string bytes;
};

void PrintTo(const Content& content, std::ostream* out) {
  *out << content.what;
}

class SendContent : public TestWithParam<Content> {};

TEST_P(SendContent, StaysAsItIs) {
  PostOffice office;
  const auto file = office.folder() / "x.eml";
  test::write_file(file, GetParam().bytes);
  ASSERT_EQ(office.use({"send", "--to", "anna", file.string()}).exit, Exit::ok);
  EXPECT_TRUE(office.content(office.queued().at(0).id) == GetParam().bytes);
}

INSTANTIATE_TEST_SUITE_P(Send, SendContent,
                         Values(Content{"nothing", ""}, Content{"NULs", std::string("A: b\n\n\0\0\xff", 9)},
                                Content{"a long line", "A: b\r\n\r\n" + std::string(10'000, 'x')},
                                Content{"mixed line ends and dots", "A: b\r\nB: c\n\n.\r\n.\n\r"},
                                Content{"a From line", "From x@y.z Mon Aug 19 2002\nA: b\n\nFrom here\n"},
                                Content{"several pieces", "A: b\n\n" + std::string(3'000'000, 'y')}));

TEST(Send, PutsAHeaderOnTextThatHasNone) {
  PostOffice office;
  office.use({"send", "--to", "bert"}, "just text\n");
  const auto content = office.content(office.queued().at(0).id);
  EXPECT_THAT(content, StartsWith("From: <anna@clinic.example>\nTo: <bert@clinic.example>\n"));
  EXPECT_THAT(content, EndsWith("\n\njust text\n"));
}

TEST(Send, TakesEveryMessageOfAnMboxAndAMaildir) {
  PostOffice office;
  const auto mbox = office.folder() / "box";
  test::write_file(mbox, "From a\nA: 1\n\none\n\nFrom b\nA: 2\n\ntwo\n");
  const auto maildir = office.folder() / "dir";
  for (const char* part : {"new", "cur", "tmp"}) std::filesystem::create_directories(maildir / part);
  test::write_file(maildir / "cur/2:2,S", "A: 4\n");
  test::write_file(maildir / "new/1", "A: 3\n");
  test::write_file(maildir / "tmp/3", "A: 5\n");
  ASSERT_EQ(office.use({"send", "--to", "anna", "--mbox", mbox.string(), maildir.string()}).exit, Exit::ok);
  std::vector<std::string> contents;
  for (const auto& message : office.queued()) contents.push_back(office.content(message.id));
  EXPECT_THAT(contents, ElementsAre("A: 1\n\none\n", "A: 2\n\ntwo\n", "A: 3\n", "A: 4\n"));
}

TEST(Send, TellsHowManyWereSentBeforeAFailure) {
  PostOffice office;
  const auto file = office.folder() / "x.eml";
  test::write_file(file, letter);
  const auto used = office.use({"send", "--to", "anna", file.string(), "/nowhere"});
  EXPECT_EQ(used.exit, Exit::no_input);
  EXPECT_THAT(used.err, HasSubstr("(1 sent before that)"));
  EXPECT_THAT(office.queued(), SizeIs(1));
}

TEST(Send, DoesNotTakeAFileForASetting) {
  PostOffice office;
  const auto file = office.folder() / "x.eml";
  test::write_file(file, letter);
  EXPECT_EQ(office.use({"send", "--to", "anna", file.string()}).exit, Exit::ok);
}

TEST(SendOnAFullDisk, IsToldToTryLater) {
  PostOffice office;
  const auto used = office.use({"send", "--from", "anna", "--to", "bert", "--MinKDiskFull=1000000000000"},
                               "Subject: x\n\n");
  EXPECT_EQ(used.exit, Exit::try_later);
  EXPECT_THAT(used.err, StartsWith("external: nothing sent: Disk storage full at NORTH/CLINIC: "));
  EXPECT_THAT(used.err, HasSubstr("; make room and send it again\n"));
  EXPECT_THAT(office.queued(), IsEmpty());
}

}  // namespace
}  // namespace external::commands::send_test
