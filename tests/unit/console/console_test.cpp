#include "run.h"

#include <external/base/descriptor.h>
#include <external/console/console.h>

#include <gtest/gtest.h>

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>

namespace external::console {
namespace {

// A console on a pseudo terminal, in virtual time; the test is the person in front of it.
class ConsoleTest : public testing::Test {
 protected:
  ConsoleTest() {
    int master = -1;
    int slave = -1;
    winsize size{24, 80, 0, 0};
    if (::openpty(&master, &slave, nullptr, nullptr, &size) != 0)
      throw std::runtime_error("no pseudo terminal");
    person_.reset(master);
    terminal_.reset(slave);
    ::fcntl(master, F_SETFL, O_NONBLOCK);
    ::tcgetattr(slave, &before_);
  }

  ~ConsoleTest() override { stop(); }

  void start() {
    console_.emplace(
        world_.io.get_executor(), world_.clock, [this] { return ++looks_, status_; }, [this] { ++quits_; },
        ConsoleOptions{terminal_.get(), terminal_.get(), "xterm", [this] { ++questions_; }});
    ended_ = false;
    asio::co_spawn(world_.io, console_->run(),
                   asio::bind_cancellation_slot(stop_.slot(), [this](std::exception_ptr) { ended_ = true; }));
  }

  void stop() {
    stop_.emit(asio::cancellation_type::terminal);
    world_.clock.run_until([&] { return ended_; });
  }

  // Lets two seconds of the screen go by and reads along.
  void pause() {
    for (int i = 0; i < 20; ++i) {
      world_.clock.advance(std::chrono::milliseconds(100));
      read();
    }
  }

  void read() {
    char text[4096];
    for (ssize_t count; (count = ::read(person_.get(), text, sizeof text)) > 0;) {
      seen_.append(text, static_cast<std::size_t>(count));
    }
  }

  // The system carries bytes through a pseudo terminal in its own time; this waits for them, not for a while.
  static bool arrives(const Descriptor& end) {
    pollfd descriptor{end.get(), POLLIN, 0};
    return ::poll(&descriptor, 1, 10'000) > 0;
  }

  // Reads along until `text` is on the screen; false if it does not come within two seconds of the screen.
  bool sees(const std::string& text) {
    for (int i = 0; i < 20; ++i) {
      world_.clock.advance(std::chrono::milliseconds(100));
      do read();
      while (seen_.find(text) == std::string::npos && more_is_coming());
      if (seen_.find(text) != std::string::npos) return true;
    }
    return false;
  }

  bool more_is_coming() {
    pollfd descriptor{person_.get(), POLLIN, 0};
    return ::poll(&descriptor, 1, 50) > 0;
  }

  void press(const std::string& keys) {
    seen_.clear();
    ASSERT_EQ(::write(person_.get(), keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
    ASSERT_TRUE(arrives(terminal_));
    world_.clock.advance(std::chrono::milliseconds(1));
  }

  void expect_restored() {
    termios after{};
    ASSERT_EQ(::tcgetattr(terminal_.get(), &after), 0);
    EXPECT_EQ(after.c_lflag, before_.c_lflag);
    EXPECT_EQ(after.c_iflag, before_.c_iflag);
    EXPECT_EQ(after.c_oflag, before_.c_oflag);
    EXPECT_EQ(after.c_cc[VSUSP], before_.c_cc[VSUSP]);
    EXPECT_EQ(::fcntl(terminal_.get(), F_GETFL) & O_NONBLOCK, 0);
  }

  Descriptor person_;
  Descriptor terminal_;
  termios before_{};
  asio::cancellation_signal stop_;
  test::VirtualWorld world_;
  control::Status status_;
  std::optional<Console> console_;
  std::string seen_;
  int looks_ = 0;
  int quits_ = 0;
  int questions_ = 0;
  bool ended_ = true;
};

TEST_F(ConsoleTest, EscapeNoEscapeYesQuitsAndGivesTheTerminalBack) {
  status_.home = "NORTH/CLINIC";
  start();
  EXPECT_TRUE(sees("NORTH/CLINIC"));
  press("\x1b");
  EXPECT_TRUE(sees("Press Y to exit, N to continue."));
  press("N");
  EXPECT_EQ(quits_, 0);
  press("\x1b");
  EXPECT_EQ(questions_, 2);
  press("Y");
  EXPECT_EQ(quits_, 1);
  EXPECT_TRUE(sees("Shutting down ..."));
  stop();
  expect_restored();
  EXPECT_TRUE(sees("\x1b[?1049l")) << "the shell's screen is back";
}

TEST_F(ConsoleTest, ShowsWhatChangesWithinASecond) {
  start();
  pause();
  seen_.clear();
  status_.recent.emplace_back("Answering call");
  EXPECT_TRUE(sees("Answering call"));
}

TEST_F(ConsoleTest, ShowsAtOnceWhatItIsToldOf) {
  start();
  pause();
  const int before = looks_;
  console_->changed();
  world_.clock.advance(std::chrono::milliseconds(20));
  EXPECT_EQ(looks_, before + 1);
}

TEST_F(ConsoleTest, FollowsTheSizeOfTheWindow) {
  start();
  for (const winsize size :
       {winsize{50, 200, 0, 0}, winsize{1, 1, 0, 0}, winsize{2, 10, 0, 0}, winsize{24, 80, 0, 0}}) {
    ASSERT_EQ(::ioctl(person_.get(), TIOCSWINSZ, &size), 0);
    pause();
  }
  press("\x1b");
  EXPECT_TRUE(sees("Press Y to exit, N to continue."));
}

TEST_F(ConsoleTest, DoesNotWaitForATerminalThatHasStopped) {
  for (int i = 0; i < 200; ++i) status_.recent.push_back(std::string(70, 'x'));
  start();
  for (int i = 0; i < 200; ++i) {  // far more than a pseudo terminal holds, and nobody reads
    for (auto& line : status_.recent) line.assign(70, static_cast<char>('a' + i % 26));
    world_.clock.advance(std::chrono::seconds(2));
  }
  stop();
  EXPECT_TRUE(ended_);
  expect_restored();
}

TEST_F(ConsoleTest, EndsWhenTheTerminalGoesAway) {
  start();
  person_.reset();
  EXPECT_TRUE(world_.clock.run_until([&] { return ended_; }, std::chrono::minutes(1)));
  EXPECT_EQ(quits_, 0);
}

TEST_F(ConsoleTest, RefusesWhatIsNoTerminal) {
  Descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  Console console(
      world_.io.get_executor(), world_.clock, [] { return control::Status{}; }, [] {},
      ConsoleOptions{null.get(), null.get(), "xterm", {}});
  EXPECT_THROW(world_.run(console.run()), std::runtime_error);
}

TEST_F(ConsoleTest, RefusesATerminalItDoesNotKnowAndGivesItBack) {
  Console console(
      world_.io.get_executor(), world_.clock, [] { return control::Status{}; }, [] {},
      ConsoleOptions{terminal_.get(), terminal_.get(), "no-such-terminal", {}});
  EXPECT_THROW(world_.run(console.run()), std::runtime_error);
  expect_restored();
}

}  // namespace
}  // namespace external::console
