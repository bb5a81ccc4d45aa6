#include "support.h"

namespace external::commands::udev_rules_test {
namespace {

using test::PostOffice;

TEST(UdevRules, NameThePortsOfThisComputer) {
  PostOffice office(
      "[External-A]\nAsyncCommPort = /dev/ttyUSB0\n[External-B]\nAsyncCommPort = "
      "/dev/serial/by-id/usb-Vendor_Modem-if00\n"
      "[External-C]\nAsyncCommPort = rfc2217://pool:4000\n[External-D]\nCommType = Tcp\nListen = "
      "127.0.0.1:4001\n"
      "[External-E]\nAsyncCommPort = /dev/modem\n[External-F]\nAsyncCommPort = /dev/modem\nCommDisable = "
      "yes\n");
  const auto used = office.use({"udev-rules"});
  EXPECT_EQ(used.out, "# Ports of NORTH/CLINIC that ModemManager is to leave alone; from " + office.config() +
                          "\n" +
                          R"(ACTION!="remove", SUBSYSTEM=="tty", SYMLINK=="modem", ENV{ID_MM_PORT_IGNORE}="1"
ACTION!="remove", SUBSYSTEM=="tty", SYMLINK=="serial/by-id/usb-Vendor_Modem-if00", ENV{ID_MM_PORT_IGNORE}="1"
ACTION!="remove", SUBSYSTEM=="tty", KERNEL=="ttyUSB0", ENV{ID_MM_PORT_IGNORE}="1"
)");
  EXPECT_EQ(used.exit, Exit::ok) << used.err;
}

TEST(UdevRules, RefuseANameThatMeansSomethingInARule) {
  PostOffice office("[External-A]\nAsyncCommPort = /dev/tty*\n");
  const auto used = office.use({"udev-rules"});
  EXPECT_EQ(used.exit, Exit::config);
  EXPECT_THAT(used.err, testing::HasSubstr("AsyncCommPort of A, /dev/tty*, cannot be named in a rule"));
}

}  // namespace
}  // namespace external::commands::udev_rules_test
