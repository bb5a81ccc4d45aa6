#include "run.h"

#include <external/control/client.h>
#include <external/control/server.h>

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include <sys/socket.h>
#include <sys/stat.h>

namespace external::control {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
namespace json = boost::json;
using Socket = asio::local::stream_protocol::socket;

template <class Call>
std::string error_of(Call call) {
  try {
    call();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "no error";
}

// Outside of coroutines, where GCC 12 cannot compile initializer lists of JSON.
json::object number(int value) {
  return {{"number", value}};
}

class ControlTest : public testing::Test {
 protected:
  ControlTest() {
    std::string pattern = testing::TempDir() + "control-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    path_ = folder_ + "/control";
  }
  ~ControlTest() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
  std::string path_;
};

// The server in virtual time, clients as coroutines beside it.
class ServerTest : public ControlTest {
 protected:
  ~ServerTest() override { stop(); }

  void stop() {
    stop_.emit(asio::cancellation_type::terminal);
    world_.clock.run_until([&] { return server_ended_; });
  }

  void start() {
    server_.emplace(world_.io.get_executor(), world_.clock, path_);
    server_->handle("echo", [](const json::object& request) -> Task<json::object> {
      co_return json::object{{"text", request.at("text")}};
    });
    server_->handle("fail", [](const json::object&) -> Task<json::object> {
      throw std::runtime_error("the queue is closed");
      co_return json::object{};
    });
    server_->handle("wait", [this](const json::object&) -> Task<json::object> {
      struct Leave {
        bool& ended;
        ~Leave() { ended = true; }
      } leave{handler_ended_};
      handler_began_ = true;
      co_await world_.clock.wait_for(24h);
      co_return json::object{};
    });
    server_->handle_stream("count", [](const json::object&, ControlServer::Send send) -> Task<json::object> {
      co_await send(number(1));
      co_await send(number(2));
      co_return number(3);
    });
    asio::co_spawn(
        world_.io, server_->run(),
        asio::bind_cancellation_slot(stop_.slot(), [this](std::exception_ptr) { server_ended_ = true; }));
  }

  Socket connect() {
    Socket socket(world_.io);
    socket.connect(path_);
    return socket;
  }

  static Task<json::object> read_reply(Socket& socket) {
    std::string text;
    co_await asio::async_read_until(socket, asio::dynamic_buffer(text), '\n', asio::use_awaitable);
    co_return json::parse(text).as_object();
  }

  json::object ask(const std::string& line) {
    auto socket = connect();
    return world_.run([](Socket& s, std::string text) -> Task<json::object> {
      co_await asio::async_write(s, asio::buffer(text), asio::use_awaitable);
      co_return co_await read_reply(s);
    }(socket, line));
  }

  asio::cancellation_signal stop_;
  test::VirtualWorld world_;
  std::optional<ControlServer> server_;
  bool handler_began_ = false;
  bool handler_ended_ = false;
  bool server_ended_ = false;
};

TEST_F(ServerTest, AnswersWithTheHandlersObject) {
  start();
  EXPECT_EQ(ask("{\"v\":1,\"command\":\"echo\",\"text\":\"hi\"}\n"),
            (json::object{{"text", "hi"}, {"v", 1}, {"ok", true}}));
}

TEST_F(ServerTest, AnswersGarbageWithAnErrorAndGoesOn) {
  start();
  for (const auto* garbage :
       {"\n", "hello\n", "[1,2]\n", "{\"command\":\"echo\"}\n", "{\"v\":2,\"command\":\"echo\"}\n",
        "{\"v\":1,\"command\":7}\n", "\xff\xfe\n", "{\"v\":1,\"command\":\"ecko\"}\n"}) {
    const auto reply = ask(garbage);
    EXPECT_EQ(reply.at("ok"), false) << garbage;
    EXPECT_TRUE(reply.at("error").is_string()) << garbage;
  }
  EXPECT_THAT(std::string(ask("{\"v\":1,\"command\":\"ecko\"}\n").at("error").get_string()),
              HasSubstr("echo"));
  EXPECT_EQ(ask("{\"v\":1,\"command\":\"echo\",\"text\":1}\n").at("text"), 1);
}

TEST_F(ServerTest, TurnsAnExceptionIntoAnError) {
  start();
  EXPECT_EQ(ask("{\"v\":1,\"command\":\"fail\"}\n").at("error"), "the queue is closed");
}

TEST_F(ServerTest, RefusesARequestThatDoesNotEnd) {
  start();
  EXPECT_EQ(ask(std::string(64 * 1024, 'x')).at("error"), "a request has at most 65536 bytes");
}

TEST_F(ServerTest, DropsAClientThatSaysNothing) {
  start();
  auto socket = connect();
  const auto before = world_.clock.now();
  const auto reason = world_.run([](Socket& s) -> Task<error_code> {
    char byte = 0;
    auto [error, count] =
        co_await s.async_read_some(asio::buffer(&byte, 1), asio::as_tuple(asio::use_awaitable));
    co_return error;
  }(socket));
  EXPECT_EQ(reason, asio::error::eof);
  EXPECT_EQ(world_.clock.now() - before, 30s);
}

TEST_F(ServerTest, CancelsTheHandlerOfAClientThatHasGone) {
  start();
  {
    auto socket = connect();
    asio::write(socket, asio::buffer(std::string("{\"v\":1,\"command\":\"wait\"}\n")));
    ASSERT_TRUE(world_.clock.run_until([&] { return handler_began_; }, 0s));
    EXPECT_FALSE(handler_ended_);
  }
  EXPECT_TRUE(world_.clock.run_until([&] { return handler_ended_; }, 1h));
}

TEST_F(ServerTest, AnswersAClientThatHasSaidItsLastWord) {
  start();
  auto socket = connect();
  asio::write(socket, asio::buffer(std::string("{\"v\":1,\"command\":\"echo\",\"text\":\"bye\"}\n")));
  socket.shutdown(Socket::shutdown_send);
  EXPECT_EQ(world_.run(read_reply(socket)).at("text"), "bye");
}

TEST_F(ServerTest, DropsAClientThatDoesNotReadWithoutHoldingOthers) {
  start();
  auto deaf = connect();
  const std::string request =
      "{\"v\":1,\"command\":\"echo\",\"text\":\"" + std::string(60'000, 'x') + "\"}\n";
  std::size_t sent = 0;
  asio::co_spawn(
      world_.io,
      [&]() -> Task<> {
        for (;;) sent += co_await asio::async_write(deaf, asio::buffer(request), asio::use_awaitable);
      },
      [&](std::exception_ptr) { sent = 0; });
  EXPECT_EQ(ask("{\"v\":1,\"command\":\"echo\",\"text\":\"quick\"}\n").at("text"), "quick");
  EXPECT_TRUE(world_.clock.run_until([&] { return sent > 0; }, 0s));
  EXPECT_TRUE(world_.clock.run_until([&] { return sent == 0; }, 11s));  // its writes fail: it was dropped
}

TEST_F(ServerTest, EndsItsHandlersBeforeItEnds) {
  start();
  auto socket = connect();
  asio::write(socket, asio::buffer(std::string("{\"v\":1,\"command\":\"wait\"}\n")));
  ASSERT_TRUE(world_.clock.run_until([&] { return handler_began_; }, 0s));
  stop_.emit(asio::cancellation_type::terminal);
  ASSERT_TRUE(world_.clock.run_until([&] { return server_ended_; }, 0s));
  EXPECT_TRUE(handler_ended_);
}

TEST_F(ServerTest, ReplacesTheSocketOfAProcessThatIsGone) {
  asio::local::stream_protocol::acceptor(world_.io, path_);  // closed at once; its file stays
  ASSERT_TRUE(std::filesystem::exists(path_));
  start();
  EXPECT_EQ(ask("{\"v\":1,\"command\":\"echo\",\"text\":1}\n").at("ok"), true);
}

TEST_F(ServerTest, IsForItsUserAndGroupOnlyAndLeavesNoSocket) {
  start();
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0660u);
  stop();
  server_.reset();
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(ServerTest, RefusesAPathThatIsTaken) {
  start();
  const auto second = [&] { ControlServer(world_.io.get_executor(), world_.clock, path_); };
  EXPECT_THAT(error_of(second), HasSubstr("another External is running here; stop it first"));
  EXPECT_EQ(ask("{\"v\":1,\"command\":\"echo\",\"text\":1}\n").at("ok"), true);
}

TEST_F(ServerTest, DoesNotRemoveAFileThatIsNoSocket) {
  std::ofstream(path_) << "precious";
  EXPECT_THAT(error_of([&] { start(); }), HasSubstr("no socket"));
  EXPECT_TRUE(std::filesystem::exists(path_));
}

// The blocking client needs the server on another thread.
class ClientTest : public ServerTest {
 protected:
  void serve() {
    start();
    thread_.emplace([this] { world_.io.run(); });
  }
  ~ClientTest() override {
    world_.io.stop();
    if (thread_) thread_->join();
  }
  std::optional<std::thread> thread_;
};

TEST_F(ClientTest, GetsTheReply) {
  serve();
  ControlClient client(path_, "DIR");
  EXPECT_EQ(client.request({{"command", "echo"}, {"text", "a"}}, 10s).at("text"), "a");
  EXPECT_EQ(client.request({{"command", "echo"}, {"text", "b"}}, 10s).at("text"), "b");
}

TEST_F(ClientTest, GetsEveryPartOfALongAnswer) {
  serve();
  std::vector<std::int64_t> numbers;
  const auto last =
      ControlClient(path_, "DIR").request({{"command", "count"}}, 10s, [&](const json::object& part) {
        numbers.push_back(part.at("number").as_int64());
      });
  EXPECT_THAT(numbers, testing::ElementsAre(1, 2));
  EXPECT_EQ(last.at("number"), 3);
}

TEST_F(ClientTest, ThrowsTheErrorOfTheOtherSide) {
  serve();
  ControlClient client(path_, "DIR");
  EXPECT_THROW(client.request({{"command", "fail"}}, 10s), Refused);
  EXPECT_EQ(error_of([&] { client.request({{"command", "fail"}}, 10s); }), "the queue is closed");
}

TEST_F(ClientTest, SaysThatNothingRuns) {
  EXPECT_THROW(ControlClient(path_, "/srv/clinic"), NotRunning);
  EXPECT_EQ(error_of([&] { ControlClient(path_, "/srv/clinic"); }), "no External is running for /srv/clinic");
}

TEST_F(ClientTest, SaysThatNothingRunsInADeepFolderEither) {
  EXPECT_THROW(ControlClient(folder_ + "/" + std::string(120, 'a') + "/control", "DIR"), NotRunning);
}

TEST_F(ClientTest, SaysThatThereIsNoAnswer) {
  serve();
  ControlClient client(path_, "DIR");
  EXPECT_THAT(error_of([&] { client.request({{"command", "wait"}}, 1ms); }), HasSubstr("does not answer"));
}

TEST_F(ClientTest, ReachesASocketInADeepFolder) {
  const auto deep = folder_ + "/" + std::string(100, 'a') + "/" + std::string(100, 'b');
  std::filesystem::create_directories(deep);
  path_ = deep + "/control";
  serve();
  EXPECT_EQ(ControlClient(path_, "DIR").request({{"command", "echo"}, {"text", 1}}, 10s).at("text"), 1);
}

}  // namespace
}  // namespace external::control
