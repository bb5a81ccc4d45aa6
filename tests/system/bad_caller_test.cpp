// Callers that are no post office, or not the right one: each ends in a line of Session.log, and the next
// call works.

#include "stranger.h"
#include "tcp_pair.h"

#include <gtest/gtest.h>

#include <random>

namespace external::test::bad_caller_test {
namespace {

/// A town with a third line on which anybody may sit.
struct TownWithStranger {
  TownWithStranger()
      : town("57600", {"--line", "5550003=stranger"}),
        south(town.south.start()),
        stranger(town.port("stranger")) {
    EXPECT_TRUE(eventually([this] { return town.south.logged("Initialization complete. Ready."); }))
        << town.south.log();
  }

  bool call_ended() {
    return eventually([this] { return town.south.logged("Connection end."); }, std::chrono::seconds(90));
  }

  /// NORTH sends a message over the same line.
  void call_next() {
    town.north.send("SOUTH/HUB/ANNA", "Subject: after all\n\nthat\n");
    north.emplace(town.north.start());
  }

  void expect_that_it_worked() {
    EXPECT_TRUE(eventually([this] { return town.south.mailbox("ANNA").size() == 1; }))
        << town.north.log() << town.south.log();
    EXPECT_EQ(town.north.times_logged("Calling: SOUTH/HUB"), 1) << town.north.log();
  }

  Town town;
  Process south;
  Stranger stranger;
  std::optional<Process> north;
};

std::string random_bytes(std::size_t size) {
  std::mt19937 random(7);
  std::string bytes(size, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

// The time limit of the sign-on has to run out for each, so they call at the same time.
TEST(BadCaller, WhoNeverSignsOnIsHungUpAndTheNextCallWorks) {
  TownWithStranger noise;
  TownWithStranger human;
  TownWithStranger fax;
  for (auto* one : {&noise, &human, &fax}) one->stranger.say("ATD5550002\r");
  for (auto* one : {&noise, &human, &fax})
    ASSERT_TRUE(one->stranger.hears("CONNECT")) << one->town.south.log();
  noise.stranger.say(random_bytes(20'000));
  human.stranger.say("\r\rlogin\rhello?\r\nHELP\r");
  for (auto* one : {&noise, &human, &fax}) EXPECT_TRUE(one->call_ended()) << one->town.south.log();

  for (auto* one : {&noise, &human}) {
    EXPECT_TRUE(one->town.south.logged("Caller did not sign on: it sent ")) << one->town.south.log();
    EXPECT_TRUE(one->town.south.logged(" bytes that no External sends; a person, a fax or another program."));
  }
  EXPECT_TRUE(
      fax.town.south.logged("Caller did not sign on: it sent nothing; a person, a fax or a wrong number."))
      << fax.town.south.log();
  for (auto* one : {&noise, &human, &fax})
    EXPECT_TRUE(one->stranger.hears("NO CARRIER")) << one->town.south.log();
  for (auto* one : {&noise, &human, &fax}) one->call_next();
  for (auto* one : {&noise, &human, &fax}) one->expect_that_it_worked();
}

TEST(BadCaller, WhoHangsUpAtOnceIsLoggedAndTheNextCallWorks) {
  TownWithStranger town;
  ASSERT_TRUE(town.stranger.dials("5550002"));
  town.town.phonenet({"drop", "stranger"});
  EXPECT_TRUE(town.call_ended()) << town.town.south.log();
  EXPECT_TRUE(town.town.south.logged("Connection end. Lost carrier.")) << town.town.south.log();
  town.call_next();
  town.expect_that_it_worked();
}

TEST(BadCaller, ALineThatBreaksInTheSignOnLosesNothing) {
  Town town("2400");  // slow enough that the sign-on lasts
  town.north.send("SOUTH/HUB/ANNA", "Subject: after all\n\nthat\n");
  auto south = town.south.start();
  ASSERT_TRUE(eventually([&] { return town.south.logged("Initialization complete. Ready."); }));
  auto north = town.north.start();
  ASSERT_TRUE(eventually([&] { return town.south.logged("Answering call"); })) << town.south.log();
  town.phonenet({"drop", "south"});
  EXPECT_TRUE(eventually([&] { return town.south.logged("Connection end. Lost carrier."); }))
      << town.south.log();
  EXPECT_TRUE(eventually([&] { return town.north.logged("SOUTH/HUB: Call failed: Lost carrier."); }))
      << town.north.log();
  EXPECT_FALSE(town.south.logged("Message transmission start.")) << town.south.log();
  EXPECT_TRUE(eventually([&] { return town.south.mailbox("ANNA").size() == 1; }))
      << town.north.log() << town.south.log();
}

TEST(BadCaller, AWrongPasswordIsNamedAtBothEndsAndTheMailStays) {
  Town town("57600", {}, "another one");
  town.north.send("SOUTH/HUB/ANNA", "Subject: after all\n\nthat\n");
  auto south = town.south.start();
  ASSERT_TRUE(eventually([&] { return town.south.logged("Initialization complete. Ready."); }));
  const auto refused = town.north.command({"call", "SOUTH/HUB"});
  EXPECT_EQ(refused.exit_code, 75) << refused.output;
  EXPECT_EQ(refused.output, "external: call to SOUTH/HUB: Sign-on ID or password incorrect.\n");
  EXPECT_TRUE(town.north.logged(
      "SOUTH/HUB refused us: sign-on ID or password incorrect; Password must be the same at both ends."))
      << town.north.log();
  EXPECT_TRUE(town.south.logged(
      "Caller: Sign-on ID or password incorrect. It called itself NORTH/CLINIC, whose Password "
      "here is another one."))
      << town.south.log();
  EXPECT_EQ(town.north.command({"queue"}).output.find("another one"), std::string::npos);
  for (const auto* office : {&town.north, &town.south})
    EXPECT_FALSE(office->logged("one two")) << office->log();

  auto settings = read_file(town.north.ini());
  settings.replace(settings.find("another one"), 11, "one two");
  town.north.write_settings(settings);
  auto north = town.north.start();
  EXPECT_TRUE(eventually([&] { return town.south.mailbox("ANNA").size() == 1; })) << town.south.log();
}

TEST(BadCaller, APostOfficeThatNobodyKnowsIsRefusedByName) {
  TcpPair pair;
  const auto settings = read_file(pair.south.ini());
  auto stranger = settings;
  stranger.replace(stranger.find("NORTH/CLINIC"), 12, "NORTH/OTHER");
  pair.south.write_settings(stranger);
  pair.north.send("SOUTH/HUB/ANNA", "Subject: after all\n\nthat\n");
  {
    auto south = pair.start_south();
    EXPECT_EQ(pair.north.command({"call", "SOUTH/HUB"}).exit_code, 75);
    EXPECT_TRUE(eventually([&] {
      return pair.south.logged(
          "Caller: Sign-on ID or password incorrect. It called itself NORTH/CLINIC, which is not in "
          "external.ini.");
    })) << pair.south.log();
    pair.south.command({"stop"});
    EXPECT_TRUE(south.wait(std::chrono::seconds(20)));
  }
  pair.south.write_settings(settings);
  auto south = pair.south.start();
  ASSERT_TRUE(eventually([&] { return pair.south.times_logged("Ready.") == 2; }));
  EXPECT_EQ(pair.north.command({"call", "SOUTH/HUB"}).exit_code, 0) << pair.north.log();
  EXPECT_TRUE(eventually([&] { return pair.south.mailbox("ANNA").size() == 1; })) << pair.south.log();
}

TEST(BadCaller, TheWrongNumberIsNamed) {
  TcpPair pair("");
  auto settings = read_file(pair.north.ini());
  settings.replace(settings.find("[PostOffice SOUTH/HUB]"), 22, "[PostOffice SOUTH/OTHER]");
  pair.north.write_settings(settings);
  auto south = pair.start_south();
  EXPECT_EQ(pair.north.command({"call", "SOUTH/OTHER"}).exit_code, 75);
  EXPECT_TRUE(
      pair.north.logged("The post office that answered is not SOUTH/OTHER; check its Phone or Address."))
      << pair.north.log();
}

}  // namespace
}  // namespace external::test::bad_caller_test
