#include <external/base/descriptor.h>
#include <external/service/secret.h>

#include <gmock/gmock.h>

#include <array>
#include <future>

#include <pty.h>
#include <termios.h>
#include <unistd.h>

namespace external::service::secret_test {
namespace {

using namespace testing;

/// A terminal, and the person in front of it.
class SecretTest : public Test {
 protected:
  SecretTest() {
    int master = -1;
    int slave = -1;
    if (::openpty(&master, &slave, nullptr, nullptr, nullptr) != 0) throw std::runtime_error("no terminal");
    person_.reset(master);
    terminal_.reset(slave);
  }

  /// The answer to "Word: " if the person types `keys` once that is on the screen.
  std::optional<std::string> asked(const std::string& keys) {
    auto answer = std::async(std::launch::async, [this] { return ask_secret(terminal_.get(), "Word: "); });
    screen_.clear();
    read_screen_until("Word: ");
    EXPECT_EQ(::write(person_.get(), keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
    read_screen_until("\n");
    return answer.get();
  }

  void read_screen_until(const std::string& text) {
    std::array<char, 256> shown{};
    while (screen_.find(text) == std::string::npos) {
      const auto count = ::read(person_.get(), shown.data(), shown.size());
      if (count <= 0) throw std::runtime_error("the terminal went");
      screen_.append(shown.data(), static_cast<std::size_t>(count));
    }
  }

  bool echoes() const {
    termios now{};
    return ::tcgetattr(terminal_.get(), &now) == 0 && (now.c_lflag & ECHO) != 0;
  }

  Descriptor person_;
  Descriptor terminal_;
  std::string screen_;
};

TEST_F(SecretTest, IsReadAndNotShown) {
  EXPECT_EQ(asked("sesame\r"), "sesame");
  EXPECT_EQ(screen_, "Word: \r\n");
  EXPECT_TRUE(echoes()) << "the terminal is not as it was";
}

TEST_F(SecretTest, CanBeCorrected) {
  EXPECT_EQ(asked("ax\177bc\xC3\xA9\010\r"), "abc");
  EXPECT_EQ(asked("wrong\025right\r"), "right");
}

TEST_F(SecretTest, APersonMayGiveUp) {
  EXPECT_EQ(asked("ses\003"), std::nullopt);
  EXPECT_EQ(asked("\004"), std::nullopt);
  EXPECT_TRUE(echoes());
}

}  // namespace
}  // namespace external::service::secret_test
