#include "run.h"
#include "temp_folder.h"

#include <external/control/async_client.h>
#include <external/control/message_status.h>
#include <external/control/server.h>

namespace external::control::async_client_test {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

class AsyncClientTest : public testing::Test {
 protected:
  void serve() {
    server_.emplace(world_.io.get_executor(), world_.clock, path_);
    server_->handle("hello", [](const json::object&) -> Task<json::object> {
      json::object reply{{"text", "good day"}};
      co_return reply;
    });
    server_->handle("never", [this](const json::object&) -> Task<json::object> {
      co_await world_.clock.wait_until(never);
      co_return json::object();
    });
    asio::co_spawn(
        world_.io, server_->run(),
        asio::bind_cancellation_slot(stop_.slot(), [this](std::exception_ptr) { server_.reset(); }));
  }

  void end() {
    stop_.emit(asio::cancellation_type::terminal);
    while (server_) world_.io.run_one();
  }

  ~AsyncClientTest() override {
    if (server_) end();
  }

  json::object ask(const char* command, Duration patience = 60s) {
    json::object request{{"command", command}};
    return world_.run(client_.request(std::move(request), patience));
  }

  test::TempFolder folder_;
  std::string path_ = (folder_.path() / "control.sock").string();
  asio::cancellation_signal stop_;
  test::RealWorld world_;
  AsyncClient client_{world_.io.get_executor(), world_.clock, path_, "NORTH/CLINIC"};
  std::optional<ControlServer> server_;
};

TEST_F(AsyncClientTest, GetsReplies) {
  serve();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask("hello").at("text").as_string(), "good day");
}

TEST_F(AsyncClientTest, SaysWhatWasRefused) {
  serve();
  EXPECT_THROW(ask("helo"), Refused);
  EXPECT_EQ(ask("hello").at("text").as_string(), "good day") << "the connection is as good as before";
}

TEST_F(AsyncClientTest, FindsTheServerAgain) {
  EXPECT_THROW(ask("hello"), NotRunning);
  serve();
  EXPECT_EQ(ask("hello").at("text").as_string(), "good day");
  end();
  EXPECT_THROW(ask("hello"), NotRunning);
  serve();
  EXPECT_EQ(ask("hello").at("text").as_string(), "good day");
}

TEST_F(AsyncClientTest, DoesNotWaitForEver) {
  serve();
  EXPECT_THROW(ask("never", 20ms), std::runtime_error);
  EXPECT_EQ(ask("hello").at("text").as_string(), "good day") << "on another connection";
}

TEST(MessagePage, ComesThroughAsJson) {
  MessagePage page;
  MessageStatus message;
  message.id = 7;
  message.bytes = 12;
  message.accepted = WallTime(std::chrono::seconds(1'700'000'000));
  message.priority = "urgent";
  message.state = "queued, held";
  message.from = "NORTH/CLINIC/ANNA";
  message.to = "SOUTH/HUB/BOB";
  message.others = 2;
  message.destination = "SOUTH/HUB";
  message.tries = 3;
  message.next_attempt = message.accepted;
  message.last_error = "busy";
  page.messages = {message, MessageStatus{}};
  page.more = true;
  EXPECT_EQ(page_from_json(to_json(page)), page);
  EXPECT_EQ(
      boost::json::serialize(to_json(page).at("messages").at(0)),
      R"({"id":7,"bytes":12,"accepted":"2023-11-14T22:13:20Z","priority":"urgent",)"
      R"("state":"queued, held","from":"NORTH/CLINIC/ANNA","to":"SOUTH/HUB/BOB","others":2,)"
      R"("destination":"SOUTH/HUB","tries":3,"next_attempt":"2023-11-14T22:13:20Z","last_error":"busy"})");
  EXPECT_EQ(page_from_json({}), MessagePage());
}

}  // namespace
}  // namespace external::control::async_client_test
