#include "run.h"

#include <external/metrics/http_server.h>

#include <gmock/gmock.h>

namespace external::metrics::http_server_test {
namespace {

using namespace ::testing;
using namespace std::chrono_literals;
using asio::ip::tcp;

struct MetricsHttp : Test {
  external::test::RealWorld world;
  std::vector<std::string> said;
  int pages = 0;
  std::string body = "a 1\n";
  HttpServer server{world.io.get_executor(),
                    world.clock,
                    {"", "0"},
                    [this] {
                      ++pages;
                      return body;
                    },
                    [this](const std::string& line) { said.push_back(line); }};
  asio::cancellation_signal stop;
  bool ended = false;

  void SetUp() override {
    asio::co_spawn(
        world.io, server.run(),
        asio::bind_cancellation_slot(stop.slot(), [this](const std::exception_ptr&) { ended = true; }));
    run_until([this] { return !said.empty(); });
  }
  void TearDown() override {
    stop.emit(asio::cancellation_type::terminal);
    run_until([this] { return ended; });
    EXPECT_TRUE(ended);
  }

  void run_until(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + 60s;
    world.io.restart();
    while (!done() && std::chrono::steady_clock::now() < end) world.io.run_one_for(100ms);
  }

  tcp::endpoint place() const {
    const auto& line = said.back();
    const auto colon = line.rfind(':');
    return {asio::ip::make_address("127.0.0.1"),
            static_cast<std::uint16_t>(std::stoul(line.substr(colon + 1)))};
  }

  /// What comes back until the server ends the connection.
  std::string ask(const std::string& request) {
    auto talk = [](tcp::endpoint where, const std::string& text) -> Task<std::string> {
      tcp::socket socket(co_await asio::this_coro::executor);
      co_await socket.async_connect(where, asio::use_awaitable);
      co_await asio::async_write(socket, asio::buffer(text), asio::use_awaitable);
      std::string answer;
      error_code over;
      co_await asio::async_read(socket, asio::dynamic_buffer(answer),
                                asio::redirect_error(asio::use_awaitable, over));
      co_return answer;
    };
    return world.run(talk(place(), request));
  }
};

TEST_F(MetricsHttp, TellsThePageAndNothingElse) {
  EXPECT_THAT(said.back(), StartsWith("Metrics are told at http://127.0.0.1:"));
  const auto answer = ask("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 200 OK\r\n"),
                            HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"),
                            EndsWith("\r\n\r\na 1\n")));
  EXPECT_THAT(ask("GET / HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.0 404 "));
  EXPECT_THAT(ask("GET /metrics/../secret HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.0 404 "));
  EXPECT_THAT(ask("DELETE /metrics HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.0 405 "));
  EXPECT_THAT(ask("HEAD /metrics HTTP/1.0\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.0 200 "), EndsWith("\r\n\r\n")));
}

TEST_F(MetricsHttp, AnswersMoreThanOneRequestOnAConnectionAndMakesThePageOnce) {
  const auto answer =
      ask("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\nGET /metrics?a=b HTTP/1.1\r\nHost: x\r\nConnection: "
          "close\r\n\r\n");
  const auto first = answer.find("HTTP/1.1 200 OK");
  EXPECT_NE(answer.find("HTTP/1.1 200 OK", first + 1), std::string::npos) << answer;
  EXPECT_LE(pages, 2) << "a slow computer may take a second in between";
}

TEST_F(MetricsHttp, DropsWhoSpeaksNoHttpOrAsksForTooMuch) {
  EXPECT_EQ(ask("hello\r\n\r\n"), "");
  EXPECT_EQ(ask("GET /metrics HTTP/1.1\r\nX: " + std::string(9000, 'x')), "");
  EXPECT_EQ(ask("GET /metrics HTTP/1.1\r\nContent-Length: 5\r\n\r\nabcde"), "");
  EXPECT_EQ(pages, 0);
}

TEST_F(MetricsHttp, WhoTakesNothingHoldsNobodyUp) {
  body.assign(30'000'000, 'x');
  tcp::socket slow(world.io);
  slow.connect(place());
  asio::write(slow, asio::buffer(std::string("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")));
  run_until([this] { return pages > 0; });
  EXPECT_EQ(ask("GET /metrics HTTP/1.0\r\n\r\n").size() > 30'000'000, true);
}

TEST_F(MetricsHttp, BearsMoreClientsThanItServesAtOnce) {
  std::vector<tcp::socket> silent;
  for (int i = 0; i < 40; ++i) {
    silent.emplace_back(world.io);
    silent.back().connect(place());
  }
  run_until([n = 0]() mutable { return ++n > 50; });
  silent.clear();
  EXPECT_THAT(ask("GET /metrics HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.0 200 "));
}

TEST(MetricsHttpPlace, ThatCannotBeHadIsToldOnceAndTriedAgain) {
  external::test::VirtualWorld world;
  tcp::acceptor other(world.io, {asio::ip::make_address("127.0.0.1"), 0});
  const auto port = std::to_string(other.local_endpoint().port());
  std::vector<std::string> said;
  HttpServer server(
      world.io.get_executor(), world.clock, {"localhost", port}, [] { return std::string(); },
      [&](const std::string& line) { said.push_back(line); });
  asio::cancellation_signal stop;
  bool ended = false;
  asio::co_spawn(world.io, server.run(),
                 asio::bind_cancellation_slot(stop.slot(), [&](const std::exception_ptr&) { ended = true; }));
  world.clock.advance(10min);
  ASSERT_EQ(said.size(), 1u);
  EXPECT_THAT(said[0], HasSubstr("MetricsListen: cannot listen on localhost:" + port));
  other.close();
  world.clock.advance(2min);
  ASSERT_EQ(said.size(), 2u);
  EXPECT_THAT(said[1], StartsWith("Metrics are told at http://127.0.0.1:" + port + "/metrics."));
  stop.emit(asio::cancellation_type::terminal);
  world.clock.advance(1s);
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace external::metrics::http_server_test
