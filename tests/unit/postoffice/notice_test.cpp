#include <external/postoffice/header.h>
#include <external/postoffice/notice.h>
#include <external/postoffice/submit.h>

#include <gmock/gmock.h>

#include <random>

namespace external::postoffice::notice_test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

const AddressBook book{"NORTH/CLINIC", {}};
const WallTime noon = std::chrono::sys_days{std::chrono::year{2026} / 1 / 2} + 12h + 34min + 56s;

mailqueue::Envelope sample(const std::vector<std::string>& to = {"SOUTH/HUB/bob"}) {
  auto envelope = make_envelope({.from = "anna", .to = to}, book, noon);
  envelope.key = "k1@NORTH/CLINIC";
  return envelope;
}

Failure failure_of(const mailqueue::Envelope& envelope, Report report = Report::retry_count_exceeded) {
  Failure failure{report, {}, "SOUTH/HUB", {}, "BUSY"};
  for (const auto& recipient : envelope.recipients) failure.recipients.push_back(recipient.address);
  return failure;
}

// A return of all of `original`, as it comes to the sender.
std::string returned(const mailqueue::Envelope& envelope, const std::string& original) {
  const auto notice =
      make_return(book, {envelope, original, encoding_of(original)}, failure_of(envelope), noon);
  return notice.before + (notice.whole ? original : "") + notice.after;
}

// The parts of a multipart message, as a mail program would see them.
std::vector<std::string> parts_of(const std::string& text) {
  const std::string end = uses_crlf(text) ? "\r\n" : "\n";
  const std::string mark = "boundary=\"";
  const auto from = text.find(mark) + mark.size();
  const auto boundary = end + "--" + text.substr(from, text.find('"', from) - from);
  std::vector<std::string> parts;
  for (auto at = text.find(boundary); at != std::string::npos;) {
    const auto next = text.find(boundary, at + 1);
    if (next == std::string::npos) {
      EXPECT_EQ(text.substr(at), boundary + "--" + end);
      break;
    }
    const auto start = at + boundary.size() + end.size();
    parts.push_back(text.substr(start, next - start));
    at = next;
  }
  return parts;
}

std::string body_of(const std::string& part) {
  return part.substr(header_of(part).size());
}

std::string type_of(const std::string& part) {
  return header_field(part, "Content-Type");
}

std::string encoding_said(const std::string& part) {
  return header_field(part, "Content-Transfer-Encoding");
}

TEST(Notice, TellsTheSenderWhatHappened) {
  const std::string original = "From: anna\nSubject: Hello\nMessage-ID: <m1@x>\n\nText\n";
  const auto envelope = sample();
  const auto notice =
      make_return(book, {envelope, original, Encoding::seven_bit}, failure_of(envelope), noon);
  EXPECT_EQ(notice.envelope.sender, "");
  EXPECT_EQ(notice.envelope.useful_life, notice_life);
  EXPECT_THAT(notice.envelope.recipients,
              ElementsAre(mailqueue::Recipient{"NORTH/CLINIC/ANNA", "NORTH/CLINIC"}));

  const auto text = returned(envelope, original);
  EXPECT_EQ(header_field(text, "From"), "POSTMASTER <postmaster@clinic.north>");
  EXPECT_EQ(header_field(text, "To"), "<anna@clinic.north>");
  EXPECT_EQ(header_field(text, "Subject"), "Mail failure");
  EXPECT_EQ(header_field(text, "References"), "<m1@x>");
  EXPECT_EQ(header_field(text, "Auto-Submitted"), "auto-replied");
  EXPECT_THAT(type_of(text), StartsWith("multipart/report; report-type=delivery-status;"));
  EXPECT_EQ(encoding_said(text), "7bit");
  const auto parts = parts_of(text);
  ASSERT_THAT(parts, SizeIs(3));
  EXPECT_EQ(
      body_of(parts[0]),
      "FROM:    NORTH/CLINIC/ANNA\nTO:      SOUTH/HUB/BOB\nDATE:    01-02-2026\nTIME:    12:34 UTC\nSUBJECT: "
      "Hello\n" +
          std::string(72, '-') +
          "\n[005] Mail retry count exceeded sending to:\nSOUTH     /HUB\nMail item was not delivered to:\n"
          "  SOUTH/HUB/BOB\nLast error: BUSY\n");
  EXPECT_EQ(type_of(parts[1]), "message/delivery-status");
  EXPECT_EQ(body_of(parts[1]),
            "Reporting-MTA: dns; clinic.north\nArrival-Date: Fri, 2 Jan 2026 12:34:56 +0000\n"
            "X-External-Key: k1@NORTH/CLINIC\n\n"
            "Final-Recipient: rfc822; bob@hub.south\nAction: failed\nStatus: 5.4.7\n"
            "Remote-MTA: dns; hub.south\n"
            "Diagnostic-Code: x-external; [005] Mail retry count exceeded sending to: SOUTH/HUB (BUSY)\n");
  EXPECT_EQ(type_of(parts[2]), "message/rfc822");
  EXPECT_EQ(body_of(parts[2]), original);
}

TEST(Notice, HasFieldsForEachRecipient) {
  auto envelope = sample({"SOUTH/HUB/bob", "SOUTH/BRANCH/eve"});
  envelope.envelope_id = "QQ314159";
  envelope.recipients[0].original = "rfc822;bob+old@elsewhere";
  envelope.recipients[1].original = "eve@elsewhere";
  const auto parts = parts_of(returned(envelope, "Subject: x\n\n"));
  EXPECT_THAT(body_of(parts.at(1)), StartsWith("Original-Envelope-Id: QQ314159\nReporting-MTA: "));
  EXPECT_THAT(body_of(parts.at(1)),
              HasSubstr("\n\nOriginal-Recipient: rfc822;bob+old@elsewhere\nFinal-Recipient: "
                        "rfc822; bob@hub.south\n"));
  EXPECT_THAT(body_of(parts.at(1)),
              HasSubstr("\n\nOriginal-Recipient: rfc822;eve@elsewhere\nFinal-Recipient: "
                        "rfc822; eve@branch.south\n"));
}

TEST(Notice, HoldsTheOriginalByteForByte) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::string original = "Subject: x\n";
    for (auto length = random() % 300; length > 0; --length) {
      original += random() % 4 == 0 ? "\r\n-\0"[random() % 4] : static_cast<char>(random());
    }
    const auto parts = parts_of(returned(sample(), original));
    ASSERT_THAT(parts, SizeIs(3));
    EXPECT_EQ(body_of(parts[2]), original);
  }
}

TEST(Notice, SaysWhatTheBytesOfTheOriginalAre) {
  struct Case {
    std::string original, type, encoding;
  };
  const std::vector<Case> cases{
      {"Subject: x\n\nHello\n", "message/rfc822", "7bit"},
      {"Subject: x\r\n\r\nHello\r\n", "message/rfc822", "7bit"},
      {"Subject: x\n\n\xE9t\xE9\n", "message/rfc822", "8bit"},
      {"Subject: x\n\nA NUL: \0\n"s, "message/rfc822", "binary"},
      {"Subject: x\n\n" + std::string(998, 'a') + "\n", "message/rfc822", "7bit"},
      {"Subject: x\n\n" + std::string(10'000, 'a') + "\n", "message/rfc822", "binary"},
      {"Subject: x\n\na\rb\n", "message/rfc822", "binary"},
      {"Subject: x\n\na\r", "message/rfc822", "binary"},
      {"Subject: \xC3\xA9\n\nHello\n", "message/global", "8bit"},
      {"Subject: \xE9\n\nHello\n", "message/rfc822", "8bit"},
      {"", "message/rfc822", "7bit"}};
  for (const auto& one : cases) {
    const auto text = returned(sample(), one.original);
    const auto part = parts_of(text).at(2);
    EXPECT_EQ(type_of(part), one.type) << one.original;
    EXPECT_EQ(encoding_said(part), one.encoding) << one.original;
    EXPECT_EQ(encoding_said(text), one.original.find("Subject: \xC3") == 0 ? "8bit" : one.encoding)
        << one.original;
    EXPECT_EQ(body_of(part), one.original);
  }
}

TEST(Notice, FindsTheEncodingHoweverTheOriginalIsCut) {
  const std::string text = "ab\r\n" + std::string(998, 'x') + "\r\n\xC3\xA9\r\n";
  for (std::size_t step = 1; step < 20; ++step) {
    EncodingScan scan;
    for (std::size_t at = 0; at < text.size(); at += step) scan.add(std::string_view(text).substr(at, step));
    EXPECT_EQ(scan.result(), Encoding::eight_bit);
    scan.add("\r");
    EXPECT_EQ(scan.result(), Encoding::binary);
    scan.add("\n");
    EXPECT_EQ(scan.result(), Encoding::eight_bit);
    scan.add(std::string(999, 'x'));
    EXPECT_TRUE(scan.decided());
  }
}

TEST(Notice, KeepsTextFromBeingTakenForAHeader) {
  for (const std::string text : {"Hello,\nSubject: x\n", "\xFF\n", "two words: x\n"}) {
    EXPECT_EQ(body_of(parts_of(returned(sample(), text)).at(2)), "\n" + text);
  }
  for (const std::string text : {"\nHello\n", "\r\nHello\r\n", "From anna Sat Nov 21\nSubject: x\n\ny"}) {
    EXPECT_EQ(body_of(parts_of(returned(sample(), text)).at(2)), text);
  }
}

TEST(Notice, HasTheLineEndsOfTheOriginal) {
  const std::string original = "Subject: x\r\n\r\nHello\r\n";
  const auto text = returned(sample(), original);
  for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1))
    EXPECT_EQ(text[at - 1], '\r') << at;
}

TEST(Notice, ReturnsOnlyTheHeaderToThoseWhoWantNoMore) {
  auto envelope = sample();
  envelope.headers_only = true;
  const auto parts = parts_of(returned(envelope, "From: a\nSubject: x\n\nA long text\n"));
  EXPECT_EQ(type_of(parts.at(2)), "text/rfc822-headers");
  EXPECT_EQ(body_of(parts.at(2)), "From: a\nSubject: x\n\n");
  EXPECT_EQ(type_of(parts_of(returned(envelope, "Subject: \xC3\xA9\n\nx")).at(2)), "message/global-headers");
  EXPECT_THAT(parts_of(returned(envelope, "no header")), SizeIs(2));
}

TEST(Notice, WarnsOfDelays) {
  auto envelope = sample({"SOUTH/HUB/bob", "EAST/RELAY/eve"});
  envelope.useful_life = 24h;
  const auto notice = make_warning(book, {envelope, "Subject: Hello\n\nText\n"}, 4h, "NO CARRIER", noon + 4h);
  EXPECT_FALSE(notice.whole);
  EXPECT_EQ(notice.envelope.sender, "");
  const auto text = notice.before + notice.after;
  EXPECT_EQ(header_field(text, "Subject"), "Mail delayed");
  const auto parts = parts_of(text);
  ASSERT_THAT(parts, SizeIs(3));
  EXPECT_THAT(
      body_of(parts[0]),
      EndsWith("-\nMail has been waiting for 4 hours to be sent to:\nSOUTH     /HUB\nEAST      /RELAY\n"
               "Mail item was not delivered yet to:\n  SOUTH/HUB/BOB\n  EAST/RELAY/EVE\n"
               "Last error: NO CARRIER\n"
               "It need not be sent again: it goes as soon as that is possible.\n"
               "If it cannot be delivered until Sat, 3 Jan 2026 12:34:56 +0000 it comes back.\n"));
  EXPECT_THAT(body_of(parts[1]), HasSubstr("Action: delayed\nStatus: 4.4.1\nRemote-MTA: dns; hub.south\n"
                                           "Diagnostic-Code: x-external; NO CARRIER\n"
                                           "Will-Retry-Until: Sat, 3 Jan 2026 12:34:56 +0000\n"));
  EXPECT_EQ(body_of(parts[2]), "Subject: Hello\n\n");
}

TEST(Notice, ConfirmsDelivery) {
  const auto envelope = sample({"bob"});
  const auto notice = make_receipt(book, {envelope, "Subject: Hello\n\nText\n"}, Arrival::delivered, noon);
  const auto text = notice.before + notice.after;
  EXPECT_EQ(header_field(text, "Subject"), "Mail delivered");
  const auto parts = parts_of(text);
  EXPECT_THAT(body_of(parts.at(0)), EndsWith("-\nMail item was delivered to:\n  NORTH/CLINIC/BOB\n"
                                             "on Fri, 2 Jan 2026 12:34:56 +0000.\n"));
  EXPECT_THAT(body_of(parts.at(1)), EndsWith("Action: delivered\nStatus: 2.0.0\n"));
  EXPECT_THAT(text, Not(HasSubstr("Text")));
}

TEST(Notice, GoesToThePostmasterIfTheSenderCannotBeUnderstood) {
  auto envelope = sample();
  envelope.sender = "no such\nX-Injected: 1";
  envelope.envelope_id = "e\nX-Injected: 2";
  envelope.recipients = {{"A\nX-Injected: 3", "B\nX-Injected: 4", {}, "r\nX-Injected: 5"}};
  auto failure = failure_of(envelope, Report::corrupt);
  failure.detail = "d\nX-Injected: 6";
  const auto notice =
      make_return(book, {envelope, "Subject: s\n\nX-Injected: 7\n", Encoding::seven_bit}, failure, noon);
  EXPECT_EQ(notice.envelope.recipients.at(0).address, "NORTH/CLINIC/POSTMASTER");
  EXPECT_THAT(notice.before, Not(HasSubstr("\nX-Injected")));
}

TEST(Notice, HasNoLineThatIsTooLongOrNotAscii) {
  auto envelope = sample();
  envelope.sender = std::string(5000, 's');
  envelope.envelope_id = std::string(5000, 'i');
  envelope.recipients = {{std::string(4000, '\xE9'), "", {}, std::string(5000, 'o')}};
  auto failure = failure_of(envelope);
  failure.detail = std::string(3000, '\xE9');
  const auto notice =
      make_return(book, {envelope, "Subject: " + std::string(5000, '\xC3') + "\n\n"}, failure, noon);
  EXPECT_NE(encoding_of(notice.before), Encoding::binary);
  EXPECT_EQ(encoding_of(parts_of(notice.before + notice.after).at(1)), Encoding::seven_bit);
}

TEST(Notice, IsKnownAsOne) {
  const auto from = [](const std::string& sender, const std::string& start) {
    mailqueue::Envelope envelope;
    envelope.sender = sender;
    return is_notice(envelope, start);
  };
  const std::string plain = "Subject: Hello\n\nText";
  const std::string report = "Content-Type: multipart/report; report-type=delivery-status\n\n";
  EXPECT_TRUE(from("", plain));
  EXPECT_TRUE(from("SOUTH/HUB/MAILER-DAEMON", plain));
  EXPECT_TRUE(from("SOUTH/HUB/POSTMASTER", report));
  EXPECT_TRUE(from("SOUTH/HUB/POSTMASTER", "Auto-Submitted: auto-replied\n\n"));
  EXPECT_TRUE(from("SOUTH/HUB/POSTMASTER", "Subject: Mail failure\n\n"));
  EXPECT_FALSE(from("SOUTH/HUB/POSTMASTER", plain));
  EXPECT_FALSE(from("SOUTH/HUB/ANNA", plain));
  EXPECT_FALSE(from("SOUTH/HUB/ANNA", report)) << "a person passes one on";
}

TEST(Notice, TellsTimesInWords) {
  EXPECT_EQ(in_words(4h), "4 hours");
  EXPECT_EQ(in_words(1h), "1 hour");
  EXPECT_EQ(in_words(24h), "24 hours");
  EXPECT_EQ(in_words(72h), "3 days");
  EXPECT_EQ(in_words(90min), "90 minutes");
}

TEST(Defect, Q192238_NoticesHaveYearsWithFourDigits) {
  const auto parts = parts_of(returned(sample(), "Subject: x\n\n"));
  EXPECT_THAT(parts.at(0), HasSubstr("DATE:    01-02-2026\n"));
  EXPECT_THAT(parts.at(1), HasSubstr("Arrival-Date: Fri, 2 Jan 2026 "));
  const auto envelope = sample({"bob"});
  const auto receipt = make_receipt(book, {envelope, "Subject: x\n\n"}, Arrival::delivered, noon);
  EXPECT_THAT(receipt.before, HasSubstr("on Fri, 2 Jan 2026 "));
}

TEST(Defect, Q127919_ReportOfUnknownAddressesListsThem) {
  const auto envelope = sample({"SOUTH/HUB/bob", "SOUTH/HUB/eve"});
  const auto failure = failure_of(envelope, Report::unknown_address);
  EXPECT_THAT(report_lines(failure),
              ElementsAre("[002] Mail was received that was addressed to unknown addresses.",
                          "Mail item was not delivered to:", "  SOUTH/HUB/BOB", "  SOUTH/HUB/EVE",
                          "Last error: BUSY"));
}

}  // namespace
}  // namespace external::postoffice::notice_test
