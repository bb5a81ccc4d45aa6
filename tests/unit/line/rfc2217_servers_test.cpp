// The line against servers that are not ours: ser2net and python3-serial, as Debian has them.

#include "../../system/process.h"
#include "run.h"
#include "temp_folder.h"

#include <external/base/descriptor.h>
#include <external/line/rfc2217.h>

#include <filesystem>

#include <fcntl.h>
#include <pty.h>
#include <sys/stat.h>
#include <termios.h>

namespace external::line::rfc2217_servers_test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using test::eventually;

constexpr const char* ser2net = "/usr/sbin/ser2net";
constexpr const char* python = "/usr/bin/python3";

Result<std::unique_ptr<Line>> open_line(test::RealWorld& world, const std::string& port,
                                        Rfc2217Options options) {
  const std::string host = "127.0.0.1";
  return world.run(connect_rfc2217(host, port, options, world.clock, world.clock.now() + 30s));
}

Bytes every_byte() {
  Bytes all;
  for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<std::uint8_t>(byte));
  return all;
}

Task<Bytes> read_exactly(Line& line, std::size_t count) {
  Bytes all;
  std::vector<std::uint8_t> some(4096);
  while (all.size() < count) {
    const auto got = co_await line.read(some, never);
    if (!got) break;
    all.insert(all.end(), some.begin(), some.begin() + static_cast<long>(*got));
  }
  co_return all;
}

/// python3-serial's server, the port of which is in the hands of the test.
class PythonServer {
 public:
  explicit PythonServer(const std::vector<std::string>& high_lines = {}) {
    const std::string commands = folder_ / "commands";
    if (::mkfifo(commands.c_str(), 0600) != 0) throw std::runtime_error("mkfifo");
    // Open for reading too, so that neither end waits for the other.
    commands_ = Descriptor(::open(commands.c_str(), O_RDWR | O_CLOEXEC));
    const std::string script = SOURCE_DIR "/tests/unit/line/rfc2217_server.py";
    std::vector<std::string> arguments{python, "-B", script};
    arguments.insert(arguments.end(), high_lines.begin(), high_lines.end());
    process_.emplace(arguments, folder_ / "output", commands);
    // With the end of its line, so that the number is whole.
    eventually([this] { return said("\n") || !process_->running(); });
  }

  /// Whether Debian's python3-serial is there.
  static bool is_installed() { return fs::exists("/usr/lib/python3/dist-packages/serial/rfc2217.py"); }

  std::string port() const {
    const auto text = process_->output();
    const auto start = text.find("listening ") + 10;
    return text.substr(start, text.find('\n', start) - start);
  }

  /// Whether the server reported `what`; waits for it.
  bool reports(const std::string& what) {
    return eventually([&] { return said(what); }, 20s);
  }
  bool said(const std::string& what) const { return process_->output().find(what) != std::string::npos; }

  void command(const std::string& text) {
    const std::string line = text + "\n";
    EXPECT_EQ(::write(commands_.get(), line.data(), line.size()), static_cast<ssize_t>(line.size()));
  }

  test::Process& process() { return *process_; }

 private:
  test::TempFolder folder_;
  Descriptor commands_;
  std::optional<test::Process> process_;
};

class PythonSerial : public testing::Test {
 protected:
  void SetUp() override {
    if (!PythonServer::is_installed()) GTEST_SKIP() << "python3-serial is not installed";
    server_.emplace();
  }

  std::unique_ptr<Line> open(Rfc2217Options options = {}) {
    auto line = open_line(world_, server_->port(), options);
    EXPECT_TRUE(line) << line.error().message() << " at " << server_->port() << ": "
                      << server_->process().output();
    return line ? std::move(*line) : nullptr;
  }

  /// What the lines are after the next change.
  ControlLines after_change(Line& line) {
    EXPECT_FALSE(world_.run(line.wait_for_change(world_.clock.now() + 20s)));
    const auto lines = line.control_lines();
    EXPECT_TRUE(lines);
    return lines ? *lines : ControlLines();
  }

  /// Waits until the server has read all before: what is sent comes back.
  void round_trip(Line& line) {
    world_.run([](Line& l) -> Task<> {
      co_await l.write(as_bytes("?"), never);
      co_await read_exactly(l, 1);
    }(line));
  }

  test::RealWorld world_;
  std::optional<PythonServer> server_;
};

TEST_F(PythonSerial, SetsThePortUp) {
  Rfc2217Options options;
  options.speed = 57600;
  const auto line = open(options);
  ASSERT_TRUE(line);
  EXPECT_EQ(line->speed(), 57600U);
  for (const char* report :
       {"baudrate 57600", "bytesize 8", "parity N", "stopbits 1", "rtscts True", "dtr True"}) {
    EXPECT_TRUE(server_->reports(report)) << report;
  }
}

TEST_F(PythonSerial, ShowsEachLineOfTheModem) {
  const auto line = open();
  ASSERT_TRUE(line);
  const auto at_start = line->control_lines();
  ASSERT_TRUE(at_start);
  EXPECT_FALSE(at_start->carrier || at_start->ring || at_start->data_set_ready || at_start->clear_to_send);
  server_->command("cd 1");
  EXPECT_TRUE(after_change(*line).carrier);
  server_->command("dsr 1");
  EXPECT_TRUE(after_change(*line).data_set_ready);
  server_->command("cts 1");
  EXPECT_TRUE(after_change(*line).clear_to_send);
  server_->command("cd 0");
  const auto lines = after_change(*line);
  EXPECT_FALSE(lines.carrier);
  EXPECT_TRUE(lines.data_set_ready && lines.clear_to_send && !lines.ring);
}

TEST_F(PythonSerial, KnowsTheStateThatWasThereBefore) {
  const std::vector<std::string> high_lines{"cd", "cts"};
  server_.emplace(high_lines);
  const auto line = open();
  ASSERT_TRUE(line);
  const auto lines = line->control_lines();
  ASSERT_TRUE(lines);
  EXPECT_TRUE(lines->carrier && lines->clear_to_send && !lines->data_set_ready && !lines->ring);
}

TEST_F(PythonSerial, ARingBetweenTwoLooksIsNotMissed) {
  const auto line = open();
  ASSERT_TRUE(line);
  ASSERT_FALSE(line->control_lines()->ring);
  server_->command("ri 1\nri 0");
  world_.run(line->wait_for_change(world_.clock.now() + 20s));
  round_trip(*line);
  EXPECT_TRUE(line->control_lines()->ring);
  EXPECT_FALSE(line->control_lines()->ring);
}

TEST_F(PythonSerial, DtrAndRtsReachThePortAndAreConfirmed) {
  Rfc2217Options options;
  options.hardware_flow_control = false;
  const auto line = open(options);
  ASSERT_TRUE(line);
  EXPECT_TRUE(server_->reports("rts True"));
  EXPECT_TRUE(line->control_lines()->terminal_ready && line->control_lines()->request_to_send);
  EXPECT_FALSE(line->set_dtr(false));
  EXPECT_FALSE(after_change(*line).terminal_ready);
  EXPECT_TRUE(server_->said("dtr False"));
  EXPECT_FALSE(line->set_rts(false));
  EXPECT_FALSE(after_change(*line).request_to_send);
  EXPECT_TRUE(server_->said("rts False"));
}

TEST_F(PythonSerial, BreaksPurgesAndSpeedsReachThePort) {
  const auto line = open();
  ASSERT_TRUE(line);
  EXPECT_FALSE(world_.run(line->send_break(1ms)));
  EXPECT_TRUE(server_->reports("break_condition True\nbreak_condition False"));
  line->discard_input();
  EXPECT_TRUE(server_->reports("purge in"));
  line->discard_output();
  EXPECT_TRUE(server_->reports("purge in\npurge out"));
  EXPECT_FALSE(line->set_speed(2400));
  round_trip(*line);
  EXPECT_TRUE(server_->said("baudrate 2400"));
  EXPECT_EQ(line->speed(), 2400U);
}

TEST_F(PythonSerial, ASpeedThatThePortHasNotIsNoticed) {
  const auto line = open();
  ASSERT_TRUE(line);
  EXPECT_FALSE(line->set_speed(2401));
  EXPECT_EQ(world_.run(line->write(as_bytes("x"), never)), Error::bad_speed);
  EXPECT_EQ(line->speed(), 9600U);
  line->close();
  EXPECT_TRUE(server_->reports("client gone"));
  PythonServer another;
  Rfc2217Options options;
  options.speed = 2401;
  EXPECT_EQ(open_line(world_, another.port(), options).error(), Error::bad_speed);
}

TEST_F(PythonSerial, CarriesEveryByteUnchanged) {
  const auto line = open();
  ASSERT_TRUE(line);
  const Bytes all = every_byte();
  const auto back = world_.run([](Line& l, const Bytes& bytes) -> Task<Bytes> {
    co_await l.write(bytes, never);
    co_return co_await read_exactly(l, bytes.size());
  }(*line, all));
  EXPECT_EQ(back, all);
}

TEST_F(PythonSerial, ClosingLowersDtr) {
  auto line = open();
  ASSERT_TRUE(line);
  line.reset();
  EXPECT_TRUE(server_->reports("dtr False"));
  EXPECT_TRUE(server_->reports("client gone"));
  const auto ended = server_->process().wait(20s);
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->exit_code, 0);
}

TEST_F(PythonSerial, AServerThatDiesIsHungUp) {
  const auto line = open();
  ASSERT_TRUE(line);
  server_->process().signal(SIGKILL);
  std::array<std::uint8_t, 8> buffer;
  EXPECT_EQ(world_.run(line->read(buffer, never)).error(), Error::hung_up);
  EXPECT_EQ(world_.run(line->wait_for_change(never)), Error::hung_up);
}

/// ser2net on a pseudo terminal, whose other side plays the modem.
class Ser2net : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(ser2net)) GTEST_SKIP() << "ser2net is not installed";
    int master = -1;
    int slave = -1;
    char name[128];
    ASSERT_EQ(::openpty(&master, &slave, name, nullptr, nullptr), 0);
    modem_.assign(master);
    port_ = Descriptor(slave);
    for (const int fd : {master, slave}) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    tcp_port_ = free_port();
    const std::string settings = folder_ / "ser2net.yaml";
    test::write_file(settings, "connection: &modem\n  accepter: telnet(rfc2217),tcp,127.0.0.1," + tcp_port_ +
                                   "\n  connector: serialdev," + name +
                                   ",9600n81,local\n  options:\n    kickolduser: false\n");
    const std::vector<std::string> arguments{ser2net, "-n", "-c", settings};
    process_.emplace(arguments, folder_ / "output");
  }

  std::string free_port() {
    asio::ip::tcp::acceptor acceptor(world_.io, {asio::ip::make_address("127.0.0.1"), 0});
    return std::to_string(acceptor.local_endpoint().port());
  }

  /// A line to it, once it listens.
  std::unique_ptr<Line> open(Rfc2217Options options = {}) {
    std::unique_ptr<Line> line;
    error_code why;
    eventually([&] {
      auto opened = open_line(world_, tcp_port_, options);
      if (opened) line = std::move(*opened);
      why = opened ? error_code() : opened.error();
      return line || why != asio::error::connection_refused || !process_->running();
    });
    EXPECT_TRUE(line) << why.message() << process_->output();
    return line;
  }

  speed_t speed_of_port() const {
    termios settings{};
    ::tcgetattr(port_.get(), &settings);
    return ::cfgetospeed(&settings);
  }

  test::RealWorld world_;
  test::TempFolder folder_;
  asio::posix::stream_descriptor modem_{world_.io};
  Descriptor port_;  ///< kept open, so that the modem does not see a hang-up before the server opens it
  std::string tcp_port_;
  std::optional<test::Process> process_;
};

TEST_F(Ser2net, CarriesEveryByteBothWays) {
  const auto line = open();
  ASSERT_TRUE(line);
  const Bytes all = every_byte();
  world_.run([](Line& l, asio::posix::stream_descriptor& modem, const Bytes& bytes) -> Task<> {
    EXPECT_FALSE(co_await l.write(bytes, never));
    Bytes seen(bytes.size());
    co_await asio::async_read(modem, asio::buffer(seen), asio::use_awaitable);
    EXPECT_EQ(seen, bytes);
    co_await asio::async_write(modem, asio::buffer(bytes), asio::use_awaitable);
    const Bytes back = co_await read_exactly(l, bytes.size());
    EXPECT_EQ(back, bytes);
  }(*line, modem_, all));
}

TEST_F(Ser2net, CarriesAMegabyteBothWaysAtOnce) {
  Rfc2217Options options;
  options.speed = 115200;
  options.hardware_flow_control = false;
  const auto line = open(options);
  ASSERT_TRUE(line);
  Bytes all(1 << 20);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i * 2654435761U >> 13);
  auto to_modem = [](Line& l, const Bytes& bytes) -> Task<> { EXPECT_FALSE(co_await l.write(bytes, never)); };
  auto at_modem = [](asio::posix::stream_descriptor& modem, Bytes& seen) -> Task<> {
    co_await asio::async_read(modem, asio::buffer(seen), asio::use_awaitable);
  };
  auto from_modem = [](asio::posix::stream_descriptor& modem, const Bytes& bytes) -> Task<> {
    co_await asio::async_write(modem, asio::buffer(bytes), asio::use_awaitable);
  };
  auto to_us = [](Line& l, Bytes& seen) -> Task<> { seen = co_await read_exactly(l, seen.size()); };
  Bytes seen_by_modem(all.size());
  Bytes seen_by_us(all.size());
  using asio::experimental::awaitable_operators::operator&&;
  world_.run(to_modem(*line, all) && at_modem(modem_, seen_by_modem) && from_modem(modem_, all) &&
             to_us(*line, seen_by_us));
  EXPECT_TRUE(seen_by_modem == all);
  EXPECT_TRUE(seen_by_us == all);
}

TEST_F(Ser2net, SetsTheSpeedOfThePort) {
  Rfc2217Options options;
  options.speed = 57600;
  const auto line = open(options);
  ASSERT_TRUE(line);
  EXPECT_EQ(speed_of_port(), static_cast<speed_t>(B57600));
  EXPECT_FALSE(line->set_speed(2400));
  EXPECT_FALSE(world_.run(line->write(as_bytes("x"), never)));
  EXPECT_EQ(speed_of_port(), static_cast<speed_t>(B2400));
  EXPECT_EQ(line->speed(), 2400U);
}

TEST_F(Ser2net, OnAPortWithoutLinesTheyMayBeAskedForWithoutHarm) {
  const auto line = open();
  ASSERT_TRUE(line);
  EXPECT_FALSE(line->set_dtr(false));
  EXPECT_FALSE(line->set_dtr(true));
  EXPECT_FALSE(world_.run(line->send_break(1ms)));
  line->discard_input();
  line->discard_output();
  world_.run([](Line& l, asio::posix::stream_descriptor& modem) -> Task<> {
    EXPECT_FALSE(co_await l.write(as_bytes("AT\r"), never));
    Bytes seen(3);
    co_await asio::async_read(modem, asio::buffer(seen), asio::use_awaitable);
    EXPECT_EQ(as_text(seen), "AT\r");
    co_await asio::async_write(modem, asio::buffer("OK\r", 3), asio::use_awaitable);
    EXPECT_EQ(as_text(co_await read_exactly(l, 3)), "OK\r");
  }(*line, modem_));
}

TEST_F(Ser2net, AModemThatDoesNotReadHoldsUpTheWriterOnly) {
  const auto line = open();
  ASSERT_TRUE(line);
  const Bytes much(1 << 26, 'x');
  EXPECT_EQ(world_.run(line->write(much, world_.clock.now() + 100ms)), asio::error::timed_out);
  line->discard_output();
  line->close();
}

TEST_F(Ser2net, TurnsASecondClientAway) {
  const auto line = open();
  ASSERT_TRUE(line);
  const auto second = open_line(world_, tcp_port_, {});
  EXPECT_EQ(second.error(), Error::turned_away);
}

TEST_F(Ser2net, IsFreeAgainAfterClose) {
  auto line = open();
  ASSERT_TRUE(line);
  line.reset();
  EXPECT_TRUE(eventually([&] { return open_line(world_, tcp_port_, {}).has_value(); }));
  process_->signal(SIGTERM);
  EXPECT_TRUE(process_->wait(20s));
}

}  // namespace
}  // namespace external::line::rfc2217_servers_test
