#pragma once
// How a running phonenet is told what to do: one line of words over a unix socket, one answer.

#include <external/base/async.h>

#include <filesystem>

namespace external::phonenet {

using Words = std::vector<std::string>;

/// Thrown by a handler; the text becomes the answer, with exit code 1 at the client.
struct ControlError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The socket of one folder. Removed with the object.
class ControlServer {
 public:
  using Handler = std::function<std::string(const Words&)>;

  /// Throws std::runtime_error when the folder cannot hold a socket, or another phonenet serves it.
  ControlServer(const asio::any_io_executor& executor, std::filesystem::path socket, Handler handler);
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  /// Answers until cancelled.
  Task<> run();

 private:
  Task<> converse(asio::local::stream_protocol::socket peer);
  std::string answer(const std::string& line) const;

  std::filesystem::path socket_;
  Handler handler_;
  asio::local::stream_protocol::acceptor acceptor_;
};

/// Asks the phonenet behind `socket` and returns its answer. Blocks.
/// Throws ControlError with its refusal, std::runtime_error when it cannot be reached.
std::string ask(const std::filesystem::path& socket, const Words& words);

}  // namespace external::phonenet
