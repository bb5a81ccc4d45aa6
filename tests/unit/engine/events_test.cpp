#include "../../../src/engine/event_desk.h"
#include "../../../src/engine/event_watch.h"
#include "../../../src/engine/line_words.h"
#include "../../../src/engine/recovery.h"
#include "run.h"

#include <gmock/gmock.h>

namespace external::engine::events_test {
namespace {

using namespace std::chrono_literals;
using namespace ::testing;
using enum LineState;

std::vector<std::string> events_of(const std::vector<LineState>& states) {
  EventWatch watch;
  std::vector<std::string> names;
  for (const auto state : states) {
    if (const auto name = watch.enter(state)) names.emplace_back(*name);
  }
  return names;
}

TEST(EventWatch, TellsTroubleOnceAndItsEndOnce) {
  EXPECT_THAT(events_of({initialising, listening, dialling, connected, listening}), IsEmpty());
  EXPECT_THAT(events_of({absent, absent, initialising, listening, listening}),
              ElementsAre("absent", "returned"));
  EXPECT_THAT(events_of({lock_wait, listening}), ElementsAre("locked", "returned"));
  EXPECT_THAT(events_of({disabled, initialising, listening}), ElementsAre("disabled", "returned"));
  EXPECT_THAT(events_of({stopped}), IsEmpty());
}

TEST(EventWatch, AWedgedModemIsWedgedUntilItIsReady) {
  EXPECT_THAT(events_of({modem_wait, initialising, modem_wait, initialising, wedged, initialising, wedged,
                         modem_wait, initialising, listening}),
              ElementsAre("waiting", "wedged", "recovered"));
  EXPECT_THAT(events_of({wedged, absent, initialising, listening}),
              ElementsAre("wedged", "absent", "returned"));
}

TEST(Recovery, PowerIsCycledEverMoreRarely) {
  std::vector<unsigned> due;
  for (unsigned failures = 0; failures < 50; ++failures) {
    if (power_is_due(failures)) due.push_back(failures);
  }
  EXPECT_THAT(due, ElementsAre(3, 6, 12, 24, 48));
}

TEST(LineWords, SayWhatALineIsReadyFor) {
  config::Instance modem;
  EXPECT_EQ(ready_words(modem, true, ""), "Ready: answers at the first ring, dials when a call is due.");
  modem.number_of_rings = 3;
  modem.comm_in_only = true;
  EXPECT_EQ(ready_words(modem, true, ""), "Ready: answers after 3 rings, does not dial.");
  modem.comm_in_only = false;
  modem.comm_out_only = true;
  EXPECT_EQ(ready_words(modem, true, "S/H: 1 message sent, 0 received"),
            "Ready: does not answer, dials when a call is due. Last call: S/H: 1 message sent, 0 received.");
  config::Instance lan;
  lan.comm_type = config::CommType::tcp;
  EXPECT_EQ(ready_words(lan, true, ""), "Ready: does not answer, dials when a call is due.");
  lan.listen = config::HostPort{"", "1"};
  EXPECT_EQ(ready_words(lan, true, ""), "Ready: answers, dials when a call is due.");
  EXPECT_EQ(ready_words(lan, false, ""), "Ready: does not answer, dials when a call is due.");
}

struct Lines final : log::Log {
  void write(std::string_view, std::string_view text) override { lines.emplace_back(text); }
  std::vector<std::string> lines;
};

struct DeskTest : Test, external::test::VirtualWorld {
  DeskTest() {
    asio::co_spawn(io, desk.run(stop), [this](const std::exception_ptr&) { ended = true; });
  }
  ~DeskTest() override {
    stop.set();
    clock.run_until([this] { return ended; }, 1min);
  }

  static LineEvent event(const std::string& name) {
    return {name, "Modem1", "/dev/a", LineState::wedged, "It does not answer."};
  }

  Lines log;
  std::vector<std::string> told;
  Duration takes{};
  outlet::HelperEnd answer{true, {}};
  Event stop{io.get_executor()};
  bool ended = false;
  EventDesk desk{io.get_executor(),
                 log,
                 {"/bin/tell", "me"},
                 [this](std::vector<std::string> command, outlet::Environment environment,
                        Duration limit) -> Task<outlet::HelperEnd> {
                   EXPECT_EQ(limit, 60s);
                   std::string text = command.at(1);
                   for (const auto& [name, value] : environment) text += " " + name + "=" + value;
                   told.push_back(std::move(text));
                   if (takes > Duration::zero()) co_await clock.wait_for(takes);
                   co_return answer;
                 }};
};

TEST_F(DeskTest, GivesTheCommandWhatItNeedsToKnow) {
  desk.raise(event("wedged"));
  clock.advance(1s);
  EXPECT_THAT(told, ElementsAre("me EXTERNAL_EVENT=wedged EXTERNAL_INSTANCE=Modem1 EXTERNAL_PORT=/dev/a "
                                "EXTERNAL_STATE=WEDGED EXTERNAL_TEXT=It does not answer."));
  EXPECT_THAT(log.lines, IsEmpty());
}

TEST_F(DeskTest, SaysWhenTheCommandFails) {
  answer = {false, "it ended with exit code 3"};
  desk.raise(event("wedged"));
  clock.advance(1s);
  EXPECT_THAT(log.lines, ElementsAre("EventCommand /bin/tell failed for 'wedged': it ended with exit code 3; "
                                     "run it by hand to see why."));
}

TEST_F(DeskTest, RunsOneAfterTheOtherAndLeavesOutWhatIsTooMuch) {
  takes = 10s;
  for (int i = 0; i < 40; ++i) {
    desk.raise(event("e" + std::to_string(i)));
    clock.advance(1ms);
  }
  EXPECT_EQ(told.size(), 1u);
  EXPECT_EQ(log.lines.size(), 7u) << "one runs, 32 wait";
  EXPECT_THAT(log.lines.front(),
              HasSubstr("EventCommand does not keep up: 32 events wait for it, 'e33' is left out"));
  clock.advance(10min);
  EXPECT_EQ(told.size(), 33u);
}

TEST_F(DeskTest, TellsFollowersWhileTheyAreThere) {
  std::vector<std::string> heard;
  auto following = desk.follow([&](const LineEvent& one) { heard.push_back(one.name); });
  desk.raise(event("absent"));
  following.reset();
  desk.raise(event("returned"));
  EXPECT_THAT(heard, ElementsAre("absent"));
}

}  // namespace
}  // namespace external::engine::events_test
