// Whether a borrower has a call.

#include "../../../src/sharing/call_watch.h"

#include <gtest/gtest.h>

namespace external::sharing::call_watch_test {
namespace {

class Watch : public testing::Test {
 protected:
  void client(std::string_view text) { watch.to_modem(as_bytes(text)); }
  bool modem(std::string_view text) { return watch.from_modem(as_bytes(text)); }

  CallWatch watch;
};

TEST_F(Watch, RingsBetweenCallsAreSeen) {
  client("ATZ\r");
  EXPECT_FALSE(modem("ATZ\r\r\nOK\r\n"));
  EXPECT_FALSE(modem("\r\nRI"));
  EXPECT_TRUE(modem("NG\r\n"));
  EXPECT_FALSE(modem("2\r"));  // what it was asked for, for example
  client("ATV0\r");
  EXPECT_TRUE(modem("2\r"));
  EXPECT_FALSE(watch.in_call());
}

TEST_F(Watch, FromDialToTheEndOfTheCallNothingRings) {
  client("atdt 555-0001\r");
  EXPECT_TRUE(watch.in_call());
  EXPECT_FALSE(modem("\r\nRING\r\n"));  // from the other end, as some modems tell it
  EXPECT_FALSE(modem("\r\nCONNECT 9600\r\n"));
  EXPECT_FALSE(modem("login: \r\nRING\r\nOK\r\n"));
  EXPECT_TRUE(watch.in_call());
  EXPECT_FALSE(modem("\r\nNO CARRIER\r\n"));
  EXPECT_FALSE(watch.in_call());
  EXPECT_TRUE(modem("\r\nRING\r\n"));
}

TEST_F(Watch, CallsThatFailAreOver) {
  for (const std::string_view result : {"BUSY", "NO CARRIER", "NO ANSWER", "NO DIALTONE", "ERROR", "7"}) {
    client("ATDT1\r");
    EXPECT_TRUE(watch.in_call());
    modem(result);
    modem("\r\n");
    EXPECT_FALSE(watch.in_call()) << result;
  }
}

TEST_F(Watch, AnsweringIsACall) {
  EXPECT_TRUE(modem("RING\r\n"));
  client("ATA\r");
  EXPECT_TRUE(watch.in_call());
}

TEST_F(Watch, CommandsThatOnlyLookLikeDialling) {
  client("AT&D2&A1\\A3%A0\r");
  EXPECT_FALSE(watch.in_call());
}

TEST_F(Watch, TheCarrierLineKnowsBetter) {
  watch.carrier(false);
  client("ATDT1\r");
  modem("CONNECT\r\n");
  watch.carrier(true);
  EXPECT_FALSE(modem("\r\nNO CARRIER\r\nRING\r\n"));  // in somebody's mail
  EXPECT_TRUE(watch.in_call());
  watch.carrier(false);
  EXPECT_FALSE(watch.in_call());
}

TEST_F(Watch, ACarrierThatIsAlwaysThereMeansNothing) {
  watch.carrier(true);
  EXPECT_FALSE(watch.in_call());
  EXPECT_TRUE(modem("\r\nRING\r\n"));
}

TEST_F(Watch, LinesWithoutEndCostNoMemory) {
  for (int i = 0; i < 1000; ++i) client("garbage garbage garbage garbage");
  client("\rATD1\r");
  EXPECT_TRUE(watch.in_call());
}

}  // namespace
}  // namespace external::sharing::call_watch_test
