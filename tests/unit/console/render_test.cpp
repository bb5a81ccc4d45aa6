#include <external/console/render.h>

#include <gmock/gmock.h>

#include <cstdlib>
#include <ctime>

namespace external::console {
namespace {

using namespace std::chrono;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

const WallTime noon = sys_days{year{2026} / 1 / 31} + 12h;

class Render : public testing::Test {
 protected:
  void SetUp() override {
    ::setenv("TZ", "UTC0", 1);
    ::tzset();
    status_.version = "0.1.0";
    status_.home = "NORTH/CLINIC";
    status_.now = noon;
    auto& modem = status_.lines.emplace_back();
    modem.instance = "Modem1";
    modem.state = "CONNECTED";
    modem.since = noon - 90s;
    modem.peer = "SOUTH/HUB";
    modem.speed = 57600;
    modem.bytes_sent = 40'000;
    modem.bytes_received = 5'000;
    modem.bytes_total = 90'000;
    modem.messages_done = 1;
    modem.messages_total = 4;
    modem.efficiency = 0.957;
    auto& lan = status_.lines.emplace_back();
    lan.instance = "Lan";
    lan.state = "LISTENING";
    lan.since = noon - 26h;
    lan.port = "127.0.0.1:2666";
    lan.detail = "The last caller gave a wrong password.";
    status_.queue.push_back({"SOUTH/HUB", 3, 12345, noon - 2h - 5min, noon + 40min, "No answer"});
    status_.recent = {"log 1", "log 2", "log 3"};
  }

  control::Status status_;
};

TEST_F(Render, ShowsEverythingOnAnOrdinaryTerminal) {
  const std::vector<std::string> expected{
      "External 0.1.0  NORTH/CLINIC                                 01-31-2026 12:00:00",
      "",
      "LINE       STATE           FOR      CALL",
      "Modem1     CONNECTED       1m30s    SOUTH/HUB at 57600 bps, efficiency 96 %",
      "           [###########...........] 1/4 messages  45,000/90,000 bytes  1:30 left",
      "Lan        LISTENING       1d02h    127.0.0.1:2666",
      "           The last caller gave a wrong password.",
      "",
      "WAITING FOR            ITEMS          BYTES  OLDEST   NEXT TRY  LAST ERROR",
      "SOUTH/HUB                  3         12,345  2h05m    12:40     No answer",
      "",
      "log 1",
      "log 2",
      "log 3",
  };
  auto lines = render(status_, 80, 24);
  ASSERT_EQ(lines.size(), 24u);
  lines.resize(expected.size());
  EXPECT_THAT(lines, testing::Pointwise(testing::Eq(), expected));
}

TEST_F(Render, FitsIntoAnyTerminal) {
  for (std::size_t height = 0; height < 40; ++height) {
    for (std::size_t width = 0; width < 100; width += 7) {
      const auto lines = render(status_, width, height);
      ASSERT_EQ(lines.size(), height);
      EXPECT_THAT(lines, Each(SizeIs(testing::Le(width))));
    }
  }
}

TEST_F(Render, KeepsTheNewestOfTheLog) {
  status_.recent.clear();
  for (int i = 0; i < 200; ++i) status_.recent.push_back("log " + std::to_string(i));
  EXPECT_EQ(render(status_, 80, 24).back(), "log 199");
  EXPECT_THAT(render(status_, 80, 24), Not(Contains("log 0")));
}

TEST_F(Render, SaysThatThereAreMoreLinesThanFit) {
  for (int i = 0; i < 30; ++i) status_.lines.push_back(status_.lines.back());
  const auto lines = render(status_, 80, 24);
  EXPECT_THAT(lines, Contains("... there is more: external status"));
  EXPECT_THAT(lines, Contains(HasSubstr("SOUTH/HUB                  3")));
  EXPECT_THAT(lines, Contains("log 3"));
}

TEST_F(Render, LetsNoNameReachTheTerminalAsAControlSequence) {
  status_.lines[0].instance = "Evil\x1b[2J";
  status_.recent.emplace_back("bell \a and \xC3\xA9");
  for (const auto& line : render(status_, 80, 24)) {
    for (const char c : line) EXPECT_TRUE(c >= ' ' && c <= '~') << line;
  }
}

TEST_F(Render, SaysWhenAnAttemptIsDueOrNotPlanned) {
  status_.queue[0].next_attempt = noon;
  EXPECT_THAT(render(status_, 80, 24), Contains(HasSubstr("2h05m    now ")));
  status_.queue[0].next_attempt.reset();
  EXPECT_THAT(render(status_, 80, 24), Contains(HasSubstr("2h05m    - ")));
}

TEST_F(Render, SaysThatNothingWaits) {
  status_.queue.clear();
  EXPECT_THAT(render(status_, 80, 24), Contains("No mail is waiting."));
}

}  // namespace
}  // namespace external::console
