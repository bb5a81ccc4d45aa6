#include <external/log/call_ids.h>
#include <external/log/messages.h>

#include <boost/json.hpp>
#include <gmock/gmock.h>

#include <set>

namespace external::log::messages_test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

constexpr std::string_view lines_page = R"(# A page

| line | code | level | meaning | what to do |
| --- | --- | --- | --- | --- |
| `Sent <key>, <bytes> bytes` | `sent` | info | It has gone. | Nothing. |
| `Port <port> is held; ...`, `Port <port>: <cause>` | `held` | error | See [ports](ports.md), `stty`. | End it. |
| `Port <port> is held; end <program>` | `held-by` | warning | More exact. | End that. |
| `Connection end. <reason>` | `end` | info | Over. | By the reason. |

| reason | meaning | what to do |
| --- | --- | --- |
| `Lost carrier.` | The line broke. | Look at the cable. |
| `Trouble: ...` | Something else. | See. |
| any other | An error. | What it says. |
)";

constexpr std::string_view codes = R"(
| report | meaning | what to do |
| --- | --- | --- |
| `005` | Too many tries. | See why. |
| `NO DIALTONE`, `NO DIAL TONE` | Dead. | The cable. |
)";

const Messages small(lines_page, codes);

TEST(Messages, FindTheKindOfALineAndWhatChangesInIt) {
  const auto known = small.find("Sent abc@N/P, 12 bytes");
  ASSERT_TRUE(known);
  EXPECT_EQ(known->message->code, "sent");
  EXPECT_EQ(known->pattern, "Sent <key>, <bytes> bytes");
  EXPECT_THAT(known->fields, ElementsAre(Pair("key", "abc@N/P"), Pair("bytes", "12")));
  EXPECT_FALSE(small.find("Sent abc@N/P, 12 bytes more"));
  EXPECT_FALSE(small.find("Sent , 12 bytes")) << "a gap is never empty";
}

TEST(Messages, TheKindOfWhichMoreIsGivenWins) {
  EXPECT_EQ(small.find("Port /dev/x is held; wait")->message->code, "held");
  EXPECT_EQ(small.find("Port /dev/x is held; end getty")->message->code, "held-by");
  EXPECT_EQ(small.level_of("Port /dev/x is held; end getty"), Level::warning);
  EXPECT_EQ(small.level_of("nobody knows this"), Level::info);
}

TEST(Messages, AreReadAsPeopleReadThem) {
  EXPECT_EQ(small.all().at(1).meaning, "See ports (docs/ports.md), stty.");
}

TEST(Messages, KnowReasonsAndCodesByEachOfTheirNames) {
  EXPECT_EQ(small.reason("Lost carrier.")->cure, "Look at the cable.");
  EXPECT_EQ(small.reason("Trouble: the disk")->meaning, "Something else.");
  EXPECT_FALSE(small.reason("Broken pipe"));
  for (const auto* name : {"005", "5", "[005]", " 005 "}) EXPECT_THAT(small.codes(name), SizeIs(1)) << name;
  EXPECT_THAT(small.codes("no dial tone"), SizeIs(1));
  EXPECT_THAT(small.codes("006"), IsEmpty());
}

TEST(Messages, APageThatIsNoneIsRefused) {
  EXPECT_THROW(Messages("| line | code | level | meaning | what to do |\n| --- |\n| `x` | `y` |\n", ""),
               std::runtime_error);
  EXPECT_THROW(Messages("| line | code | level | meaning | what to do |\n| `x` | `y` | loud | a | b |\n", ""),
               std::runtime_error);
}

TEST(Messages, ThoseOfTheProgramAreWhole) {
  const Messages messages;
  EXPECT_GT(messages.all().size(), 90U);
  EXPECT_GT(messages.all_codes().size(), 60U);
  std::set<std::string> names;
  for (const auto& message : messages.all()) {
    EXPECT_TRUE(names.insert(message.code).second) << message.code << " twice";
    EXPECT_EQ(message.code.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), std::string::npos)
        << message.code;
    EXPECT_FALSE(message.meaning.empty()) << message.code;
    EXPECT_FALSE(message.cure.empty()) << message.code;
    for (const auto& pattern : message.patterns)
      EXPECT_EQ(messages.find(pattern)->message, &message) << pattern << " is taken for another kind";
  }
}

TEST(Messages, TheOriginalsCodesAreKnown) {
  const Messages messages;
  for (const auto* code :
       {"001", "002", "003", "004", "005", "006",   "007",        "008",       "009",        "012",
        "013", "016", "018", "021", "024", "5.4.7", "NO CARRIER", "MODEMWAIT", "hanging up", "exit 75"})
    EXPECT_THAT(messages.codes(code), SizeIs(1)) << code;
}

TEST(Messages, AreTheLevelAndTheFieldsOfJson) {
  const Messages messages;
  const Entry entry{WallTime(), "Modem1", "3V8Q2A", "Sent k@N/P, 12 bytes, from A/B/C to D/E/\"F\", D/E/G"};
  const auto object = boost::json::parse(format_json(entry, messages)).as_object();
  EXPECT_EQ(object.at("level"), "info");
  EXPECT_EQ(object.at("code"), "message-sent");
  EXPECT_EQ(object.at("call"), "3V8Q2A");
  EXPECT_EQ(object.at("key"), "k@N/P");
  EXPECT_EQ(object.at("bytes"), 12);
  EXPECT_EQ(object.at("recipients"), "D/E/\"F\", D/E/G");
  const auto unknown =
      boost::json::parse(format_json({WallTime(), "", "", "a\nb\x01\xE9"}, messages)).as_object();
  EXPECT_EQ(unknown.at("text"), "a^Jb^A\\xE9");
  EXPECT_FALSE(unknown.contains("call"));
  EXPECT_FALSE(unknown.contains("instance"));
}

TEST(CallIds, AreShortAndEachAnother) {
  CallIds ids;
  const WallTime now = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21};
  std::set<std::string> all;
  for (int i = 0; i < 100; ++i) all.insert(ids.next(now));
  EXPECT_THAT(all, SizeIs(100));
  for (const auto& id : all) EXPECT_THAT(id, testing::MatchesRegex("[0-9A-HJKMNP-TV-Z]{6}"));
  EXPECT_NE(CallIds().next(now), CallIds().next(now + 1s)) << "the next run begins with others";
}

}  // namespace
}  // namespace external::log::messages_test
