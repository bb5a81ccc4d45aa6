#include "run.h"

#include <external/control/client.h>
#include <external/control/server.h>

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace external::control::server_test {
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

  void start(const std::string& group = {}) {
    server_.emplace(world_.io.get_executor(), world_.clock, path_, group);
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
    server_->handle_stream("pour",
                           [this](const json::object&, ControlServer::Send send) -> Task<json::object> {
                             struct Leave {
                               bool& ended;
                               ~Leave() { ended = true; }
                             } leave{handler_ended_};
                             for (;;) {
                               json::object much;
                               much["text"] = std::string(50'000, 'x');
                               co_await send(std::move(much));
                             }
                           });
    server_->handle_stream("follow", [this](const json::object&, ControlServer::Send) -> Task<json::object> {
      ++followers_;
      co_await world_.clock.wait_for(24h);
      co_return json::object{};
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

  static Task<error_code> end_of(Socket& socket) {
    char byte = 0;
    auto [error, count] =
        co_await socket.async_read_some(asio::buffer(&byte, 1), asio::as_tuple(asio::use_awaitable));
    co_return error;
  }

  json::object ask(const std::string& line) {
    auto socket = connect();
    return world_.run([](Socket& s, std::string text) -> Task<json::object> {
      co_await asio::async_write(s, asio::buffer(text), asio::use_awaitable);
      co_return co_await read_reply(s);
    }(socket, line));
  }

  // So many clients that say this, and stay.
  void crowd(std::size_t count, const std::string& text) {
    for (std::size_t i = 0; i < count; ++i) {
      crowd_.push_back(connect());
      if (!text.empty()) asio::write(crowd_.back(), asio::buffer(text));
      world_.clock.run_until([] { return false; }, 0s);
    }
  }

  asio::cancellation_signal stop_;
  test::VirtualWorld world_;
  std::optional<ControlServer> server_;
  std::vector<Socket> crowd_;
  std::size_t followers_ = 0;
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
  const auto reason = world_.run(end_of(socket));
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

TEST_F(ServerTest, DropsAFollowerThatDoesNotReadWithoutHoldingOthers) {
  start();
  auto deaf = connect();
  asio::write(deaf, asio::buffer(std::string("{\"v\":1,\"command\":\"pour\"}\n")));
  world_.clock.advance(9s);
  EXPECT_FALSE(handler_ended_);
  EXPECT_EQ(ask("{\"v\":1,\"command\":\"echo\",\"text\":\"quick\"}\n").at("text"), "quick");
  EXPECT_TRUE(world_.clock.run_until([&] { return handler_ended_; }, 2s));
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

TEST_F(ServerTest, TellsTheVersionsItKnows) {
  start();
  for (const auto* version :
       {"2", "0", "-1", "1.5", "1e300", "18446744073709551615", "\"1\"", "null", "[1]"}) {
    const auto reply = ask("{\"v\":" + std::string(version) + ",\"command\":\"echo\"}\n");
    EXPECT_EQ(reply.at("ok"), false) << version;
    EXPECT_EQ(reply.at("v"), 1) << version;
    EXPECT_EQ(reply.at("versions"), (json::value{1})) << version;
  }
}

TEST_F(ServerTest, WhoIsIdleYieldsToWhoComes) {
  start();
  crowd(1, "{\"v\":1,\"command\":\"follow\"}\n");
  crowd(63, "{\"v\":1,\"comm");  // half a line is idle, too
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(ask("{\"v\":1,\"command\":\"echo\",\"text\":\"quick\"}\n").at("text"), "quick");
  EXPECT_EQ(world_.run(end_of(crowd_.at(1))), asio::error::eof);
  // Who is being served stays.
  world_.clock.advance(1s);
  EXPECT_EQ(crowd_.front().available(), 0u);
}

TEST_F(ServerTest, SaysSoWhenAllAreBusy) {
  start();
  crowd(64, "{\"v\":1,\"command\":\"wait\"}\n");
  EXPECT_THAT(std::string(ask("{\"v\":1,\"command\":\"echo\",\"text\":1}\n").at("error").get_string()),
              HasSubstr("64 clients are being served"));
}

TEST_F(ServerTest, KeepsRoomForShortRequestsBesideLongOnes) {
  start();
  crowd(64, "{\"v\":1,\"command\":\"follow\"}\n");
  EXPECT_EQ(followers_, 48u);
  EXPECT_EQ(ask("{\"v\":1,\"command\":\"echo\",\"text\":1}\n").at("ok"), true);
  EXPECT_EQ(ask("{\"v\":1,\"command\":\"follow\"}\n").at("ok"), false);
  crowd_.clear();
  world_.clock.run_until([] { return false; }, 1s);
  crowd(1, "{\"v\":1,\"command\":\"follow\"}\n");
  EXPECT_EQ(followers_, 49u);  // those who went have given back their places
}

TEST_F(ServerTest, IsForItsUserOnlyAndLeavesNoSocket) {
  start();
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  stop();
  server_.reset();
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(ServerTest, IsForTheMembersOfAGroup) {
  const auto* group = ::getgrgid(::getegid());
  ASSERT_NE(group, nullptr);
  start(group->gr_name);
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0660u);
  EXPECT_EQ(status.st_gid, ::getegid());
}

TEST_F(ServerTest, SaysThatThereIsNoSuchGroup) {
  EXPECT_THAT(error_of([&] { start("no-such-group"); }),
              HasSubstr("ControlGroup = no-such-group: there is no such group; addgroup"));
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

TEST_F(ClientTest, SaysWhoMayAsk) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become somebody who may not";
  serve();
  std::filesystem::permissions(folder_, std::filesystem::perms(0755));
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setgroups(0, nullptr) != 0 || ::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(2);
    const auto error = error_of([&] { ControlClient(path_, "N/C"); });
    const bool tells = error.find(
                           "Permission denied; ask as the user root, or name a group of yours in "
                           "ControlGroup") != std::string::npos;
    ::_exit(tells ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(ClientTest, ReachesASocketInADeepFolder) {
  const auto deep = folder_ + "/" + std::string(100, 'a') + "/" + std::string(100, 'b');
  std::filesystem::create_directories(deep);
  path_ = deep + "/control";
  serve();
  EXPECT_EQ(ControlClient(path_, "DIR").request({{"command", "echo"}, {"text", 1}}, 10s).at("text"), 1);
}

}  // namespace
}  // namespace external::control::server_test
