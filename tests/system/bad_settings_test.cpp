// Settings that are wrong, ports that are not to be had: one line each, with the cause and the cure.

#include "tcp_pair.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace external::test::bad_settings_test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

/// A post office whose external.ini may be spoiled.
class BadSettings : public testing::Test {
 protected:
  BadSettings() : office(folder, "NORTH/CLINIC", "north", "[External-Lan]\nCommType = Tcp\n") {}

  /// `external run` must end at once, with this exit code and one line.
  void expect_refusal(int exit_code, const std::string& line) const {
    const auto ran = office.command({"run", "--service"});
    EXPECT_EQ(ran.exit_code, exit_code);
    EXPECT_EQ(ran.output, line + "\n");
  }

  std::string refusal(int exit_code) const {
    const auto ran = office.command({"run", "--service"});
    EXPECT_EQ(ran.exit_code, exit_code);
    EXPECT_EQ(std::count(ran.output.begin(), ran.output.end(), '\n'), 1) << ran.output;
    return ran.output;
  }

  void spoil(const std::string& more) const { office.write_settings(read_file(office.ini()) + more); }

  TempFolder folder;
  PostOffice office;
};

TEST_F(BadSettings, AnAbsentFileIsNamed) {
  std::filesystem::remove(office.ini());
  expect_refusal(78, "external: " + office.ini() + ": error: there is no such file, but --config names it");
}

TEST_F(BadSettings, AFolderInItsPlaceIsNamed) {
  std::filesystem::remove(office.ini());
  std::filesystem::create_directory(office.ini());
  expect_refusal(78, "external: " + office.ini() +
                         ": error: cannot be read: not a regular file; name another with --config FILE");
}

TEST_F(BadSettings, AFileThatMayNotBeReadIsNamed) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  std::filesystem::permissions(office.ini(), std::filesystem::perms::none);
  expect_refusal(78, "external: " + office.ini() +
                         ": error: cannot be read: Permission denied; name another with --config FILE");
}

TEST_F(BadSettings, APasswordThatOthersCanReadIsRefused) {
  spoil("[PostOffice SOUTH/HUB]\nAddress = 127.0.0.1:1\nPassword = secret\n");
  std::filesystem::permissions(office.ini(), std::filesystem::perms::group_read,
                               std::filesystem::perm_options::add);
  expect_refusal(78, "external: " + office.ini() +
                         ": error: it holds a password and other users can read it; run: chmod 600 " +
                         office.ini());
}

TEST_F(BadSettings, AnUnknownSettingIsNamedWithTheNearestKnownOne) {
  spoil("Lissen = 127.0.0.1:1\n");
  expect_refusal(78,
                 "external: " + office.ini() + ":6: error: unknown setting 'Lissen'; did you mean Listen?");
}

TEST_F(BadSettings, AnUnknownValueIsNamedWithThoseThereAre) {
  spoil("DialMode = X\n");
  expect_refusal(78, "external: " + office.ini() + ":6: error: DialMode = X: expected T or P");
}

TEST_F(BadSettings, AScriptThatIsNotThereIsNamed) {
  spoil("CommDisable = yes\n[External-Modem1]\nAsyncCommPort = /dev/null\nCommScript = ABSENT\n");
  expect_refusal(
      78, "external: modem script ABSENT.MDM not found; put it beside external.ini or correct CommScript");
}

TEST_F(BadSettings, AScriptWithAnErrorIsShownWithItsPlace) {
  spoil("CommDisable = yes\n[External-Modem1]\nAsyncCommPort = /dev/null\nCommScript = BROKEN\n");
  const auto script = office.path() / "BROKEN.MDM";
  write_file(script, "INITIALIZE:\n    sendln \"AT\"\n    goto nowhere\n");
  const auto shown = refusal(78);
  EXPECT_THAT(shown, StartsWith("external: " + script.string() + ":3:10: error: "));
  EXPECT_THAT(shown, HasSubstr("nowhere"));
}

TEST_F(BadSettings, TwoOfThemOnOneFolderDoNotGo) {
  auto first = office.start();
  ASSERT_TRUE(eventually([&] { return office.logged("started for NORTH/CLINIC"); }));
  expect_refusal(69, "external: Cannot listen for commands at " + (office.path() / "control.sock").string() +
                         ": another External is running here; stop it first (external stop)");
  EXPECT_TRUE(first.running());
  EXPECT_EQ(office.times_logged("started for NORTH/CLINIC"), 1) << office.log();
}

/// A modem on an exchange, reached by a port of another name.
struct ModemElsewhere {
  ModemElsewhere() {
    settings = read_file(town.north.ini());
    settings.replace(settings.find(town.port("north").string()), town.port("north").string().size(),
                     port.string());
    town.north.write_settings(settings);
  }
  Town town;
  std::filesystem::path port = town.folder / "port";
  std::string settings;
};

TEST(BadPort, OneThatIsNotThereIsAwaited) {
  ModemElsewhere modem;
  const auto& north = modem.town.north;
  auto running = north.start();
  EXPECT_TRUE(eventually([&] {
    return north.logged("Port " + modem.port.string() +
                        " is absent; plug the modem in, or correct AsyncCommPort");
  })) << north.log();
  std::filesystem::create_symlink(modem.town.port("north"), modem.port);
  EXPECT_TRUE(eventually([&] { return north.logged("Initialization complete. Ready."); })) << north.log();
  EXPECT_EQ(north.times_logged("is absent"), 1) << north.log();
}

TEST(BadPort, OneThatIsNoSerialPortIsNamed) {
  ModemElsewhere modem;
  const auto& north = modem.town.north;
  write_file(modem.port, "no port\n");
  auto running = north.start();
  EXPECT_TRUE(eventually([&] {
    return north.logged("Port " + modem.port.string() +
                        " cannot be opened: not a serial port; correct AsyncCommPort.");
  })) << north.log();
  EXPECT_EQ(read_file(modem.port), "no port\n");
}

TEST(BadPort, OneThatAnotherProgramHoldsIsAwaited) {
  Town town;
  auto device = std::filesystem::canonical(town.port("north")).string().substr(5);
  std::replace(device.begin(), device.end(), '/', '_');
  const auto lock = town.folder / "locks" / ("LCK.." + device);
  char holder[16];
  std::snprintf(holder, sizeof holder, "%10d\n", static_cast<int>(::getpid()));
  write_file(lock, holder);
  auto running = town.north.start();
  EXPECT_TRUE(eventually([&] {
    return town.north.logged("is held by test_system (process " + std::to_string(::getpid()) +
                             "), running since ");
  })) << town.north.log();
  EXPECT_EQ(read_file(lock), holder);
  std::filesystem::remove(lock);
  EXPECT_TRUE(eventually([&] { return town.north.logged("Initialization complete. Ready."); }))
      << town.north.log();
}

}  // namespace
}  // namespace external::test::bad_settings_test
