// The port as a process sees it: real pseudo terminals, real time, waits only for what must come.

#include "phonenet.h"

#include <external/base/descriptor.h>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <poll.h>
#include <termios.h>

namespace external::phonenet::pty_port_test {
namespace {

using namespace std::chrono_literals;

class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "phonenet-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A process at a port.
class User {
 public:
  explicit User(const std::filesystem::path& port)
      : port_(::open(port.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK)) {}
  bool good() const { return static_cast<bool>(port_); }
  void close() { port_.reset(); }
  void say(std::string_view text) {
    ASSERT_EQ(::write(port_.get(), text.data(), text.size()), std::ssize(text));
  }
  void set_speed(speed_t speed) {
    termios settings{};
    ::tcgetattr(port_.get(), &settings);
    ::cfsetspeed(&settings, speed);
    ::tcsetattr(port_.get(), TCSANOW, &settings);
  }
  bool hears(std::string_view words) {
    std::array<char, 4096> buffer{};
    for (ssize_t size = 1; size > 0;) {
      size = ::read(port_.get(), buffer.data(), buffer.size());
      if (size > 0) heard_.append(buffer.data(), static_cast<std::size_t>(size));
    }
    return heard_.find(words) != std::string::npos;
  }
  bool hung_up() const {
    pollfd state{.fd = port_.get(), .events = POLLIN, .revents = 0};
    return ::poll(&state, 1, 0) == 1 && (state.revents & POLLHUP) != 0;
  }
  int fd() const { return port_.get(); }
  const std::string& heard() const { return heard_; }

 private:
  Descriptor port_;
  std::string heard_;
};

class Ports : public testing::Test {
 protected:
  Ports() {
    options_.dir = folder_.path();
    options_.lines = {{"5550001", "north", ""}, {"5550002", "south", ""}};
    options_.exchange.setup_delay = 1ms;
    options_.exchange.connect_time = 1ms;
    options_.modem.answer_delay = 1ms;
    start();
  }
  ~Ports() override { stop(); }

  void start() {
    net_.emplace(io_.get_executor(), clock_, options_,
                 [this](const std::string& text) { log_ += text + "\n"; });
    asio::co_spawn(io_, net_->run(), asio::bind_cancellation_slot(stop_.slot(), [](std::exception_ptr) {}));
  }
  void stop() {
    stop_.emit(asio::cancellation_type::terminal);
    io_.restart();
    io_.poll();
    net_.reset();
  }

  // Serves until `done`; false when it never comes. The bound is no measure: only a failing test reaches it.
  bool wait(const std::function<bool()>& done) {
    const TimePoint giving_up = clock_.now() + 20s;
    while (!done() && clock_.now() < giving_up) {
      io_.restart();
      io_.run_one_for(5ms);
    }
    return done();
  }
  std::filesystem::path port(const char* name) const { return folder_.path() / name; }
  boost::json::object stats(const char* name) {
    return boost::json::parse(net_->control({"stats", name})).as_object();
  }
  bool line_is(const char* name, std::string_view state) { return stats(name)["line"].as_string() == state; }

  void connect(User& north, User& south) {
    south.say("ATS0=1\r");
    ASSERT_TRUE(wait([&] { return south.hears("OK\r\n"); }));
    north.say("ATDT5550002\r");
    ASSERT_TRUE(wait([&] { return north.hears("CONNECT 57600\r\n") && south.hears("CONNECT 57600\r\n"); }));
  }

  TempFolder folder_;
  Options options_;
  asio::io_context io_;
  SystemClock clock_;
  asio::cancellation_signal stop_;
  std::string log_;
  std::optional<PhoneNet> net_;
};

TEST_F(Ports, CarryACall) {
  User north(port("north"));
  User south(port("south"));
  connect(north, south);
  north.say("from north");
  south.say("from south");
  EXPECT_TRUE(wait([&] { return north.hears("from south") && south.hears("from north"); }));
  EXPECT_EQ(stats("north")["bytes_sent"].to_number<int>(), 10);
}

TEST_F(Ports, ClosingHangsUp) {
  User north(port("north"));
  User south(port("south"));
  connect(north, south);
  north.close();
  EXPECT_TRUE(wait([&] { return south.hears("NO CARRIER"); }));
  EXPECT_TRUE(line_is("north", "on hook"));
}

TEST_F(Ports, ClosingWithD0KeepsTheCall) {
  User north(port("north"));
  User south(port("south"));
  north.say("AT&D0\r");
  ASSERT_TRUE(wait([&] { return north.hears("OK\r\n"); }));
  connect(north, south);
  north.close();
  ASSERT_TRUE(wait([&] { return !stats("north")["port_in_use"].as_bool(); }));
  EXPECT_TRUE(line_is("north", "connected"));
}

TEST_F(Ports, ASecondOpenAndCloseDoesNotHangUp) {
  User north(port("north"));
  User south(port("south"));
  connect(north, south);
  User guest(port("north"));
  guest.close();
  north.say("still here");
  EXPECT_TRUE(wait([&] { return south.hears("still here"); }));
  EXPECT_TRUE(line_is("north", "connected"));
}

TEST_F(Ports, SpeedZeroDropsDtrAndHangsUp) {
  User north(port("north"));
  User south(port("south"));
  connect(north, south);
  north.set_speed(B0);
  EXPECT_TRUE(wait([&] { return south.hears("NO CARRIER") && north.hears("NO CARRIER"); }));
  north.set_speed(B57600);
  north.say("AT\r");
  EXPECT_TRUE(wait([&] { return north.heard().ends_with("OK\r\n") || north.hears("\nOK\r\n"); }));
}

TEST_F(Ports, AreNotAnsweredByThemselvesWhileNobodyHasThemOpen) {
  User south(port("south"));
  south.say("ATS0=1\r");
  ASSERT_TRUE(wait([&] { return south.hears("OK"); }));
  south.close();
  ASSERT_TRUE(wait([&] { return !stats("south")["port_in_use"].as_bool(); }));
  User north(port("north"));
  north.say("ATDT5550002\r");
  ASSERT_TRUE(wait([&] { return stats("south")["rings"].to_number<int>() > 0; }));
  EXPECT_TRUE(line_is("south", "ringing"));
}

TEST_F(Ports, KeepNothingForTheNextUser) {
  User first(port("south"));
  first.say("AT\r");
  ASSERT_TRUE(wait([&] { return stats("south")["bytes_to_computer"].to_number<int>() >= 8; }));
  first.close();
  ASSERT_TRUE(wait([&] { return !stats("south")["port_in_use"].as_bool(); }));
  net_->control({"ring", "south"});
  User second(port("south"));
  EXPECT_TRUE(wait([&] { return stats("south")["port_in_use"].as_bool(); }));
  EXPECT_FALSE(second.hears("R"));
  second.say("ATI3\r");
  EXPECT_TRUE(wait([&] { return second.hears("ATI3"); }));
  EXPECT_TRUE(second.heard().starts_with("ATI3")) << second.heard();
}

TEST_F(Ports, WhatIsWrittenJustBeforeTheCloseIsStillObeyed) {
  {
    User user(port("north"));
    user.say("ATS0=7&W\r");
  }
  User user(port("north"));
  ASSERT_TRUE(wait([&] { return stats("north")["bytes_from_computer"].to_number<int>() == 9; }));
  user.say("\rATS0?\r");
  EXPECT_TRUE(wait([&] { return user.hears("007"); }));
}

TEST_F(Ports, AWriterIsStoppedAndLosesNothing) {
  User north(port("north"));
  User south(port("south"));
  connect(north, south);
  net_->control({"set", "rate", "north", "1000000"});
  std::string sent;
  for (int line = 0; line < 20000; ++line) sent += std::to_string(100000 + line);
  std::string_view rest = sent;
  ASSERT_TRUE(wait([&] {
    const ssize_t size = ::write(north.fd(), rest.data(), rest.size());
    if (size > 0) rest.remove_prefix(static_cast<std::size_t>(size));
    south.hears("");
    return rest.empty();
  }));
  EXPECT_TRUE(wait([&] { return south.hears("119999"); }));
  EXPECT_TRUE(south.heard().ends_with(sent));
  EXPECT_LE(stats("north")["highest_queue"].to_number<int>(), 4000);
}

TEST_F(Ports, UnplugHangsUpEverybodyAndPlugBringsANewPort) {
  User north(port("north"));
  User south(port("south"));
  connect(north, south);
  net_->control({"unplug", "north"});
  EXPECT_TRUE(north.hung_up());
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::symlink_status(port("north"))));
  EXPECT_TRUE(wait([&] { return south.hears("NO CARRIER"); }));
  net_->control({"plug", "north"});
  User again(port("north"));
  ASSERT_TRUE(again.good());
  again.say("AT\r");
  EXPECT_TRUE(wait([&] { return again.hears("OK"); }));
}

TEST_F(Ports, APoweredOffModemIsSilentAndItsPortStays) {
  User north(port("north"));
  User south(port("south"));
  connect(north, south);
  net_->control({"power-off", "south"});
  EXPECT_TRUE(wait([&] { return north.hears("NO CARRIER"); }));
  EXPECT_FALSE(south.hung_up());
  const std::string before = south.heard();
  south.say("AT\r");
  ASSERT_TRUE(wait([&] { return stats("south")["bytes_from_computer"].to_number<int>() == 10; }));
  net_->control({"power-on", "south"});
  south.say("ATI3\r");
  ASSERT_TRUE(wait([&] { return south.hears("simulated"); }));
  EXPECT_TRUE(south.heard().substr(before.size()).starts_with("ATI3")) << south.heard();
}

TEST_F(Ports, AreGoneAtTheEndWithTheirSocket) {
  EXPECT_TRUE(std::filesystem::exists(port("north")));
  EXPECT_TRUE(std::filesystem::exists(port("phonenet.sock")));
  stop();
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(Ports, ASecondPhonenetIsRefusedAndDoesNoHarm) {
  EXPECT_THROW(PhoneNet(io_.get_executor(), clock_, options_, [](const std::string&) {}), std::runtime_error);
  EXPECT_TRUE(std::filesystem::exists(port("phonenet.sock")));
  EXPECT_TRUE(std::filesystem::exists(port("north")));
}

TEST_F(Ports, ALeftoverOfAKilledPhonenetIsReplaced) {
  stop();
  std::filesystem::create_symlink("/dev/pts/none", port("north"));
  {
    asio::local::stream_protocol::acceptor(
        io_, asio::local::stream_protocol::endpoint(port("phonenet.sock").string()));
  }
  ASSERT_TRUE(std::filesystem::exists(port("phonenet.sock")));
  start();
  User north(port("north"));
  EXPECT_TRUE(north.good());
}

TEST_F(Ports, AFileInTheWayIsRefused) {
  stop();
  Descriptor(::open(port("north").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  EXPECT_THROW(start(), std::runtime_error);
  EXPECT_TRUE(std::filesystem::is_regular_file(port("north")));
  EXPECT_FALSE(std::filesystem::exists(port("phonenet.sock")));
}

TEST_F(Ports, TheSocketAnswersAndRefuses) {
  std::string answer;
  std::string refusal;
  asio::thread_pool client(1);
  const auto asked = [&] {
    answer = ask(port("phonenet.sock"), {"busy", "north"});
    try {
      ask(port("phonenet.sock"), {"drop", "north"});
    } catch (const ControlError& error) {
      refusal = error.what();
    }
  };
  std::atomic<bool> done = false;
  asio::post(client, [&] {
    asked();
    done = true;
  });
  EXPECT_TRUE(wait([&] { return done.load(); }));
  client.join();
  EXPECT_EQ(answer, "north: made busy\n");
  EXPECT_EQ(refusal, "north is in no call; nothing to drop");
}

TEST_F(Ports, AQuirkCanBeSwitchedOnAndOff) {
  User north(port("north"));
  EXPECT_EQ(net_->control({"quirk", "north", "result", "OK=0,VERY", "WELL"}),
            "north: quirk result OK=0,VERY WELL\n");
  north.say("AT\r");
  EXPECT_TRUE(wait([&] { return north.hears("\r\nVERY WELL\r\n"); }));
  net_->control({"quirk", "north", "off"});
  north.say("AT\r");
  EXPECT_TRUE(wait([&] { return north.hears("\r\nOK\r\n"); }));
}

struct Refusal {
  Words words;
  const char* text;
};

TEST_F(Ports, ControlExplainsWhatItDoesNotTake) {
  const std::vector<Refusal> refusals{{{"dorp", "north"}, "did you mean drop"},
                                      {{"drop", "west"}, "there are north, south"},
                                      {{"drop"}, "write: drop NAME"},
                                      {{"set", "rate", "north"}, "write: set"},
                                      {{"set", "rate", "north", "fast"}, "'fast' is no rate"},
                                      {{"set", "colour", "north", "1"}, "cannot be set"},
                                      {{"ring", "north", "0"}, "is no number of rings"},
                                      {{"set", "rings", "north", "none"}, "is no number of rings"},
                                      {{"set", "ring-interval", "north", "0"}, "need a time"},
                                      {{"quirk", "north"}, "write: quirk NAME KEY"},
                                      {{"quirk", "north", "lat"}, "did you mean late"},
                                      {{}, "no command"}};
  for (const auto& [words, text] : refusals) {
    try {
      net_->control(words);
      ADD_FAILURE() << text;
    } catch (const std::exception& error) {
      EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace external::phonenet::pty_port_test
