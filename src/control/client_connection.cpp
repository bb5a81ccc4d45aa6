#include "client_connection.h"

#include <external/base/async.h>

namespace external::control {

namespace json = boost::json;

namespace {

constexpr std::size_t longest_request = 64 * 1024;
constexpr auto patience_for_request = std::chrono::seconds(30);
constexpr auto patience_for_reply = std::chrono::seconds(10);

constexpr std::size_t most_streams = 48;

/// One of the requests that may go on for long, which leave room for short ones.
class Stream {
 public:
  explicit Stream(Shared& shared, bool counts) : count_(counts ? &shared.streams : nullptr) {
    if (count_) ++*count_;
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() {
    if (count_) --*count_;
  }

 private:
  std::size_t* count_;
};

/// A reply that was cut, by cancelling or a client that does not read, is the last: what followed could not
/// be told from its rest.
class WholeLine {
 public:
  explicit WholeLine(asio::local::stream_protocol::socket& socket) : socket_(socket) {}
  WholeLine(const WholeLine&) = delete;
  WholeLine& operator=(const WholeLine&) = delete;
  ~WholeLine() {
    error_code ignored;
    if (!sent_) socket_.close(ignored);
  }

  void sent() { sent_ = true; }

 private:
  asio::local::stream_protocol::socket& socket_;
  bool sent_ = false;
};

}  // namespace

ClientConnection::ClientConnection(asio::local::stream_protocol::socket socket, Shared& shared)
    : socket_(std::move(socket)), shared_(shared), idle_since_(shared.clock.now()) {}

Task<> ClientConnection::run() {
  std::string line;
  for (;;) {
    idle_since_ = shared_.clock.now();
    const bool has_line = co_await read_line(line);
    if (!has_line) co_return;
    idle_since_.reset();
    const bool goes_on = co_await answer(line);
    if (!goes_on) co_return;
  }
}

// False at the end of the connection, or if the client must be dropped.
Task<bool> ClientConnection::read_line(std::string& line) {
  error_code failed;
  std::size_t length = 0;
  auto read = [&]() -> Task<> {
    std::tie(failed, length) = co_await asio::async_read_until(
        socket_, asio::dynamic_buffer(received_, longest_request), '\n', asio::as_tuple(asio::use_awaitable));
  };
  const auto first = co_await first_of(read(), shared_.clock.wait_for(patience_for_request));
  if (first == 1) co_return false;
  if (failed == asio::error::not_found) co_await send(error_reply("a request has at most 65536 bytes"));
  if (failed) co_return false;
  line = received_.substr(0, length);
  received_.erase(0, length);
  co_return true;
}

Task<bool> ClientConnection::answer(const std::string& line) {
  const Understood understood = understand(line, shared_.commands);
  if (understood.answerer == nullptr) {
    co_await send(understood.refusal);
    co_return true;
  }
  if (understood.answerer->streams && shared_.streams >= most_streams) {
    co_await send(error_reply("48 clients follow the log or wait for calls already; end one of them"));
    co_return true;
  }
  co_return co_await serve(understood);
}

Task<bool> ClientConnection::serve(const Understood& understood) {
  const Stream stream(shared_, understood.answerer->streams);
  json::object reply;
  auto handle = [&]() -> Task<> {
    // The last reply is sent outside, so that more() is not confused with it.
    auto more = [this](json::object part) -> Task<> {
      part["more"] = true;
      co_await send(std::move(part));
    };
    try {
      reply = co_await understood.answerer->handler(understood.request, more);
    } catch (const boost::system::system_error& error) {
      if (error.code() == asio::error::operation_aborted) throw;
      reply = error_reply(error.what());
    } catch (const std::exception& error) {
      reply = error_reply(error.what());
    }
  };
  const auto first = co_await first_of(handle(), watch_for_hang_up());
  if (first == 1) co_return false;
  co_await send(std::move(reply));
  co_return true;
}

// Ends when the client has closed its connection altogether; one that only has said all may still read.
Task<> ClientConnection::watch_for_hang_up() {
  co_await socket_.async_wait(asio::socket_base::wait_error, asio::as_tuple(asio::use_awaitable));
}

Task<> ClientConnection::send(json::object reply) {
  reply["v"] = 1;
  if (!reply.contains("ok")) reply["ok"] = true;
  const std::string line = json::serialize(reply) + "\n";
  WholeLine whole(socket_);
  auto write = [&]() -> Task<> {
    co_await asio::async_write(socket_, asio::buffer(line), asio::use_awaitable);
    whole.sent();
  };
  const auto first = co_await first_of(write(), shared_.clock.wait_for(patience_for_reply));
  if (first == 1) {
    throw boost::system::system_error(asio::error::timed_out);
  }
}

}  // namespace external::control
