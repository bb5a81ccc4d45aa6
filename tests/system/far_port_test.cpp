// Modems on another machine: RFC 2217 with real control lines, from phonenet itself and through ser2net.

#include "end.h"
#include "tcp_pair.h"

namespace external::test::far_port_test {
namespace {

/// NORTH's modem is reached over the network, SOUTH's by its pseudo terminal.
class FarPortTest : public testing::Test {
 protected:
  explicit FarPortTest(std::vector<std::string> exchange = {}) : town("57600", std::move(exchange)) {}

  void reach_north_by(const std::string& port) {
    town.north.change_settings("AsyncCommPort = " + town.port("north").string(), "AsyncCommPort = " + port);
  }

  void expect_mail_passes() {
    ASSERT_TRUE(south.start_and_initialise());
    ASSERT_TRUE(north.start_and_initialise()) << north.log();
    for (std::size_t call = 1; call <= 2; ++call) {
      ASSERT_EQ(town.north.send("SOUTH/HUB/ANNA", random_text(3000, 7)).exit_code, 0);
      ASSERT_TRUE(eventually([&] { return town.south.mailbox("ANNA").size() == call; })) << north.log();
    }
  }

  Town town;
  End north{town, "north"};
  End south{town, "south"};
};

class Rfc2217Test : public FarPortTest {
 protected:
  Rfc2217Test() : Rfc2217Test(HeldPort()) {}
  explicit Rfc2217Test(HeldPort port)
      : FarPortTest({"--rfc2217", "north=" + port.address().substr(port.address().rfind(':') + 1)}),
        address(port.address()),
        held(std::move(port)) {
    reach_north_by("rfc2217://" + address);
  }
  std::string address;
  HeldPort held;
};

TEST_F(Rfc2217Test, CallsAndLeavesDtrLow) {
  expect_mail_passes();
  // A hang-up may still hold DTR low for a moment.
  EXPECT_TRUE(eventually([&] { return town.stat("north", "dtr") == "true"; }));
  north.process().signal(SIGTERM);
  const auto ended = north.process().wait(stop_limit);
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->exit_code, 0);
  EXPECT_TRUE(eventually([&] { return town.stat("north", "dtr") == "false"; }));
}

TEST_F(Rfc2217Test, AModemThatLosesItsPowerIsSaidToBeOffAndTakenUpAgain) {
  ASSERT_TRUE(north.start_and_initialise());
  town.phonenet({"power-off", "north"});
  ASSERT_TRUE(north.eventually_logged("is off or its cable is out (DSR is low)")) << north.log();
  EXPECT_NE(town.north.command({"status"}).output.find("is off or its cable is out"), std::string::npos);
  town.phonenet({"power-on", "north"});
  EXPECT_TRUE(eventually([&] { return town.north.times_logged("Initialization complete. Ready.") == 2; }))
      << north.log();
}

/// ser2net in front of phonenet's pseudo terminal.
class Ser2netTest : public FarPortTest {
 protected:
  Ser2netTest() {
    write_file(town.folder / "ser2net.yaml",
               "connection: &modem\n  accepter: telnet(rfc2217),tcp,127.0.0.1," +
                   port.address().substr(port.address().rfind(':') + 1) + "\n  connector: serialdev," +
                   town.port("north").string() + ",57600n81,local\n");
    reach_north_by("rfc2217://" + port.address());
    server.emplace(
        std::vector<std::string>{"/usr/sbin/ser2net", "-n", "-d", "-c", town.folder / "ser2net.yaml"},
        town.folder / "ser2net.out");
  }
  HeldPort port;
  std::optional<Process> server;
};

TEST_F(Ser2netTest, CallsThroughIt) {
  expect_mail_passes();
  // The server goes and comes back; so does the line.
  server.reset();
  ASSERT_TRUE(north.eventually_logged("is gone")) << north.log();
  server.emplace(
      std::vector<std::string>{"/usr/sbin/ser2net", "-n", "-d", "-c", town.folder / "ser2net.yaml"},
      town.folder / "ser2net.out");
  EXPECT_TRUE(eventually([&] { return town.north.times_logged("Initialization complete. Ready.") == 2; }))
      << north.log();
}

}  // namespace
}  // namespace external::test::far_port_test
