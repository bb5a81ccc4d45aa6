#include "support.h"

#include <uucp.h>

namespace external::commands::uucp_test {
namespace {

using namespace testing;
using test::PostOffice;

TEST(UucpEnvelope, HasTheWayOfTheSender) {
  const std::string lines =
      "From anna Sat Nov 21 06:33 2026 remote from clinic\n>From x!ben Fri Nov 20 2026 remote from ship\r\n"
      ">From carl Thu\n";
  const auto envelope = read_uucp_envelope(lines + "Subject: From x\n\n>From y z remote from a\n");
  EXPECT_EQ(envelope.sender, "clinic!ship!carl");
  EXPECT_EQ(envelope.remote, "clinic");
  EXPECT_EQ(envelope.header_size, lines.size());
}

TEST(UucpEnvelope, MayBeMissing) {
  for (const char* text : {"", "Subject: x\n\n", "From: anna\n", "From anna", ">Fromage\n", "From\n"}) {
    EXPECT_EQ(read_uucp_envelope(text).sender, "") << text;
    EXPECT_EQ(read_uucp_envelope(text).header_size, 0U) << text;
  }
  EXPECT_EQ(read_uucp_envelope("From a remote from b remote from c\n").sender, "c!a");
  EXPECT_EQ(read_uucp_envelope("From  \n").header_size, 7U);
}

TEST(BangPath, IsReducedToTheLastSite) {
  const std::vector<std::string> offices{"NORTH/CLINIC", "SOUTH/HUB", "EAST/DESK", "WEST/DESK"};
  EXPECT_EQ(from_bang_path("hub!anna", offices), "anna@hub.south");
  EXPECT_EQ(from_bang_path("x!y!clinic!anna", offices), "anna@clinic.north");
  EXPECT_EQ(from_bang_path("hub!clinic.north!anna", offices), "anna@clinic.north");
  EXPECT_EQ(from_bang_path("hub!anna@desk.east", offices), "anna@desk.east");
  EXPECT_EQ(from_bang_path("anna", offices), "anna");
  EXPECT_EQ(from_bang_path("anna@clinic.north", offices), "anna@clinic.north");
  EXPECT_THROW(from_bang_path("mars!anna", offices), postoffice::BadAddress);
  EXPECT_THROW(from_bang_path("desk!anna", offices), postoffice::BadAddress);
  EXPECT_THROW(from_bang_path("hub!", offices), postoffice::BadAddress);
  EXPECT_THROW(from_bang_path("!anna", offices), postoffice::BadAddress);
}

TEST(Rmail, TakesAMessageWithItsSender) {
  PostOffice office(test::south);
  const auto used = office.use_as("rmail", {"clinic!anna", "SOUTH/HUB/CARL"},
                                  "From ben Sat Nov 21 2026 remote from hub\nSubject: x\n\n>From y\n.\n\r\n");
  ASSERT_EQ(used.exit, Exit::ok) << used.err;
  const auto message = office.queued().at(0);
  EXPECT_EQ(message.envelope.sender, "SOUTH/HUB/BEN");
  EXPECT_THAT(test::recipients(message), ElementsAre("NORTH/CLINIC/ANNA", "SOUTH/HUB/CARL"));
  EXPECT_THAT(office.content(message.id),
              AllOf(StartsWith("Received: from hub ([local])\n\tby clinic.example (External) with UUCP id "),
                    EndsWith("\nSubject: x\n\n>From y\n.\n\r\n")));
}

TEST(Rmail, TakesNothingIfOneIsRefused) {
  PostOffice office;
  const auto refused = [&](const std::string& address) {
    const auto used = office.use_as("/usr/bin/rmail", {"anna", address}, "From x remote from y\n\n");
    EXPECT_THAT(used.err, StartsWith("rmail: nothing taken: "));
    return used.exit;
  };
  EXPECT_EQ(refused("eve"), Exit::no_user);
  EXPECT_EQ(refused("mars!eve"), Exit::no_host);
  EXPECT_EQ(refused("eve@far.west"), Exit::no_host);
  EXPECT_EQ(refused("../../etc"), Exit::data);
  EXPECT_EQ(office.use_as("rmail", {}).exit, Exit::usage);
  EXPECT_THAT(office.queued(), IsEmpty());
}

TEST(Rmail, IsACommandToo) {
  PostOffice office;
  ASSERT_EQ(office.use({"rmail", "--from", "<>", "anna"}, "Subject: x\n\n").exit, Exit::ok);
  EXPECT_EQ(office.queued().at(0).envelope.sender, "");
  EXPECT_THAT(office.use_as("rmail", {"--help"}).out, HasSubstr("Take a message that came by UUCP"));
}

std::string with_crlf(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? "\r\n" : std::string(1, c);
  return out;
}

constexpr const char* batch =
    "HELO hub\nMAIL FROM:<ben@hub.south>\nRCPT TO:<anna@clinic.north>\nDATA\nSubject: 1\n\n..dot\nend.\n.\n"
    "MAIL FROM:<ben@hub.south>\nRCPT TO:<bert@clinic.north>\nDATA\nSubject: 2\n\n.\nQUIT\n";

TEST(Batch, IsTakenWhateverItsLinesEndWith) {
  for (const auto& text :
       {std::string(batch), with_crlf(batch), std::string(batch).substr(0, std::string(batch).size() - 6)}) {
    PostOffice office;
    const auto used = office.use_as("rsmtp", {}, text);
    ASSERT_EQ(used.exit, Exit::ok) << used.err;
    EXPECT_EQ(used.out, "");
    ASSERT_THAT(office.queued(), SizeIs(2));
    EXPECT_THAT(office.content(office.queued().at(0).id), EndsWith("\nSubject: 1\n\n.dot\nend.\n"));
    EXPECT_THAT(test::recipients(office.queued().at(1)), ElementsAre("NORTH/CLINIC/BERT"));
  }
}

TEST(Batch, TellsWhatWasRefusedAndTakesTheRest) {
  PostOffice office;
  const auto used =
      office.use({"bsmtp"},
                 "EHLO hub\nMAIL FROM:<ben@hub.south>\nRCPT TO:<eve>\nRCPT TO:<anna>\nDATA\nSubject: x\n\n"
                 "text\n.\nNONSENSE\nMAIL FROM:<>\nRCPT TO:<anna>\nDATA\nSubject: bare\rcr\n.\nQUIT\n");
  EXPECT_EQ(used.exit, Exit::data);
  EXPECT_THAT(used.err, AllOf(StartsWith("external: line 3: RCPT TO:<eve>: 550 5.1.1 no mailbox EVE"),
                              HasSubstr("\nexternal: line 10: NONSENSE: 500 5.5.2 "),
                              HasSubstr("\nexternal: line 13: DATA: 554 5.6.0 a CR or LF by itself"),
                              EndsWith("\nexternal: messages taken: 1\n")));
  EXPECT_THAT(office.queued(), SizeIs(1));
}

TEST(Batch, ThatIsCutOffIsToldAndItsLastMessageNotTaken) {
  const std::string whole(batch);
  for (const std::size_t size :
       {whole.find("..dot") + 3, whole.find("Subject: 2") + 5, whole.find("\n.\nQUIT") + 1}) {
    PostOffice office;
    const auto used = office.use({"bsmtp"}, whole.substr(0, size));
    EXPECT_EQ(used.exit, Exit::data);
    EXPECT_THAT(used.err, HasSubstr("the batch ends in the middle of a message"));
    EXPECT_THAT(office.queued(), SizeIs(size < whole.find("end.") ? 0 : 1));
  }
  PostOffice office;
  EXPECT_EQ(office.use({"bsmtp"}, "").exit, Exit::data);
  EXPECT_THAT(office.use({"bsmtp"}, "HELO x\nBDAT 5 LAST\n").err,
              HasSubstr("line 2: BDAT 5 LAST: 500 5.5.1 BDAT"));
}

TEST(Batch, WithNothingButTemporaryRefusalsMayComeAgain) {
  PostOffice office("MinKDiskFull = 1000000000000\n");
  EXPECT_EQ(office.use({"bsmtp"}, "HELO x\nMAIL FROM:<>\nQUIT\n").exit, Exit::try_later);
}

TEST(Batch, MayHoldLongLinesAndMuch) {
  PostOffice office;
  const std::string line = std::string(200'000, 'x') + "\n";
  std::string text;
  for (int i = 0; i < 30'000; ++i) text += ".line of text\n";
  const auto used =
      office.use({"bsmtp"}, "HELO x\nMAIL FROM:<>\nRCPT TO:<anna>\nDATA\nA: b\n\n" + line + text + ".\n");
  ASSERT_EQ(used.exit, Exit::ok) << used.err;
  const auto content = office.content(office.queued().at(0).id);
  EXPECT_EQ(content.size() - content.find("A: b"), 6 + line.size() + 30'000 * 13);
}

}  // namespace
}  // namespace external::commands::uucp_test
