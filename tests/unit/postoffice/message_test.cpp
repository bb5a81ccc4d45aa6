#include <external/base/text.h>
#include <external/postoffice/header.h>
#include <external/postoffice/report.h>
#include <external/postoffice/submit.h>
#include <external/postoffice/trace.h>

#include <gmock/gmock.h>

#include <random>

namespace external::postoffice::message_test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

const AddressBook book{"NORTH/CLINIC", {}};
const WallTime noon = std::chrono::sys_days{std::chrono::year{2026} / 1 / 2} + 12h + 34min + 56s;

TEST(Header, FindsFieldsInAnyMessage) {
  const std::string start =
      "From: a\r\nSUBJECT : one\r\n\ttwo\r\n three  \r\nEmpty:\r\n\r\nSubject: body\r\n";
  EXPECT_EQ(header_field(start, "Subject"), "one two three");
  EXPECT_EQ(header_field(start, "from"), "a");
  EXPECT_EQ(header_field(start, "Empty"), "");
  EXPECT_EQ(header_field("\nSubject: body\n", "Subject"), "");
  EXPECT_EQ(header_field("Subject: cut", "Subject"), "cut");
  EXPECT_EQ(header_of("A: 1\n\nbody"), "A: 1\n\n");
}

TEST(Header, MakesAnythingPrintable) {
  using namespace std::string_literals;
  EXPECT_EQ(header_field("Subject: a\0b\x01\xE9\xC3\xA9\xC0\xAF\xED\xA0\x80\n"s, "Subject"),
            "a^@b^A\\xE9\xC3\xA9\\xC0\\xAF\\xED\\xA0\\x80");
  EXPECT_THAT(header_field("Subject: " + std::string(100000, 'x') + "\n", "Subject"), SizeIs(1000));
}

TEST(Header, IsDecodedForPeople) {
  EXPECT_EQ(header_text("Subject: =?utf-8?q?J=C3=BCrg?= =?utf-8?q?=0D=0Afrom?=\n\n", "Subject"),
            "J\xC3\xBCrg^M^Jfrom");
  EXPECT_EQ(header_text("Subject: caf\xE9\n", "subject"), "caf\xC3\xA9");
  EXPECT_EQ(header_text("A: b\n", "Subject"), "");
}

TEST(Header, IsToldFromText) {
  for (const auto* yes : {"From: a\n", "X-Y:\n", "Subject : a"}) EXPECT_TRUE(has_header(yes)) << yes;
  for (const auto* no :
       {"", "\nFrom: a", "Hello,\n", "From anna Sat Nov 21", " From: a", ": x", "two words: x", "\xFF: x"}) {
    EXPECT_FALSE(has_header(no)) << no;
  }
}

TEST(Header, SurvivesAnyBytes) {
  std::mt19937 random(6);
  const std::string alphabet("Subject: \r\n\t\0\xFF\xC3\xA9\xF0", 17);
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (auto length = random() % 40; length > 0; --length) text += alphabet[random() % alphabet.size()];
    has_header(text);
    EXPECT_EQ(header_field(text + "\nSubject: x", "Subject").find_first_of("\r\n"), std::string::npos);
    EXPECT_THAT(text, StartsWith(std::string(header_of(text))));
  }
}

TEST(Trace, TellsTheWay) {
  const Trace trace{"k@SOUTH/HUB", "SOUTH/HUB/BOB", parse_address("anna", book), {"SOUTH/HUB"}, noon};
  EXPECT_EQ(trace_headers(trace, "From: bob\n"),
            "Return-Path: <bob@hub.south>\n"
            "Delivered-To: anna@clinic.north\n"
            "Received: from hub.south by clinic.north (External) id k@SOUTH/HUB\n"
            "\tfor <anna@clinic.north>; Fri, 2 Jan 2026 12:34:56 +0000\n");
}

TEST(Trace, EndsLinesAsTheMessageDoes) {
  const Trace trace{"k@N/P", "", parse_address("anna", book), {"A/B", "C/D"}, noon};
  const auto text = trace_headers(trace, "From: bob\r\n");
  EXPECT_THAT(text, StartsWith("Return-Path: <>\r\nDelivered-To: "));
  EXPECT_THAT(text, HasSubstr("\t(by way of A/B, C/D)\r\n"));
  for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1))
    EXPECT_EQ(text[at - 1], '\r');
}

TEST(Trace, LetsNobodyAddHeaders) {
  const Trace trace{"k\nX: 1", "a@b\nX: 2", parse_address("anna", book), {"C\nX: 3", "D\r\nX: 4"}, noon};
  EXPECT_THAT(trace_headers(trace, ""), Not(HasSubstr("\nX:")));
}

mailqueue::Envelope sample() {
  return make_envelope({.from = "anna", .to = {"SOUTH/HUB/bob", "carl@hub.south", "BOB@HUB.SOUTH"}}, book,
                       noon);
}

TEST(Submit, MakesAnEnvelope) {
  const auto envelope = make_envelope({.from = "anna",
                                       .to = {"SOUTH/HUB/bob", "dora", "BOB@hub.south"},
                                       .priority = mailqueue::Priority::urgent,
                                       .useful_life = 2h,
                                       .notify = {.success = true}},
                                      book, noon);
  EXPECT_EQ(envelope.sender, "NORTH/CLINIC/ANNA");
  EXPECT_THAT(envelope.recipients,
              ElementsAre(mailqueue::Recipient{"SOUTH/HUB/BOB", "SOUTH/HUB", {true, true, true}},
                          mailqueue::Recipient{"NORTH/CLINIC/DORA", "NORTH/CLINIC", {true, true, true}}));
  EXPECT_EQ(envelope.priority, mailqueue::Priority::urgent);
  EXPECT_EQ(envelope.accepted, noon);
  EXPECT_EQ(envelope.useful_life, 2h);
  EXPECT_TRUE(envelope.receipt());
  EXPECT_THAT(envelope.key, testing::MatchesRegex("[0-9a-f]{22}@NORTH/CLINIC"));
  EXPECT_NE(envelope.key, sample().key);
}

TEST(Submit, NamesEveryBadAddress) {
  try {
    make_envelope({.from = "a b", .to = {"dora", "x/y", "e\nf"}}, book, noon);
    FAIL() << "accepted";
  } catch (const BadAddress& error) {
    EXPECT_THAT(error.what(), HasSubstr("address 'a b': "));
    EXPECT_THAT(error.what(), HasSubstr("address 'x/y': "));
    EXPECT_THAT(error.what(), HasSubstr("address 'e^Jf': "));
  }
  EXPECT_THROW(make_envelope({.from = "anna", .to = {}}, book, noon), BadAddress);
}

TEST(Submit, KeepsTheWishesOfEachRecipient) {
  const auto envelope = make_envelope({.from = "anna",
                                       .to = {"bob", "SOUTH/HUB/dora", "BOB", "carl"},
                                       .notify = mailqueue::never,
                                       .wishes = {{{false, true, false}, "rfc822;bob@old.example"},
                                                  {{false, true, true}, ""},
                                                  {{true, false, false}, "rfc822;b@new.example"}},
                                       .envelope_id = "QQ314159",
                                       .headers_only = true},
                                      book, noon);
  ASSERT_THAT(envelope.recipients, SizeIs(3));
  EXPECT_EQ(envelope.recipients[0].notify, (mailqueue::Notify{true, true, false}));
  EXPECT_EQ(envelope.recipients[0].original, "rfc822;bob@old.example");
  EXPECT_EQ(envelope.recipients[1].notify, mailqueue::Notify{});
  EXPECT_EQ(envelope.recipients[2].notify, mailqueue::never);
  EXPECT_EQ(envelope.envelope_id, "QQ314159");
  EXPECT_TRUE(envelope.headers_only);
  EXPECT_EQ(envelope.useful_life, 5 * 24h);
}

TEST(Submit, AddsAHeaderOnlyWhereThereIsNone) {
  const auto envelope = sample();
  EXPECT_EQ(missing_header(envelope, book, "Subject: x\n\nHello"), "");
  EXPECT_EQ(missing_header(envelope, book, ""), "");
  EXPECT_EQ(missing_header(envelope, book, "Hello,\n"),
            "From: <anna@clinic.north>\nTo: <bob@hub.south>,\n\t<carl@hub.south>\nDate: Fri, 2 Jan 2026 "
            "12:34:56 +0000\n"
            "Message-ID: <" +
                envelope.key.substr(0, 22) + "@clinic.north>\n\n");
}

TEST(Report, HasTheWordsOfOld) {
  const Failure lost{Report::hop_count_exceeded, {"C/D/E"}, "", {"A/B", "B/C"}, ""};
  EXPECT_THAT(report_lines(lost),
              ElementsAre("[003] Message hop count exceeded. Message followed the following route:", "  A/B",
                          "  B/C", "while attempting to send to the following addresses:", "  C/D/E"));
  EXPECT_EQ(report_line(lost),
            "[003] Message hop count exceeded. Message followed the following route: A/B, B/C");
  const std::vector<std::pair<Report, std::string>> known{
      {Report::unable_to_deliver, "[001] unable to deliver"},
      {Report::unknown_address, "[002] Mail was received that was addressed to unknown addresses."},
      {Report::circular_route, "[004] Message circular route detected."},
      {Report::retry_count_exceeded, "[005] Mail retry count exceeded sending to: S/H"},
      {Report::useful_life_exceeded, "[006] Useful life exceeded sending to: S/H"},
      {Report::too_large, "[009] Mail maximum size exceeded sending to: S/H"},
      {Report::corrupt, "[012] This corrupt message cannot be delivered."}};
  EXPECT_EQ(report_line({Report::useful_life_exceeded, {"S/H/X", "S/B/Y", "S/H/Z"}, "", {}, ""}),
            "[006] Useful life exceeded sending to: S/H, S/B");
  for (const auto& [report, text] : known)
    EXPECT_THAT(report_line({report, {"S/H/X"}, "S/H", {}, ""}), StartsWith(text));
}

}  // namespace
}  // namespace external::postoffice::message_test
