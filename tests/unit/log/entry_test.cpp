#include <external/log/entry.h>

#include <gtest/gtest.h>

#include <cstdlib>

namespace external::log {
namespace {

using namespace std::chrono;

const WallTime evening = sys_days{year{2026} / 1 / 31} + 23h + 52min + 59s;

class Entry : public testing::Test {
 protected:
  void SetUp() override { use_zone("UTC0"); }

  static void use_zone(const char* zone) {
    ::setenv("TZ", zone, 1);
    ::tzset();
  }
};

TEST_F(Entry, HasTheInstanceInTenColumnsThenDateTimeAndText) {
  EXPECT_EQ(format_entry("Modem1", evening, "Answering call"), "Modem1     01-31-2026 23:52 Answering call");
}

TEST_F(Entry, NeverCutsALongInstanceName) {
  EXPECT_EQ(format_entry("SatelliteModem", evening, "x"), "SatelliteModem 01-31-2026 23:52 x");
}

TEST_F(Entry, StartsWithTheDateWithoutAnInstance) {
  EXPECT_EQ(format_entry("", evening, "External ended."), "01-31-2026 23:52 External ended.");
}

TEST_F(Entry, IsOneLineWhateverTheTextHolds) {
  EXPECT_EQ(format_entry("A\nB", evening, "IN: \r\nOK\x1b"), "A^JB       01-31-2026 23:52 IN: ^M^JOK^[");
}

TEST_F(Entry, ShowsLocalTimeAndFourDigitsOfTheYear) {
  use_zone("EAST-3");
  EXPECT_EQ(format_entry("", evening, "x"), "02-01-2026 02:52 x");
}

}  // namespace
}  // namespace external::log
