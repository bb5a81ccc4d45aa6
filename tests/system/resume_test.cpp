// A call that breaks in the middle of a message costs what was on the line at that moment, and no more:
// dropped by the line, or ended by kill -9 at either end, in both directions at once.

#include "line_count.h"

#include <regex>

namespace external::test::resume_test {
namespace {

using testing::ElementsAre;
using testing::EndsWith;

struct Breaks {
  std::string name;
  std::string rate;
  std::size_t mail = 0;             ///< bytes of the message in each direction
  std::vector<std::string> by;      ///< "drop", or the end that is killed
  std::uint64_t most_again = 4096;  ///< bytes that each end sends twice for each break

  friend void PrintTo(const Breaks& value, std::ostream* out) { *out << value.name; }
};

/// Bytes that each end needs in a call beside mail: to sign on, offer, acknowledge and hang up.
constexpr std::uint64_t most_beside_mail = 600;

class ResumeTest : public testing::TestWithParam<Breaks> {
 protected:
  ResumeTest() {
    for (const auto* office : {&town.north, &town.south}) {
      office->change_settings("RetryInterval = 5s", "RetryInterval = 1s");
      office->change_settings("Route = Direct", "Route = Direct\nRetries = 255\nUndialableAfter = 0");
    }
  }

  void break_call(const std::string& by) {
    if (by == "drop") {
      ASSERT_EQ(town.phonenet({"drop", "north"}).exit_code, 0);
      return;
    }
    End& killed = by == "north" ? north : south;
    killed.kill();
    killed.start();
  }

  /// Bytes on the line at break number `i`: somewhere in the second half, so that much would go twice.
  std::uint64_t moment(std::size_t i) {
    const auto half = GetParam().mail / 2;
    const auto length = half / GetParam().by.size();
    return half + i * length + length / 4 + random() % (length / 2);
  }

  /// Bytes at most that an end repeated inside its calls: on a busy computer an acknowledgement may be late.
  std::uint64_t repeated_by(const PostOffice& office) const {
    constexpr std::uint64_t largest_frame = 4096;
    const auto log = office.log();
    const std::regex count(", ([0-9]+) frames repeated");
    std::uint64_t frames = 0;
    for (std::sregex_iterator found(log.begin(), log.end(), count), end; found != end; ++found)
      frames += std::stoull((*found)[1]);
    return frames * std::min<std::uint64_t>(largest_frame, std::stoull(rate) / 20);
  }

  const std::string rate = GetParam().rate;
  // What was on its way into the modem when the line broke is read as commands: it may dial, or answer. So
  // that this ends soon it waits 3 s for a carrier, and not 50.
  Town town{rate,
            {"--latency", "50ms", "--ring-delay", "100ms", "--connect-time", "200ms", "--modem", "north=S7=3",
             "--modem", "south=S7=3"}};
  End north{town, "north"};
  End south{town, "south"};
  std::mt19937 random{2026};
};

TEST_P(ResumeTest, SendsAgainWhatWasOnTheLineAndNoMore) {
  const auto& breaks = GetParam();
  const auto up = random_bytes(breaks.mail, 1);
  const auto down = random_bytes(breaks.mail, 2);
  ASSERT_EQ(town.north.send("SOUTH/HUB/ANNA", up).exit_code, 0);
  ASSERT_EQ(town.south.send("NORTH/CLINIC/ANNA", down).exit_code, 0);
  ASSERT_TRUE(south.start_and_initialise());
  const LineCount from_north(town, "north");
  const LineCount from_south(town, "south");
  north.start();
  for (std::size_t i = 0; i < breaks.by.size(); ++i) {
    ASSERT_TRUE(from_north.eventually_reaches(moment(i))) << north.log();
    break_call(breaks.by[i]);
  }
  EXPECT_TRUE(north.eventually_queues_nothing()) << north.log() << south.log();
  EXPECT_TRUE(south.eventually_queues_nothing()) << north.log() << south.log();
  EXPECT_THAT(town.south.mailbox("ANNA"), ElementsAre(EndsWith(up)));
  EXPECT_THAT(town.north.mailbox("ANNA"), ElementsAre(EndsWith(down)));
  const auto calls = breaks.by.size() + 1;
  const auto limit = breaks.mail + breaks.by.size() * breaks.most_again + calls * most_beside_mail;
  EXPECT_LT(from_north.bytes(), limit + repeated_by(town.north)) << town.north.log();
  EXPECT_LT(from_south.bytes(), limit + repeated_by(town.south)) << town.south.log();
}

INSTANTIATE_TEST_SUITE_P(Calls, ResumeTest,
                         testing::Values(Breaks{"Dropped", "57600", 20'000, {"drop", "drop"}},
                                         Breaks{"CallerKilled", "57600", 20'000, {"north"}},
                                         Breaks{"AnswererKilled", "57600", 20'000, {"south"}},
                                         Breaks{"Long", "460800", 300'000, {"drop"}, 8 * 4096}),
                         [](const auto& breaks) { return breaks.param.name; });

}  // namespace
}  // namespace external::test::resume_test
