#include "notify_socket.h"

#include <external/service/notify.h>

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>

#include <unistd.h>

namespace external::service::notify_test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::MatchesRegex;

void expect_all_states(const std::string& name) {
  test::NotifySocket manager(name);
  Notifier notifier(name);
  EXPECT_TRUE(notifier.has_manager());
  EXPECT_TRUE(notifier.extend(30s));
  EXPECT_TRUE(notifier.ready());
  EXPECT_TRUE(notifier.status("2 lines,\nidle"));
  EXPECT_TRUE(notifier.alive());
  EXPECT_TRUE(notifier.reloading());
  EXPECT_TRUE(notifier.ready());
  EXPECT_TRUE(notifier.stopping(1500ms));
  EXPECT_THAT(manager.heard(), ElementsAre("EXTEND_TIMEOUT_USEC=30000000", "READY=1", "STATUS=2 lines,^Jidle",
                                           "WATCHDOG=1", MatchesRegex("RELOADING=1\nMONOTONIC_USEC=[0-9]+"),
                                           "READY=1", "STOPPING=1\nEXTEND_TIMEOUT_USEC=1500000"));
}

TEST(Notifier, TellsASocketWithAPath) {
  std::string folder = testing::TempDir() + "notify-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  expect_all_states(folder + "/socket");
  std::filesystem::remove_all(folder);
}

TEST(Notifier, TellsAnAbstractSocket) {
  expect_all_states("@external-notify-test-" + std::to_string(::getpid()));
}

TEST(Notifier, DoesNothingWithoutAManager) {
  EXPECT_FALSE(Notifier("").has_manager());
  EXPECT_FALSE(Notifier("").ready());
  EXPECT_FALSE(Notifier("relative").ready());
  EXPECT_FALSE(Notifier("/" + std::string(500, 'x')).ready());
  EXPECT_FALSE(Notifier("/nowhere/at/all").ready());
}

}  // namespace
}  // namespace external::service::notify_test
