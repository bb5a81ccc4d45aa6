// Scripts that compile, and where and how those fail that do not.

#include <external/modem/script.h>

#include <gmock/gmock.h>

namespace external::modem::compile_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::vector<std::string> diagnose(std::string_view source) {
  std::vector<std::string> lines;
  for (const auto& diagnostic : compile(source, "T.MDM").diagnostics) lines.push_back(render(diagnostic));
  return lines;
}

std::string only(std::string_view source) {
  const auto lines = diagnose(source);
  return lines.size() == 1 ? lines.front() : testing::PrintToString(lines);
}

TEST(Compile, KnowsEveryCommand) {
  const auto result = compile(R"(INITIALIZE:
    title "name" display 'a "quoted" word' baud 57600 port COM1 echo 0 ECHO 1 dtr 0 Dtr 1
    clearrsp getkey wait 1 waitrsp 2
    $n = 3 dec $n inc $n
    $s = "AT" + dial_mode + phone_number + $n
    send "+++" sendln $s
again: wait 1 if ($n > 0) goto again else if (key = 0) { wait 1 } else return 4
    if (listen = 1) if (ri != 1) return 0
    return $n)",
                              "T.MDM");
  EXPECT_THAT(result.diagnostics, IsEmpty());
  ASSERT_TRUE(result.script);
  EXPECT_TRUE(result.script->has(Procedure::initialize));
  EXPECT_FALSE(result.script->has(Procedure::answer));
  EXPECT_TRUE(result.script->reads_ring_line());
  EXPECT_EQ(result.script->file(), "T.MDM");
}

TEST(Compile, AcceptsEveryRelation) {
  for (const char* relation : {"=", "!=", ">", "<", ">=", "<="}) {
    EXPECT_THAT(diagnose("CALL: $a = 1 if ($a " + std::string(relation) + " 2) return 0 return 4"),
                IsEmpty());
  }
  EXPECT_THAT(diagnose(R"(CALL: if ("OK" ISIN response) return 0 return 4)"), IsEmpty());
}

TEST(Compile, AcceptsTheLineEndsOfEverySystem) {
  EXPECT_THAT(diagnose("CALL:\r\n  return 7 ; busy\r\n\x1A garbage behind the end"), IsEmpty());
  EXPECT_THAT(diagnose("\xEF\xBB\xBF"
                       "CALL:\n  return 7"),
              IsEmpty());
}

TEST(Compile, LetsAGotoLeadIntoABlockAndALabelOccurInTwoProcedures) {
  EXPECT_THAT(diagnose(R"(
RESET:
  if (ri = 1) goto inside
  if (response = "0^M") {
inside:
    return 0
  }
  return 4
INITIALIZE:
  goto inside
inside:
  return 0)"),
              IsEmpty());
}

TEST(Compile, TakesAConditionInBracesWithAWarning) {
  EXPECT_THAT(only("CALL: if {response = \"7^M\"} return 7 return 8"),
              StartsWith("T.MDM:1:10: warning: this condition stands in braces"));
  EXPECT_TRUE(compile("CALL: if {response = \"7^M\"} return 7 return 8", "T").script);
}

TEST(Compile, LocatesACommentWithoutSemicolon) {
  EXPECT_EQ(only("; header\n       Script  : Standard script - null\n;\nCALL:\n return 7\n"),
            "T.MDM:2:8: error: 'Script' is no procedure; a comment begins with ';'");
}

TEST(Compile, NamesTheNearestKnownWord) {
  EXPECT_EQ(only("CALL:\n  sendnl \"AT\"\n  return 8"),
            "T.MDM:2:3: error: unknown command 'sendnl'; did you mean 'send'?");
  EXPECT_EQ(only("CALLL:\n return 8"), "T.MDM:1:1: error: 'CALLL' is no procedure; did you mean 'CALL'?");
  EXPECT_THAT(only("CALL:\n sendln phone_numbr\n return 8"), HasSubstr("2:9: error: unknown variable"));
  EXPECT_THAT(only("CALL:\nretry: goto retyr\n return 8"), HasSubstr("2:13: error: no label 'retyr'"));
}

TEST(Compile, ReportsSeveralErrors) {
  EXPECT_THAT(
      diagnose("CALL:\n  wate 1\n  baud 1234\n  wait 1\n  dtr 2\n  return \"x\"\n"),
      ElementsAre(HasSubstr(":2:3: error: unknown command 'wate'; did you mean 'wait'?"),
                  HasSubstr(":3:8: error: no serial port runs at 1234 bps"),
                  HasSubstr(":5:7: error: 'dtr' takes 0 or 1"), HasSubstr(":6:10: error: 'return' needs")));
}

struct Wrong {
  const char* source;
  const char* place;
  const char* says;
};

class CompileWrong : public testing::TestWithParam<Wrong> {};

TEST_P(CompileWrong, IsALocatedError) {
  const auto [source, place, says] = GetParam();
  const auto result = compile(source, "T");
  EXPECT_FALSE(result.script);
  ASSERT_FALSE(result.diagnostics.empty());
  EXPECT_THAT(render(result.diagnostics.front()),
              testing::AllOf(StartsWith("T:" + std::string(place) + ": error: "), HasSubstr(says)));
}

INSTANTIATE_TEST_SUITE_P(
    All, CompileWrong,
    testing::Values(Wrong{"", "1:1", "no procedure found"},
                    Wrong{"wait 1", "1:1", "before the first procedure"},
                    Wrong{"CALL: return 1 CALL: return 2", "1:16", "a second CALL"},
                    Wrong{"CALL: x: x: return 1", "1:10", "already, at line 1"},
                    Wrong{"CALL: wait: return 1", "1:7", "cannot be a label"},
                    Wrong{"CALL: sendln \"AT\n return 1", "1:14", "has no end"},
                    Wrong{"CALL: sendln \"\\q\" return 1", "1:15", "backslash"},
                    Wrong{"CALL: sendln \"\\256\" return 1", "1:15", "255"},
                    Wrong{"CALL: wait 99999 return 1", "1:12", "longer"},
                    Wrong{"CALL: wait 99999999999 return 1", "1:12", "too large"},
                    Wrong{"CALL: wait return 1", "1:12", "needs a number"},
                    Wrong{"CALL: send wait 1 return 1", "1:12", "missing"},
                    Wrong{"CALL: if response = \"x\" return 1", "1:10", "brackets"},
                    Wrong{"CALL: if (response ~ \"x\") return 1", "1:20", "cannot hold '~'"},
                    Wrong{"CALL: if (response \"x\") return 1", "1:20", "is expected here"},
                    Wrong{"CALL: if (response = \"x\" return 1", "1:26", "must close the condition"},
                    Wrong{"CALL: if (5 isin response) return 1", "1:13", "isin"},
                    Wrong{"CALL: if (response > 5) return 1", "1:20", "compares numbers"},
                    Wrong{"CALL: if (key = 1) { return 1", "1:20", "never closed"},
                    Wrong{"CALL: return 1 }", "1:16", "without a '{'"},
                    Wrong{"CALL: { return 1 }", "1:7", "can only follow"},
                    Wrong{"CALL: else return 1", "1:7", "without an 'if'"},
                    Wrong{"CALL: if (key = 1)", "1:19", "a command is expected"},
                    Wrong{"CALL: goto 5", "1:12", "needs a label"},
                    Wrong{"CALL: goto x RESET: x: return 0", "1:12", "no label 'x'"},
                    Wrong{"CALL: $ = 1", "1:7", "must follow '$'"},
                    Wrong{"CALL: $a 1", "1:10", "'=' must follow"},
                    Wrong{"CALL: dec 1", "1:11", "needs a $variable"},
                    Wrong{"CALL: return \xC3\xA4 1", "1:14", "cannot hold"}));

struct Surprise {
  const char* source;
  const char* place;
  const char* says;
};

class CompileSurprise : public testing::TestWithParam<Surprise> {};

TEST_P(CompileSurprise, IsWarnedOf) {
  const auto [source, place, says] = GetParam();
  EXPECT_THAT(only(source),
              testing::AllOf(StartsWith("T.MDM:" + std::string(place) + ": warning: "), HasSubstr(says)));
  EXPECT_TRUE(compile(source, "T.MDM").script);
}

INSTANTIATE_TEST_SUITE_P(
    All, CompileSurprise,
    testing::Values(
        Surprise{"RESET: wait 1", "1:1", "RESET holds no 'return' and can run past its end"},
        Surprise{"RESET: if (ri = 1) return 0", "1:1", "RESET can run past its end"},
        Surprise{"RESET: return $never", "1:1", "$never is used but never set"},
        Surprise{"CALL: return 52", "1:1", "code 52 has no meaning"},
        Surprise{"CALL:\n return 7\n wait 1\n return 8", "3:1", "never reached"},
        Surprise{"CALL:\n goto out\n wait 1\n if (ri = 1) wait 1\nout: return 8", "3:1", "never reached"},
        Surprise{"CALL:\nunused: return 7", "2:1", "no 'goto' leads to the label 'unused'"},
        Surprise{"CALL:\nagain: getkey\n if (key = 0)\n goto again\n return 7", "4:1", "no pause"},
        Surprise{"RESET:\nagain: if (ri = 1) { display \"x\" goto next }\n return 0\nnext: goto again", "4:1",
                 "no pause"},
        // Two commands, wherever the second one is.
        Surprise{"RESET:\n sendln \"a\"\n sendln \"b\"\n return 0", "3:1", "two commands"},
        Surprise{"RESET:\n sendln \"a\"\n goto on\non: echo 1\n sendln \"b\"\n return 0", "5:1",
                 "two commands"},
        Surprise{"RESET:\n sendln \"a\"\n if (ri = 1)\n sendln \"b\"\n else\n sendln \"c\"\n return 0", "4:1",
                 "two commands"},
        // Conditions that say nothing.
        Surprise{"CALL: if (response = 0) return 0 return 8", "1:20", "text and number are never equal"},
        Surprise{"CALL:\n if (1 = 2) return 0 return 8", "2:1", "never true"},
        Surprise{"CALL:\n if (\"a\" isin \"abc\") wait 1 return 8", "2:1", "always true"},
        Surprise{"CALL:\n if (\"\" isin response) wait 1 return 8", "2:1", "always true"},
        Surprise{"CALL:\n if (response = \"OK\") return 0 return 8", "2:1", "holds ^M"},
        Surprise{"CALL:\n if (response = \"OK^M\") return 0 return 8", "2:1", "^M^J around them"},
        Surprise{"CALL:\n if (\"CONNECT 1200^M\" = response) return 5 return 8", "2:1", "^M^J around them"},
        Surprise{"CALL:\n if (dial_mode = \"Pulse\") return 0 return 8", "2:1", "T or P"},
        Surprise{"CALL:\n if (ri = 2) return 0 return 8", "2:1", "0 or 1"},
        Surprise{"CALL:\n if (listen = 9) return 0 return 8", "2:1", "0 or 1"},
        Surprise{"CALL:\n if (response = \"1^M\") return 1\n else if (response = \"3^M\") return 3\n else if "
                 "(response = \"1^M\") return 5\n return 8",
                 "4:1", "asked before"}));

TEST(Compile, DoesNotWarnOfWhatIsMeant) {
  for (const char* source : {
           "RESET: sendln \"a\" wait 1 sendln \"b\" waitrsp 1 return 0",
           "RESET: sendln \"a\" if (ri = 1) waitrsp 1 sendln \"b\" return 0",
           "RESET: sendln \"a\" clearrsp sendln \"b\" waitrsp 1 return 0",
           "RESET: send \"+++\" sendln \"b\" waitrsp 1 return 0",
           "RESET: $n = 3 again: dec $n if ($n > 0) goto again return 0",
           "RESET: again: if (ri = 1) { wait 1 goto again } return 0",
           "CALL: if (response = \"\") return 8 if (response = \"0^M\") return 3 return 4",
           "CALL: if (response = \"^M^JOK^M^J\") return 8 if (response != \"0^M\") return 3 return 4",
           "CALL: if (response = \"1^M\") return 1 waitrsp 1 if (response = \"1^M\") return 5 return 8",
           "CALL: if (ri = 1) return 7 else return 8",
           "CALL: if (ri = 1) { if (key = 0) return 7 else return 8 } else return 8",
       }) {
    EXPECT_THAT(diagnose(source), IsEmpty()) << source;
  }
}

TEST(Compile, SurvivesNonsense) {
  std::string deep = "CALL: ";
  for (int i = 0; i < 10000; ++i) deep += "if (key = 0) { ";
  EXPECT_FALSE(compile(deep, "T").script);
  std::string garbage;
  for (int i = 0; i < 20000; ++i) garbage += static_cast<char>(i * 7919 % 251);
  const auto result = compile(garbage, "T");
  EXPECT_FALSE(result.script);
  EXPECT_LE(result.diagnostics.size(), 50U);
}

TEST(Compile, SaysWhyAFileCannotBeRead) {
  const auto result = compile_file("/nonexistent/X.MDM");
  ASSERT_EQ(result.diagnostics.size(), 1U);
  EXPECT_EQ(render(result.diagnostics.front()),
            "/nonexistent/X.MDM:1:1: error: cannot be read: No such file or directory");
}

}  // namespace
}  // namespace external::modem::compile_test
