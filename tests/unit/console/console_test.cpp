#include "run.h"

#include <external/base/descriptor.h>
#include <external/console/console.h>

#include <gtest/gtest.h>

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>

namespace external::console::console_test {
namespace {

// What the console asks for, in the place of an External.
class TestDesk final : public Desk {
 public:
  Scene look() override { return ++looks, scene; }
  Task<> refresh(const Wanted& wanted) override {
    asked.push_back(wanted);
    co_return;
  }
  Task<std::string> act(const Action& action) override {
    done.push_back(action);
    if (refuses) throw std::runtime_error("No line is free.");
    co_return "That is done.";
  }

  Scene scene;
  std::vector<Wanted> asked;
  std::vector<Action> done;
  bool refuses = false;
  int looks = 0;
};

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
    options_.input = options_.output = terminal_.get();
    options_.asked = [this] { ++questions_; };
    console_.emplace(
        world_.io.get_executor(), world_.clock, desk_, [this] { ++quits_; }, options_);
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

  static ConsoleOptions on_xterm() {
    ConsoleOptions options;
    options.terminal_type = "xterm";
    return options;
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
  TestDesk desk_;
  ConsoleOptions options_ = on_xterm();
  std::optional<Console> console_;
  std::string seen_;
  int quits_ = 0;
  int questions_ = 0;
  bool ended_ = true;
};

TEST_F(ConsoleTest, EscapeNoEscapeYesQuitsAndGivesTheTerminalBack) {
  desk_.scene.status.home = "NORTH/CLINIC";
  start();
  EXPECT_TRUE(sees("NORTH/CLINIC"));
  press("\x1b");
  EXPECT_TRUE(sees("Press Y to exit, N to continue."));
  press("N");
  EXPECT_EQ(quits_, 0);
  press("\x1bY");
  EXPECT_EQ(questions_, 2);
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
  desk_.scene.log.emplace_back("Answering call");
  EXPECT_TRUE(sees("Answering call"));
}

TEST_F(ConsoleTest, ShowsAtOnceWhatItIsToldOf) {
  start();
  pause();
  const int before = desk_.looks;
  console_->changed();
  world_.clock.advance(std::chrono::milliseconds(20));
  EXPECT_EQ(desk_.looks, before + 1);
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
  for (int i = 0; i < 200; ++i) desk_.scene.log.push_back(std::string(70, 'x'));
  start();
  for (int i = 0; i < 200; ++i) {  // far more than a pseudo terminal holds, and nobody reads
    for (auto& line : desk_.scene.log) line.assign(70, static_cast<char>('a' + i % 26));
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
  auto options = on_xterm();
  options.input = options.output = null.get();
  Console console(
      world_.io.get_executor(), world_.clock, desk_, [] {}, options);
  EXPECT_THROW(world_.run(console.run()), std::runtime_error);
}

TEST_F(ConsoleTest, RefusesATerminalItDoesNotKnowAndGivesItBack) {
  options_.input = options_.output = terminal_.get();
  options_.terminal_type = "no-such-terminal";
  Console console(
      world_.io.get_executor(), world_.clock, desk_, [] {}, options_);
  EXPECT_THROW(world_.run(console.run()), std::runtime_error);
  expect_restored();
}

TEST_F(ConsoleTest, TakesAnEscapeForTheKeyOnlyWhenTheRestOfAnotherDoesNotCome) {
  start();
  pause();
  press("\x1b");
  EXPECT_EQ(questions_, 0);
  press("[15~");  // F5, on a slow line
  EXPECT_TRUE(sees("PgUp scrolls"));
  world_.clock.advance(std::chrono::seconds(2));
  EXPECT_EQ(questions_, 0);
  press("\x1b");  // back
  press("\x1b");  // tells that the one before was one
  world_.clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(questions_, 1);
}

TEST_F(ConsoleTest, HasDoneWhatAKeyAsksForAndSaysHowThatWent) {
  desk_.scene.status.lines.emplace_back().instance = "Modem1";
  start();
  EXPECT_TRUE(sees("Modem1"));
  press("h");
  EXPECT_TRUE(sees("That is done."));
  const std::vector<Action> expected{{Action::What::hold, Action::On::line, "Modem1"}};
  EXPECT_EQ(desk_.done, expected);
  desk_.refuses = true;
  press("r");
  EXPECT_TRUE(sees("No line is free."));
}

TEST_F(ConsoleTest, AsksForMessagesOnlyWhereTheyAreShown) {
  start();
  pause();
  EXPECT_FALSE(desk_.asked.back().messages);
  press("4");
  EXPECT_TRUE(desk_.asked.back().messages) << "at once";
  press("5");
  EXPECT_FALSE(desk_.asked.back().messages);
  EXPECT_TRUE(desk_.asked.back().log);
}

TEST_F(ConsoleTest, AMonitorIsLeftWithoutEndingAnything) {
  options_.monitor = true;
  start();
  EXPECT_TRUE(sees("ESC leaves the monitor."));
  press("\x1b");
  EXPECT_TRUE(sees("Leave the monitor? External goes on. Y/N"));
  press("y");
  EXPECT_EQ(quits_, 1);
}

TEST_F(ConsoleTest, ShowsNamesInUtf8OrAsQuestionMarks) {
  desk_.scene.status.home = "NORD/Z\xC3\x9CRICH";
  options_.utf8 = true;
  start();
  EXPECT_TRUE(sees("NORD/Z\xC3\x9CRICH"));
  stop();
  options_.utf8 = false;
  seen_.clear();
  start();
  EXPECT_TRUE(sees("NORD/Z?RICH"));
}

TEST_F(ConsoleTest, HasColoursOnlyWhereTheyAreWanted) {
  desk_.scene.trouble = "External has ended.";
  options_.terminal_type = "xterm-256color";
  start();
  EXPECT_TRUE(sees("External has ended."));
  EXPECT_NE(seen_.find("\x1b[31m"), std::string::npos);
  stop();
  options_.colours = false;
  seen_.clear();
  start();
  EXPECT_TRUE(sees("External has ended."));
  EXPECT_EQ(seen_.find("\x1b[31m"), std::string::npos);
}

}  // namespace
}  // namespace external::console::console_test
