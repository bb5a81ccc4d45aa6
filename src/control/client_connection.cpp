#include "client_connection.h"

#include <external/base/async.h>
#include <external/base/text.h>

namespace external::control {

namespace json = boost::json;

namespace {

constexpr std::size_t longest_request = 64 * 1024;
constexpr auto patience_for_request = std::chrono::seconds(30);
constexpr auto patience_for_reply = std::chrono::seconds(10);

json::object error_reply(std::string_view text) {
  return {{"ok", false}, {"error", text}};
}

std::string unknown_command(std::string_view name, const Commands& commands) {
  std::vector<std::string> known;
  for (const auto& [command, handler] : commands) known.push_back(command);
  std::string text = "unknown command " + visible(name);
  const std::string near = nearest(name, known);
  if (!near.empty()) text += "; did you mean " + near + "?";
  return text;
}

/// The command of a request, or why there is none.
struct Understood {
  json::object request;
  const ControlServer::StreamHandler* handler = nullptr;
  std::string error;
};

Understood understand(const std::string& line, const Commands& commands) {
  error_code failed;
  json::value value = json::parse(line, failed);
  if (failed) return {{}, nullptr, "not JSON: " + failed.message()};
  if (!value.is_object()) return {{}, nullptr, "a request is a JSON object"};
  json::object& request = value.get_object();
  const auto* version = request.if_contains("v");
  if (version == nullptr || *version != 1)
    return {{}, nullptr, "a request has \"v\":1, the version of this protocol"};
  const auto* name = request.if_contains("command");
  if (name == nullptr || !name->is_string()) return {{}, nullptr, "a request has a \"command\""};
  const auto found = commands.find(std::string_view(name->get_string()));
  if (found == commands.end()) return {{}, nullptr, unknown_command(name->get_string(), commands)};
  return {std::move(request), &found->second, {}};
}

}  // namespace

ClientConnection::ClientConnection(asio::local::stream_protocol::socket socket, Clock& clock,
                                   const Commands& commands)
    : socket_(std::move(socket)), clock_(clock), commands_(commands) {}

Task<> ClientConnection::run() {
  std::string line;
  for (;;) {
    const bool has_line = co_await read_line(line);
    if (!has_line) co_return;
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
  const auto first = co_await first_of(read(), clock_.wait_for(patience_for_request));
  if (first == 1) co_return false;
  if (failed == asio::error::not_found) co_await send(error_reply("a request has at most 65536 bytes"));
  if (failed) co_return false;
  line = received_.substr(0, length);
  received_.erase(0, length);
  co_return true;
}

Task<bool> ClientConnection::answer(const std::string& line) {
  const Understood understood = understand(line, commands_);
  if (understood.handler == nullptr) {
    co_await send(error_reply(understood.error));
    co_return true;
  }
  json::object reply;
  auto handle = [&]() -> Task<> {
    // The last reply is sent outside, so that more() is not confused with it.
    auto more = [this](json::object part) -> Task<> {
      part["more"] = true;
      co_await send(std::move(part));
    };
    try {
      reply = co_await (*understood.handler)(understood.request, more);
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
  auto write = [&]() -> Task<> {
    co_await asio::async_write(socket_, asio::buffer(line), asio::use_awaitable);
  };
  const auto first = co_await first_of(write(), clock_.wait_for(patience_for_reply));
  if (first == 1) {
    throw boost::system::system_error(asio::error::timed_out);
  }
}

}  // namespace external::control
