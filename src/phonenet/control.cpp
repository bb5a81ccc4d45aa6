#include "control.h"

#include <external/base/text.h>

namespace external::phonenet {
namespace {

using Protocol = asio::local::stream_protocol;

constexpr std::size_t longest_request = 1024;
constexpr std::string_view accepted = "ok\n";
constexpr std::string_view refused = "error: ";

bool somebody_serves(const std::filesystem::path& socket) {
  asio::io_context io;
  Protocol::socket peer(io);
  error_code error;
  peer.connect(Protocol::endpoint(socket.string()), error);
  return !error;
}

Protocol::acceptor open_acceptor(const asio::any_io_executor& executor, const std::filesystem::path& socket) {
  if (socket.string().size() > 100) {
    throw std::runtime_error(socket.string() + " is too long for a socket; choose a shorter --dir");
  }
  if (somebody_serves(socket)) {
    throw std::runtime_error(socket.parent_path().string() +
                             " is served by another phonenet already; stop it or choose another --dir");
  }
  std::error_code ignored;
  if (std::filesystem::is_socket(socket, ignored)) std::filesystem::remove(socket, ignored);
  Protocol::acceptor acceptor(executor);
  error_code error;
  acceptor.open(Protocol(), error);
  if (!error) acceptor.bind(Protocol::endpoint(socket.string()), error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error)
    throw std::runtime_error("cannot make " + socket.string() + ": " + error.message() +
                             "; choose another --dir");
  return acceptor;
}

Words words_of(const std::string& line) {
  Words words = split(trim(line), ' ');
  std::erase(words, "");
  return words;
}

}  // namespace

ControlServer::ControlServer(const asio::any_io_executor& executor, std::filesystem::path socket,
                             Handler handler)
    : socket_(std::move(socket)), handler_(std::move(handler)), acceptor_(open_acceptor(executor, socket_)) {}

ControlServer::~ControlServer() {
  std::error_code ignored;
  std::filesystem::remove(socket_, ignored);
}

Task<> ControlServer::run() {
  for (;;) {
    auto [error, peer] = co_await acceptor_.async_accept(asio::as_tuple(asio::use_awaitable));
    if (error == asio::error::operation_aborted) co_return;
    if (!error) asio::co_spawn(acceptor_.get_executor(), converse(std::move(peer)), asio::detached);
  }
}

Task<> ControlServer::converse(Protocol::socket peer) {
  std::string line;
  auto [read_error, size] = co_await asio::async_read_until(peer, asio::dynamic_buffer(line, longest_request),
                                                            '\n', asio::as_tuple(asio::use_awaitable));
  if (read_error) co_return;
  const std::string text = answer(line.substr(0, size));
  co_await asio::async_write(peer, asio::buffer(text), asio::as_tuple(asio::use_awaitable));
}

std::string ControlServer::answer(const std::string& line) const {
  try {
    return std::string(accepted) + handler_(words_of(line));
  } catch (const std::exception& error) {
    return std::string(refused) + error.what() + "\n";
  }
}

std::string ask(const std::filesystem::path& socket, const Words& words) {
  asio::io_context io;
  Protocol::socket peer(io);
  error_code error;
  peer.connect(Protocol::endpoint(socket.string()), error);
  if (error) {
    throw std::runtime_error("no phonenet serves " + socket.parent_path().string() + " (" + error.message() +
                             "); start one with --dir");
  }
  std::string line;
  for (const auto& word : words) line += (line.empty() ? "" : " ") + word;
  line += "\n";
  asio::write(peer, asio::buffer(line), error);
  std::string text;
  if (!error) asio::read(peer, asio::dynamic_buffer(text), error);
  if (text.starts_with(accepted)) return text.substr(accepted.size());
  if (text.starts_with(refused)) throw ControlError(std::string(trim(text.substr(refused.size()))));
  throw std::runtime_error("the phonenet behind " + socket.string() + " went away; start it again");
}

}  // namespace external::phonenet
