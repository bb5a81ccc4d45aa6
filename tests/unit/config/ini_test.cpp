#include <external/config/ini.h>

#include <gmock/gmock.h>

#include <random>

namespace external::config::ini_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Outcome {
  std::vector<IniSection> sections;
  Diagnostics diagnostics;
};

Outcome read(std::string_view text) {
  Outcome outcome;
  outcome.sections = read_ini(text, "x.ini", outcome.diagnostics);
  return outcome;
}

std::string value_of(const std::string& line) {
  const auto outcome = read("[External]\n" + line + "\n");
  EXPECT_THAT(outcome.diagnostics, IsEmpty()) << line;
  return outcome.sections.at(0).entries.at(0).value;
}

std::string complaint_about(const std::string& text) {
  const auto outcome = read(text);
  return outcome.diagnostics.size() == 1 ? to_string(outcome.diagnostics.front()) : "not one diagnostic";
}

TEST(Ini, KeepsSectionsEntriesAndLines) {
  const auto outcome =
      read("; first\n[External]\n\n  HomePO = NORTH/CLINIC\r\n[ External - Modem1 ] ; second\nCommInOnly\n");
  ASSERT_THAT(outcome.sections, SizeIs(2));
  EXPECT_EQ(outcome.sections[0].name, "External");
  EXPECT_EQ(outcome.sections[0].entries.at(0).name, "HomePO");
  EXPECT_EQ(outcome.sections[0].entries.at(0).value, "NORTH/CLINIC");
  EXPECT_EQ(outcome.sections[0].entries.at(0).line, 4);
  EXPECT_EQ(outcome.sections[1].name, "External - Modem1");
  EXPECT_EQ(outcome.sections[1].entries.at(0).value, "yes");
}

TEST(Ini, LeavesCommentsOut) {
  EXPECT_EQ(value_of("\t ; an indented comment\nA = 1"), "1");
  EXPECT_EQ(value_of("A = 1 ; comment"), "1");
  EXPECT_EQ(value_of("A = 1\t# comment"), "1");
  EXPECT_EQ(value_of("A = ; nothing"), "");
  EXPECT_EQ(value_of("Flag ; not = a value"), "yes");
}

TEST(Ini, KeepsCommentMarksInsideWords) {
  EXPECT_EQ(value_of("Phone = *70#555;1234"), "*70#555;1234");
}

TEST(Ini, TakesAnythingInQuotes) {
  EXPECT_EQ(value_of(R"(P = "a;b # c = [d]"  ; comment)"), "a;b # c = [d]");
  EXPECT_EQ(value_of(R"(P = "say ""yes"" \ no")"), R"(say "yes" \ no)");
  EXPECT_EQ(value_of(R"(P = "  blanks  ")"), "  blanks  ");
  EXPECT_EQ(value_of(R"(P = "")"), "");
  EXPECT_EQ(value_of("P = \"\xC3\xA4\xE2\x82\xAC\""), "\xC3\xA4\xE2\x82\xAC");
}

TEST(Ini, ReadsEveryEncodingOfAnEditor) {
  EXPECT_EQ(read("\xEF\xBB\xBF[External]\nA=1\n").sections.at(0).name, "External");
  const std::string text = "[External]\r\nA=1\r\n";
  std::string little = "\xFF\xFE";
  std::string big = "\xFE\xFF";
  for (const char c : text) {
    little += {c, '\0'};
    big += {'\0', c};
  }
  EXPECT_EQ(read(little).sections.at(0).entries.at(0).value, "1");
  EXPECT_EQ(read(big).sections.at(0).entries.at(0).value, "1");
  EXPECT_EQ(read("\xFF\xFE"
                 "[\0\x3D\xD8\x00\xDE]\0" +
                 std::string(1, '\0'))
                .diagnostics.size(),
            1u);
}

TEST(Ini, RefusesWhatIsNoText) {
  using namespace std::string_literals;
  for (const auto& text : {"[External]\n\0"s, "[External]\nA=\xC3"s, "[\xE9]"s, "\xFF\xFE["s,
                           "\xFF\xFE\x00\xD8"s, "\xC0\xAF"s}) {
    EXPECT_THAT(complaint_about(text), HasSubstr("x.ini: error: not a text in UTF-8"));
  }
}

TEST(Ini, NamesTheLineOfWhatIsBroken) {
  EXPECT_THAT(complaint_about("A=1\nB=2\n"), HasSubstr("x.ini:1: error: this stands before any section"));
  EXPECT_THAT(complaint_about("\n[External\nA=1\n"),
              HasSubstr("x.ini:2: error: the section name has no closing"));
  EXPECT_THAT(complaint_about("[]\n"), HasSubstr("x.ini:1: error: the section has no name"));
  EXPECT_THAT(complaint_about("[External] x\n"), HasSubstr("x.ini:1: error: only a comment"));
  EXPECT_THAT(complaint_about("[External]\n=1\n"), HasSubstr("x.ini:2: error: there is no name"));
  EXPECT_THAT(complaint_about("[External]\nA=\"b\n"),
              HasSubstr("x.ini:2: error: the value has no closing quote"));
  EXPECT_THAT(complaint_about("[External]\nA=\"b\" c\n"),
              HasSubstr("x.ini:2: error: only a comment may follow"));
}

TEST(Ini, GoesOnAfterAProblem) {
  const auto outcome = read("[Broken\nLost=1\n[External]\nA=\"x\nB=2\n");
  EXPECT_THAT(outcome.diagnostics, SizeIs(2));
  ASSERT_THAT(outcome.sections, SizeIs(1));
  EXPECT_EQ(outcome.sections[0].entries.at(0).name, "B");
}

TEST(Ini, GivesBackEveryQuotedValue) {
  std::mt19937 random(1);
  const std::string alphabet = "ab\"\\;# =[]\t'%\xC3\xA9";
  for (int round = 0; round < 2000; ++round) {
    std::string value;
    for (auto length = random() % 12; length > 0; --length) {
      const auto at = random() % (alphabet.size() - 1);
      value += at == alphabet.size() - 2 ? alphabet.substr(at, 2) : std::string(1, alphabet[at]);
    }
    std::string quoted;
    for (const char c : value) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    EXPECT_EQ(value_of("P = \"" + quoted + "\" ; end"), value);
  }
}

TEST(Ini, SurvivesAnyBytes) {
  std::mt19937 random(2);
  const std::string alphabet("[]=\"; #\r\n\tAx\0\xFF\xFE\xC3", 16);
  for (int round = 0; round < 5000; ++round) {
    std::string text;
    for (auto length = random() % 40; length > 0; --length) text += alphabet[random() % alphabet.size()];
    for (const auto& section : read(text).sections) EXPECT_FALSE(section.name.empty());
  }
}

}  // namespace
}  // namespace external::config::ini_test
