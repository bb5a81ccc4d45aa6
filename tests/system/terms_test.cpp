// What two ends say of their line: whether it needs recovery, takes turns, may be encrypted, carries all
// bytes.

#include "line_count.h"

namespace external::test::terms_test {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

class TermsTest : public testing::Test {
 protected:
  explicit TermsTest(std::vector<std::string> exchange = {})
      : town("115200", with_times(std::move(exchange))) {}

  static std::vector<std::string> with_times(std::vector<std::string> exchange) {
    exchange.insert(exchange.end(), {"--ring-delay", "100ms", "--connect-time", "200ms"});
    return exchange;
  }

  static void set(const PostOffice& office, const std::string& setting) {
    office.change_settings("CommScript = GENERIC", "CommScript = GENERIC\n" + setting);
  }

  /// Queues one message in each direction and lets NORTH call.
  void start(std::size_t size = 10'000) {
    up = random_bytes(size, 1);
    down = random_text(size, 2);
    ASSERT_EQ(town.north.send("SOUTH/HUB/ANNA", up).exit_code, 0);
    ASSERT_EQ(town.south.send("NORTH/CLINIC/ANNA", down).exit_code, 0);
    ASSERT_TRUE(south.start_and_initialise());
    north.start();
  }

  void expect_mail_passes_in_one_call() {
    ASSERT_TRUE(north.eventually_logged("-- Closing connection --")) << north.log() << south.log();
    EXPECT_TRUE(north.logged("Connection end. Disconnection.")) << north.log() << south.log();
    EXPECT_TRUE(eventually([&] { return !town.south.mailbox("ANNA").empty(); })) << south.log();
    EXPECT_TRUE(eventually([&] { return !town.north.mailbox("ANNA").empty(); })) << north.log();
    EXPECT_THAT(town.south.mailbox("ANNA"), ElementsAre(EndsWith(up)));
    EXPECT_THAT(town.north.mailbox("ANNA"), ElementsAre(EndsWith(down)));
  }

  Town town;
  End north{town, "north"};
  End south{town, "south"};
  std::string up;
  std::string down;
};

TEST_F(TermsTest, ALineThatBothCallReliableMovesMail) {
  for (const auto* office : {&town.north, &town.south}) set(*office, "LineReliable = yes");
  start();
  expect_mail_passes_in_one_call();
}

TEST_F(TermsTest, TheCallerAloneMayTakeTurns) {
  set(town.north, "HalfDuplex = yes");
  start();
  expect_mail_passes_in_one_call();
}

TEST_F(TermsTest, TheAnswererAloneMayTakeTurns) {
  set(town.south, "HalfDuplex = yes");
  start();
  expect_mail_passes_in_one_call();
}

TEST_F(TermsTest, BothEndsMayTakeTurns) {
  for (const auto* office : {&town.north, &town.south}) set(*office, "HalfDuplex = yes");
  start();
  expect_mail_passes_in_one_call();
}

TEST_F(TermsTest, MailPassesInClearIfBothEndsSaySo) {
  for (const auto* office : {&town.north, &town.south}) set(*office, "Encryption = no");
  start();
  expect_mail_passes_in_one_call();
}

TEST_F(TermsTest, EncryptionAtOneEndOnlyIsRefusedAndBothSayWhatToDo) {
  set(town.south, "Encryption = no");
  start();
  for (auto* end : {&north, &south}) {
    EXPECT_TRUE(end->eventually_logged("-- Closing connection --"));
    EXPECT_THAT(end->log(), HasSubstr("Connection end. One end has Encryption = no, the other not: set it "
                                      "alike at both ends."));
  }
  EXPECT_THAT(town.south.mailbox("ANNA"), ElementsAre());
  EXPECT_THAT(town.north.mailbox("ANNA"), ElementsAre());
}

/// A line that damages a byte now and then.
class NoisyTermsTest : public TermsTest {
 protected:
  NoisyTermsTest() : TermsTest({"--ber", "2e-4", "--seed", "3"}) {}
};

TEST_F(NoisyTermsTest, WhatOneEndAloneCallsReliableIsRepeated) {
  set(town.north, "LineReliable = yes");
  start();
  expect_mail_passes_in_one_call();
  EXPECT_THAT(north.log() + south.log(), HasSubstr(" frames repeated"));
}

TEST_F(NoisyTermsTest, WhatBothWronglyCallReliableEndsWithTheCure) {
  for (const auto* office : {&town.north, &town.south}) set(*office, "LineReliable = yes");
  start();
  EXPECT_TRUE(eventually([&] {
    return (north.log() + south.log())
               .find("although LineReliable = yes says that it does not; set it to no") != std::string::npos;
  })) << north.log()
      << south.log();
}

struct Eater {
  std::string name;
  std::string what;
  std::string told;

  friend void PrintTo(const Eater& value, std::ostream* out) { *out << value.name; }
};

class EatingLineTest : public TermsTest, public testing::WithParamInterface<Eater> {
 protected:
  EatingLineTest() : TermsTest({"--quirk", "north=eats:" + GetParam().what}) {}
};

TEST_P(EatingLineTest, IsNoticedAndWorkedWith) {
  start();
  expect_mail_passes_in_one_call();
  for (const auto* end : {&north, &south})
    EXPECT_THAT(end->log(),
                HasSubstr("The line does not carry " + GetParam().told + "; it is worked without"));
}

INSTANTIATE_TEST_SUITE_P(Lines, EatingLineTest,
                         testing::Values(Eater{"FlowControl", "xon", "XON/XOFF"},
                                         Eater{"EighthBit", "high",
                                               "XON/XOFF with the eighth bit, the byte FF, the eighth bit"},
                                         Eater{"Telnet", "ff", "the byte FF"}),
                         [](const auto& line) { return line.param.name; });

}  // namespace
}  // namespace external::test::terms_test
