// What keys mean.

#include "scene.h"

#include <gmock/gmock.h>

namespace external::console::viewer_test {
namespace {

using testing::HasSubstr;
using testing::Not;
using Kind = Key::Kind;
using What = Action::What;
using On = Action::On;

class ViewerTest : public testing::Test {
 protected:
  void SetUp() override { use_utc(); }

  /// Letters are keys; the screen is drawn before each, as a person sees it.
  std::optional<Action> press(std::string_view keys) {
    std::optional<Action> last;
    for (const char key : keys) last = press(Key{Kind::character, key, 0});
    return last;
  }
  std::optional<Action> press(Kind kind) { return press(Key{kind, 0, 0}); }
  std::optional<Action> press(const Key& key) {
    draw();
    return viewer_.take(key, scene_);
  }

  std::vector<std::string> draw() { return texts(viewer_.draw(scene_, 80, 24)); }
  std::string bottom() { return draw().back(); }
  std::string said() { return draw()[22]; }
  std::string chosen() {
    for (const auto& line : draw()) {
      if (line.starts_with(">")) return line;
    }
    return {};
  }

  Scene scene_ = busy_scene();
  Viewer viewer_{{}};
};

TEST_F(ViewerTest, EscapeAsksAndYExits) {
  EXPECT_FALSE(press(Kind::escape));
  EXPECT_TRUE(viewer_.asks_to_quit());
  EXPECT_EQ(bottom(), "Press Y to exit, N to continue.");
  EXPECT_EQ(press("y"), Action{});
  EXPECT_EQ(bottom(), "Shutting down ...");
  EXPECT_FALSE(press("y")) << "once";
}

TEST_F(ViewerTest, NOrEscapeGoesOn) {
  for (const auto& no : {Key{Kind::character, 'n', 0}, Key{Kind::escape, 0, 0}}) {
    press(Kind::escape);
    EXPECT_FALSE(press(no));
    EXPECT_FALSE(press("y")) << "Y without the question";
    EXPECT_THAT(bottom(), HasSubstr("ESC ends External."));
  }
}

TEST_F(ViewerTest, OtherKeysLeaveTheQuestionStanding) {
  press(Kind::escape);
  press("x4");
  press(Kind::down);
  EXPECT_EQ(bottom(), "Press Y to exit, N to continue.");
  EXPECT_EQ(press("y"), Action{});
}

TEST_F(ViewerTest, QIsLikeEscape) {
  press("4q");
  EXPECT_FALSE(viewer_.asks_to_quit()) << "it goes back to the main page first";
  press("q");
  EXPECT_TRUE(viewer_.asks_to_quit());
}

TEST_F(ViewerTest, EscapeOnAnotherPageGoesBack) {
  press("3");
  EXPECT_EQ(draw()[2], "Post offices over modem");
  press(Kind::escape);
  EXPECT_FALSE(viewer_.asks_to_quit());
  EXPECT_THAT(draw()[2], HasSubstr("LINE"));
}

TEST_F(ViewerTest, AMonitorSaysThatExternalGoesOn) {
  viewer_ = Viewer({.monitor = true, .charset = Charset::ascii});
  press(Kind::escape);
  EXPECT_EQ(bottom(), "Leave the monitor? External goes on. Y/N");
  EXPECT_EQ(press("y"), Action{});
  EXPECT_EQ(bottom(), "Leaving the monitor.");
}

TEST_F(ViewerTest, FunctionKeysAndDigitsTurnThePages) {
  const char* heads[] = {"Keys, and digits where there are no function keys",
                         "Post offices over LAN",
                         "Post offices over modem",
                         "Queue",
                         "log 1",
                         "Modems that are lent"};
  for (int number = 1; number <= 6; ++number) {
    press(Key{Kind::function, 0, number});
    EXPECT_EQ(draw()[2], heads[number - 1]);
    press("0");
    press(std::string(1, static_cast<char>('0' + number)));
    EXPECT_EQ(draw()[2], heads[number - 1]);
  }
}

TEST_F(ViewerTest, ArrowsChooseALine) {
  EXPECT_THAT(chosen(), HasSubstr("Modem1"));
  press(Kind::up);
  EXPECT_THAT(chosen(), HasSubstr("Modem1"));
  press(Kind::down);
  EXPECT_THAT(chosen(), HasSubstr("Lan"));
  press(Kind::down);
  EXPECT_THAT(chosen(), HasSubstr("Lan"));
  press(Kind::home);
  EXPECT_THAT(chosen(), HasSubstr("Modem1"));
}

TEST_F(ViewerTest, TheChoiceStaysWithItsEntry) {
  press(Kind::down);
  control::LineStatus another;
  another.instance = "Modem0";
  scene_.status.lines.insert(scene_.status.lines.begin(), another);
  EXPECT_THAT(chosen(), HasSubstr("Lan"));
  scene_.status.lines.pop_back();
  EXPECT_THAT(chosen(), HasSubstr("Modem1"));
  scene_.status.lines.clear();
  EXPECT_EQ(chosen(), "");
  EXPECT_FALSE(press("h"));
}

TEST_F(ViewerTest, CCallsTheChosenPostOffice) {
  EXPECT_EQ(press("3c"), (Action{What::call, On::post_office, "SOUTH/HUB"}));
  press(Kind::down);
  EXPECT_EQ(press("c"), (Action{What::call, On::post_office, "SOUTH/BRANCH"}));
  EXPECT_EQ(press("2c"), (Action{What::call, On::post_office, "EAST/MINE"}));
  EXPECT_EQ(press("4c"), (Action{What::call, On::post_office, "SOUTH/HUB"})) << "that of the message";
}

TEST_F(ViewerTest, CSaysWhereToChooseAPostOffice) {
  EXPECT_FALSE(press("c"));
  EXPECT_EQ(said(), "Choose a post office on F2 or F3; there c calls it.");
  press(Kind::down);
  EXPECT_EQ(said(), "");
}

TEST_F(ViewerTest, UHangsUpAfterAQuestion) {
  EXPECT_FALSE(press("u"));
  EXPECT_EQ(bottom(), "Hang up the call on Modem1? Y/N");
  EXPECT_FALSE(press("n"));
  press("u");
  EXPECT_EQ(press("y"), (Action{What::hang_up, On::line, "Modem1"}));
  EXPECT_THAT(bottom(), HasSubstr("ESC ends External.")) << "the screen goes on";
}

TEST_F(ViewerTest, UOnAPostOfficeHangsUpTheCallWithIt) {
  press("3u");
  EXPECT_EQ(press("y"), (Action{What::hang_up, On::line, "Modem1"}));
  press(Kind::down);
  press("u");
  EXPECT_EQ(said(), "There is no call with SOUTH/BRANCH to hang up.");
}

TEST_F(ViewerTest, HoldsReleasesAndTriesAgainWhatIsChosen) {
  EXPECT_EQ(press("h"), (Action{What::hold, On::line, "Modem1"}));
  EXPECT_EQ(press("r"), (Action{What::release, On::line, "Modem1"}));
  EXPECT_FALSE(press("t"));
  EXPECT_EQ(press("3t"), (Action{What::retry, On::post_office, "SOUTH/HUB"}));
  EXPECT_EQ(press("4h"), (Action{What::hold, On::message, "7"}));
  press(Kind::down);
  EXPECT_EQ(press("r"), (Action{What::release, On::message, "9"}));
  EXPECT_EQ(press("t"), (Action{What::retry, On::message, "9"}));
  EXPECT_FALSE(press("5h")) << "nothing is chosen in the log";
}

TEST_F(ViewerTest, UEndsTheLeaseOfAModemAfterAQuestion) {
  lend(scene_);
  press("6u");
  EXPECT_EQ(said(), "No client has Modem1.");
  press(Kind::down);
  EXPECT_FALSE(press("u"));
  EXPECT_EQ(bottom(), "End the lease of 192.0.2.7:4711 on Modem2? Y/N");
  EXPECT_FALSE(press("n"));
  press("u");
  EXPECT_EQ(press("y"), (Action{What::end_lease, On::client, "12"}));
}

TEST_F(ViewerTest, UEndsTheWaitOfAClient) {
  lend(scene_);
  press("6");
  press(Kind::end);
  press("u");
  EXPECT_EQ(bottom(), "End the wait of 192.0.2.9:1026 for OFFICE? Y/N");
  EXPECT_EQ(press("y"), (Action{What::end_lease, On::client, "14"}));
}

TEST_F(ViewerTest, UOnALentLineEndsTheLease) {
  lend(scene_);
  press(Kind::end);
  press("u");
  EXPECT_EQ(press("y"), (Action{What::end_lease, On::client, "12"}));
  press(Kind::home);
  press("u");
  EXPECT_EQ(bottom(), "Hang up the call on Modem1? Y/N") << "that one has a call";
}

TEST_F(ViewerTest, AnAnswerEndsTheLeaseThatWasAskedFor) {
  lend(scene_);
  press("6");
  press(Kind::down);
  press("u");
  scene_.status.shares[0].modems[1].id = 99;
  scene_.status.shares[0].modems[1].client = "192.0.2.99:1";
  EXPECT_EQ(press("y"), (Action{What::end_lease, On::client, "12"}));
}

TEST_F(ViewerTest, ThereIsNothingToEndWithoutPools) {
  EXPECT_FALSE(press("6u"));
  EXPECT_THAT(bottom(), HasSubstr("ESC Back"));
  EXPECT_FALSE(press("h"));
}

TEST_F(ViewerTest, LeafsThroughALongQueue) {
  auto& page = scene_.messages;
  page.messages.clear();
  for (std::uint64_t id = 1; id <= 100; ++id)
    page.messages.push_back({id, 10, noon, "normal", "queued", "A", "B"});
  page.more = true;
  press("4");
  EXPECT_EQ(viewer_.wanted().after, 0U);
  press(Kind::end);
  EXPECT_THAT(chosen(), HasSubstr(" 100 "));
  press(Kind::down);
  EXPECT_EQ(viewer_.wanted().after, 100U);
  for (auto& message : page.messages) message.id += 100;
  page.more = false;
  EXPECT_THAT(chosen(), HasSubstr(" 101 "));
  press(Kind::up);
  EXPECT_EQ(viewer_.wanted().after, 0U);
  for (auto& message : page.messages) message.id -= 100;
  EXPECT_THAT(chosen(), HasSubstr(" 100 "));
}

TEST_F(ViewerTest, ScrollsTheLogAndFollowsItAgain) {
  scene_.log.clear();
  for (int i = 0; i < 200; ++i) scene_.log.push_back("log " + std::to_string(i));
  press("5");
  EXPECT_EQ(draw()[22], "log 199");
  press(Kind::page_up);
  EXPECT_EQ(draw()[22], "log 179");
  scene_.log.push_back("log 200");
  EXPECT_EQ(draw()[22], "log 179") << "what is read does not run away";
  press(Kind::home);
  EXPECT_EQ(draw()[2], "log 0");
  press(Kind::down);
  EXPECT_EQ(draw()[2], "log 1");
  press(Kind::end);
  EXPECT_EQ(draw()[22], "log 200");
  press(Kind::up);
  EXPECT_EQ(draw()[22], "log 199");
  press(Kind::down);
  EXPECT_EQ(draw()[22], "log 200") << "follows again";
}

TEST_F(ViewerTest, SaysNewsUntilAKeyIsPressed) {
  scene_.news = "External answers again.";
  EXPECT_EQ(said(), "External answers again.");
  press(Kind::down);
  EXPECT_EQ(said(), "");
}

TEST_F(ViewerTest, SaysThatItIsBlind) {
  scene_.trouble = "External has ended.";
  EXPECT_EQ(draw()[1], "External has ended.");
}

}  // namespace
}  // namespace external::console::viewer_test
