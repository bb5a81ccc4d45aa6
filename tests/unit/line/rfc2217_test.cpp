// The line against a server in this process, which says what no real one can be made to say.

#include "run.h"

#include <external/line/rfc2217.h>

#include <libtelnet.h>
#include <netinet/tcp.h>

namespace external::line::rfc2217_test {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;

constexpr std::uint8_t com = 44;

Bytes from_server(std::uint8_t command, const Bytes& value) {
  Bytes bytes{TELNET_IAC, TELNET_SB, com, static_cast<std::uint8_t>(command + 100)};
  bytes.insert(bytes.end(), value.begin(), value.end());
  bytes.insert(bytes.end(), {TELNET_IAC, TELNET_SE});
  return bytes;
}

const Bytes agreement{TELNET_IAC, TELNET_DO, com, TELNET_IAC, TELNET_DO, 0, TELNET_IAC, TELNET_WILL, 0};
const Bytes speed_9600 = from_server(1, {0, 0, 0x25, 0x80});

const Bytes speed_question{com, 1, 0, 0, 0x25, 0x80};

/// A server that says what the test wants, when it wants.
struct Server {
  explicit Server(test::RealWorld& the_world)
      : world(the_world),
        acceptor(world.io, {asio::ip::make_address("127.0.0.1"), 0}),
        socket(world.io),
        port(std::to_string(acceptor.local_endpoint().port())) {}

  /// The outcome of connecting to this server, which says `greeting` at once and `answer` when it was asked
  /// for a speed.
  Result<std::unique_ptr<Line>> connect(const Bytes& greeting, const Bytes& answer = {},
                                        Duration limit = 30s) {
    return world.run(connect_and_greet(greeting, answer, limit));
  }

  /// A line that is set up, with a server that confirms purges.
  std::unique_ptr<Line> open_line() {
    Bytes answer = from_server(12, {2});
    answer.insert(answer.end(), speed_9600.begin(), speed_9600.end());
    auto line = connect(agreement, answer);
    EXPECT_TRUE(line) << line.error().message();
    return line ? std::move(*line) : nullptr;
  }

  void say(const Bytes& bytes) { asio::write(socket, asio::buffer(bytes)); }

  /// Reads until `wanted` has come, and returns all that came up to and with it.
  Task<Bytes> hear(ByteView wanted) {
    for (;;) {
      const auto found = std::search(heard.begin(), heard.end(), wanted.begin(), wanted.end());
      if (found != heard.end()) {
        const auto end = found + static_cast<std::ptrdiff_t>(wanted.size());
        Bytes all(heard.begin(), end);
        heard.erase(heard.begin(), end);
        co_return all;
      }
      Bytes more(4096);
      more.resize(co_await socket.async_read_some(asio::buffer(more), asio::use_awaitable));
      heard.insert(heard.end(), more.begin(), more.end());
    }
  }

  test::RealWorld& world;
  tcp::acceptor acceptor;
  tcp::socket socket;
  std::string port;
  Bytes heard;
  Bytes before_speed;  ///< what came up to the question for the speed

 private:
  Task<Result<std::unique_ptr<Line>>> connect_and_greet(const Bytes& greeting, const Bytes& answer,
                                                        Duration limit) {
    auto greet = [](Server& self, const Bytes& words, const Bytes& more) -> Task<> {
      self.socket = co_await self.acceptor.async_accept(asio::use_awaitable);
      self.say(words);
      if (more.empty()) co_return;
      self.before_speed = co_await self.hear(speed_question);
      self.say(more);
    };
    asio::co_spawn(world.io, greet(*this, greeting, answer), asio::detached);
    const std::string host = "127.0.0.1";
    const Rfc2217Options options;
    co_return co_await connect_rfc2217(host, port, options, world.clock, world.clock.now() + limit);
  }
};

Bytes command(std::uint8_t what, std::uint8_t value) {
  return {TELNET_IAC, TELNET_SB, com, what, value, TELNET_IAC, TELNET_SE};
}

TEST(Rfc2217, SetsThePortUp) {
  test::RealWorld world;
  Server server(world);
  const auto line = server.open_line();
  ASSERT_TRUE(line);
  EXPECT_EQ(line->name(), "rfc2217://127.0.0.1:" + server.port);
  EXPECT_EQ(line->speed(), 9600U);
  EXPECT_EQ(line->set_rts(true), Error::unsupported) << "it is the flow control's";
  const auto all = as_text(server.before_speed);
  const std::vector<Bytes> parts{{com, 11, 255, 255}, command(2, 8), command(3, 1),
                                 command(4, 1),       command(5, 3), command(5, 8)};
  for (const Bytes& part : parts) EXPECT_NE(all.find(as_text(part)), std::string_view::npos);
}

TEST(Rfc2217, SaysWhatIsWrongWithTheServer) {
  test::RealWorld world;
  const Bytes refusal{TELNET_IAC, TELNET_DONT, com};
  EXPECT_EQ(Server(world).connect(refusal).error(), Error::no_com_port_option);
  EXPECT_EQ(make_error_code(Error::no_com_port_option).message(),
            "the server speaks Telnet but not RFC 2217; use tcp://");
  const Bytes text{'R', 'I', 'N', 'G'};
  EXPECT_EQ(Server(world).connect(text, {}, 50ms).error(), Error::no_answer);
  const Bytes no_binary{TELNET_IAC, TELNET_DO, com, TELNET_IAC, TELNET_DONT, 0};
  EXPECT_EQ(Server(world).connect(no_binary).error(), Error::not_transparent);
  Bytes seven_bits = from_server(2, {7});
  seven_bits.insert(seven_bits.end(), speed_9600.begin(), speed_9600.end());
  EXPECT_EQ(Server(world).connect(agreement, seven_bits).error(), Error::not_transparent);
  const Bytes other_speed = from_server(1, {0, 0, 0x09, 0x60});
  EXPECT_EQ(Server(world).connect(agreement, other_speed).error(), Error::bad_speed);
  Bytes nonsense{TELNET_IAC, TELNET_SB, com};
  nonsense.resize(5000, 'x');
  EXPECT_EQ(Server(world).connect(nonsense).error(), Error::bad_peer);
}

TEST(Rfc2217, AServerThatHangsUpWhileThePortIsSetUpTurnsUsAway) {
  test::RealWorld world;
  Server server(world);
  world.run([](Server& s) -> Task<> {
    auto hang_up = [](Server& self) -> Task<> {
      self.socket = co_await self.acceptor.async_accept(asio::use_awaitable);
      self.socket.shutdown(tcp::socket::shutdown_send);
    };
    asio::co_spawn(s.world.io, hang_up(s), asio::detached);
    const std::string host = "127.0.0.1";
    const Rfc2217Options options;
    const auto line =
        co_await connect_rfc2217(host, s.port, options, s.world.clock, s.world.clock.now() + 30s);
    EXPECT_EQ(line.error(), Error::turned_away);
  }(server));
}

TEST(Rfc2217, ReadsWhatCameAndThenTheEnd) {
  test::RealWorld world;
  Server server(world);
  const auto line = server.open_line();
  ASSERT_TRUE(line);
  server.say({'b', 'y', 'e', TELNET_IAC, TELNET_IAC});
  server.socket.close();
  world.run([](Line& l) -> Task<> {
    std::array<std::uint8_t, 64> buffer;
    Bytes all;
    Result<std::size_t> got = error_code();
    while ((got = co_await l.read(buffer, never))) {
      all.insert(all.end(), buffer.begin(), buffer.begin() + static_cast<long>(*got));
    }
    EXPECT_EQ(got.error(), Error::hung_up);
    EXPECT_EQ(as_text(all), "bye\xFF");
    EXPECT_EQ(co_await l.write(as_bytes("x"), never), Error::hung_up);
    EXPECT_EQ(co_await l.wait_for_change(never), Error::hung_up);
  }(*line));
  EXPECT_EQ(line->set_dtr(false), Error::hung_up);
  EXPECT_EQ(line->control_lines().error(), Error::hung_up);
}

TEST(Rfc2217, ACancelledReadLosesNothing) {
  test::RealWorld world;
  Server server(world);
  const auto line = server.open_line();
  ASSERT_TRUE(line);
  world.run([](Server& s, Line& l) -> Task<> {
    std::array<std::uint8_t, 64> buffer;
    Result<std::size_t> none = std::size_t{0};
    auto read = [](Line& from, std::span<std::uint8_t> into, Result<std::size_t>& got) -> Task<> {
      got = co_await from.read(into, never);
    };
    const auto at_once = s.world.clock.now();
    EXPECT_EQ(co_await first_of(read(l, buffer, none), s.world.clock.wait_until(at_once)), 1U);
    s.say({'k', 'e', 'p', 't'});
    const auto got = co_await l.read(buffer, never);
    EXPECT_TRUE(got);
    EXPECT_EQ(as_text(std::span(buffer).first(got ? *got : 0)), "kept");
    EXPECT_EQ((co_await l.read(buffer, s.world.clock.now())).error(), asio::error::timed_out);
  }(server, *line));
}

TEST(Rfc2217, SendsNoDataWhileTheServerHasSuspendedItButCommands) {
  test::RealWorld world;
  Server server(world);
  const auto line = server.open_line();
  ASSERT_TRUE(line);
  world.run([](Server& s, Line& l) -> Task<> {
    s.say(from_server(8, {}));
    s.say({'!'});
    std::array<std::uint8_t, 8> buffer;
    co_await l.read(buffer, never);  // so the suspension has arrived too
    EXPECT_EQ(co_await l.write(as_bytes("early"), s.world.clock.now()), asio::error::timed_out);
    EXPECT_FALSE(l.set_dtr(false));
    const auto before = co_await s.hear(command(5, 9));
    EXPECT_EQ(as_text(before).find("early"), std::string_view::npos);
    s.say(from_server(9, {}));
    EXPECT_FALSE(co_await l.write(as_bytes("late"), never));
    co_await s.hear(as_bytes("late"));
  }(server, *line));
}

TEST(Rfc2217, AWriteWaitsForTheAnswerToAChangeOfSpeed) {
  test::RealWorld world;
  Server server(world);
  const auto line = server.open_line();
  ASSERT_TRUE(line);
  world.run([](Server& s, Line& l) -> Task<> {
    EXPECT_FALSE(l.set_speed(1200));
    EXPECT_EQ(l.speed(), 1200U);
    EXPECT_EQ(co_await l.write(as_bytes("x"), s.world.clock.now()), asio::error::timed_out);
    s.say(speed_9600);
    EXPECT_EQ(co_await l.write(as_bytes("x"), never), Error::bad_speed);
    EXPECT_EQ(l.speed(), 9600U);
    EXPECT_FALSE(co_await l.write(as_bytes("now"), never));
    co_await s.hear(as_bytes("now"));
    EXPECT_EQ(l.set_speed(0), Error::bad_speed);
  }(server, *line));
}

TEST(Rfc2217, DiscardsInputUpToTheConfirmation) {
  test::RealWorld world;
  Server server(world);
  const auto line = server.open_line();
  ASSERT_TRUE(line);
  world.run([](Server& s, Line& l) -> Task<> {
    s.say({'o', 'l', 'd'});
    std::array<std::uint8_t, 8> buffer;
    co_await l.read(std::span(buffer).first(1), never);
    EXPECT_EQ(l.discard_input(), 2U);
    co_await s.hear(command(12, 1));
    s.say({'o', 'n', ' ', 'i', 't', 's', ' ', 'w', 'a', 'y'});
    s.say(from_server(12, {1}));
    s.say({'n', 'e', 'w'});
    const auto got = co_await l.read(buffer, never);
    EXPECT_TRUE(got);
    EXPECT_EQ(buffer[0], 'n');
  }(server, *line));
}

TEST(Rfc2217, AnUnreadFloodIsLeftToTheNetworkAndThenReadWhole) {
  test::RealWorld world;
  Server server(world);
  const auto line = server.open_line();
  ASSERT_TRUE(line);
  world.run([](Server& s, Line& l) -> Task<> {
    constexpr std::size_t size = 1 << 24;  // more than sockets hold
    bool all_sent = false;
    auto flood = [](Server& self, bool& sent) -> Task<> {
      const Bytes all(size, 'x');
      co_await asio::async_write(self.socket, asio::buffer(all), asio::use_awaitable);
      sent = true;
      self.socket.close();
    };
    asio::co_spawn(s.world.io, flood(s, all_sent), asio::detached);
    for (int turn = 0; turn < 5000; ++turn) co_await asio::post(asio::use_awaitable);
    EXPECT_FALSE(all_sent);
    std::vector<std::uint8_t> buffer(65536);
    std::size_t total = 0;
    while (const auto got = co_await l.read(buffer, never)) total += *got;
    EXPECT_EQ(total, size);
  }(server, *line));
}

TEST(Rfc2217, AWriteThatNobodyTakesTimesOutAndCloseDoesNotWait) {
  test::RealWorld world;
  Server server(world);
  const auto line = server.open_line();
  ASSERT_TRUE(line);
  const Bytes much(1 << 26, 'x');
  EXPECT_EQ(world.run(line->write(much, world.clock.now() + 50ms)), asio::error::timed_out);
  line->discard_output();
  line->close();
}

TEST(Rfc2217, LowersDtrBeforeItClosesEvenWithUnreadInput) {
  test::RealWorld world;
  Server server(world);
  auto line = server.open_line();
  ASSERT_TRUE(line);
  server.say({'u', 'n', 'r', 'e', 'a', 'd'});
  line->close();
  world.run([](Server& s, Line& l) -> Task<> {
    co_await s.hear(command(5, 9));
    std::array<std::uint8_t, 8> buffer;
    auto [error, count] =
        co_await s.socket.async_read_some(asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
    EXPECT_EQ(error, asio::error::eof) << count;
    EXPECT_EQ((co_await l.read(buffer, never)).error(), asio::error::operation_aborted);
  }(server, *line));
  EXPECT_EQ(line->set_dtr(true), asio::error::operation_aborted);
  EXPECT_EQ(line->discard_input(), 0U);
  line->discard_output();
}

TEST(Rfc2217, ClosingEndsWhatIsUnderWay) {
  test::RealWorld world;
  Server server(world);
  auto line = server.open_line();
  ASSERT_TRUE(line);
  auto read = [](Line& l) -> Task<error_code> {
    std::array<std::uint8_t, 8> buffer;
    co_return (co_await l.read(buffer, never)).error();
  };
  auto future = asio::co_spawn(world.io, read(*line), asio::use_future);
  world.run([](test::RealWorld& w, std::unique_ptr<Line>& l) -> Task<> {
    co_await w.clock.wait_until(w.clock.now());
    l.reset();
  }(world, line));
  while (future.wait_for(0s) != std::future_status::ready) world.io.run_one();
  EXPECT_EQ(future.get(), asio::error::operation_aborted);
}

TEST(Rfc2217, BreakEndsWhenItsWaitIsCancelled) {
  test::RealWorld world;
  Server server(world);
  const auto line = server.open_line();
  ASSERT_TRUE(line);
  world.run([](Server& s, Line& l) -> Task<> {
    auto hold = [](Line& on) -> Task<> { co_await on.send_break(1h); };
    auto begun = [](Server& self) -> Task<> { co_await self.hear(command(5, 5)); };
    co_await first_of(hold(l), begun(s));
    co_await s.hear(command(5, 6));
  }(server, *line));
}

int option_of(int socket, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  ::getsockopt(socket, level, name, &value, &size);
  return value;
}

/// Our end of the connection to `server`: the socket whose peer is the server's.
int socket_of_line(const Server& server) {
  const auto wanted = server.socket.remote_endpoint().port();
  for (int fd = 3; fd < 1024; ++fd) {
    sockaddr_in here{};
    socklen_t size = sizeof here;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&here), &size) == 0 && here.sin_family == AF_INET &&
        ntohs(here.sin_port) == wanted) {
      return fd;
    }
  }
  return -1;
}

TEST(Rfc2217, ANetworkThatIsCutIsNoticedInHalfAMinute) {
  test::RealWorld world;
  Server server(world);
  const auto line = server.open_line();
  ASSERT_TRUE(line);
  const int fd = socket_of_line(server);
  ASSERT_GE(fd, 0);
  EXPECT_EQ(option_of(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 30'000);
  EXPECT_EQ(option_of(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
  const int probes = option_of(fd, IPPROTO_TCP, TCP_KEEPINTVL) * option_of(fd, IPPROTO_TCP, TCP_KEEPCNT);
  EXPECT_LE(option_of(fd, IPPROTO_TCP, TCP_KEEPIDLE) + probes, 30);
}

}  // namespace
}  // namespace external::line::rfc2217_test
