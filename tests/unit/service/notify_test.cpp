#include <external/base/descriptor.h>
#include <external/service/notify.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <filesystem>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace external::service {
namespace {

// A manager's end of the notification socket.
class Manager {
 public:
  explicit Manager(const std::string& name)
      : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(name.begin(), name.end(), address.sun_path);
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0)
      throw std::runtime_error(name);
  }

  std::string heard() {
    char text[512];
    const auto length = ::recv(socket_.get(), text, sizeof text, 0);
    return length < 0 ? "nothing" : std::string(text, static_cast<std::size_t>(length));
  }

 private:
  Descriptor socket_;
};

void expect_all_states(const std::string& name) {
  Manager manager(name);
  Notifier notifier(name);
  EXPECT_TRUE(notifier.ready());
  EXPECT_EQ(manager.heard(), "READY=1");
  EXPECT_TRUE(notifier.status("2 lines,\nidle"));
  EXPECT_EQ(manager.heard(), "STATUS=2 lines,^Jidle");
  EXPECT_TRUE(notifier.stopping());
  EXPECT_EQ(manager.heard(), "STOPPING=1");
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
  EXPECT_FALSE(Notifier("").ready());
  EXPECT_FALSE(Notifier("relative").ready());
  EXPECT_FALSE(Notifier("/" + std::string(500, 'x')).ready());
  EXPECT_FALSE(Notifier("/nowhere/at/all").ready());
}

}  // namespace
}  // namespace external::service
