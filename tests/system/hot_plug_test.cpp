// Adapters that are pulled out and plugged in again, while External runs: behind the same link stands another
// device then.

#include "end.h"
#include "stranger.h"

#include <cstdlib>

namespace external::test::hot_plug_test {
namespace {

/// The exchange rings this long after somebody has dialled.
class HotPlugTest : public testing::TestWithParam<std::string> {
 protected:
  HotPlugTest() {
    // As udev does it: a link of its own to whatever number the adapter got.
    std::filesystem::create_symlink(town.port("north"), by_id);
    town.north.change_settings(town.port("north").string(), by_id.string());
  }

  Town town{"57600", {"--ring-delay", GetParam(), "--connect-time", "200ms"}};
  std::filesystem::path by_id = town.folder / "usb-Modem-port0";
  End north{town, "north"};
};

TEST_P(HotPlugTest, ACallRightAfterTheReturnIsAnswered) {
  ASSERT_TRUE(north.start_and_initialise());
  Stranger caller(town.port("south"));
  std::vector<Descriptor> others;
  for (int round = 0; round < 2; ++round) {
    const auto before = std::filesystem::canonical(by_id);
    const auto answered = town.north.times_logged("Answering call");
    town.phonenet({"unplug", "north"});
    ASSERT_TRUE(eventually([&] { return town.north.times_logged("waiting for its return") == round + 1; }))
        << north.log();
    // Others take the number it had.
    for (int i = 0; i < 4; ++i) others.emplace_back(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    town.phonenet({"plug", "north"});
    ASSERT_NE(std::filesystem::canonical(by_id), before);
    ASSERT_TRUE(caller.dials("5550001")) << north.log();
    EXPECT_TRUE(eventually([&] { return town.north.times_logged("Answering call") > answered; }))
        << north.log();
    town.phonenet({"drop", "south"});
    EXPECT_TRUE(eventually([&] { return town.north.times_logged("-- Closing connection --") == round + 1; }))
        << north.log();
    caller.forget();
  }
  north.process().signal(SIGTERM);
  north.expect_clean_end();
}

std::string name_of(const testing::TestParamInfo<std::string>& delay) {
  return "RingAfter" + delay.param;
}

INSTANTIATE_TEST_SUITE_P(Delays, HotPlugTest, testing::Values("100ms", "1000ms", "3000ms"), name_of);

}  // namespace
}  // namespace external::test::hot_plug_test
