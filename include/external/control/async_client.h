#pragma once
// Asking a running External, from a program that has other things to do meanwhile.

#include <external/base/clock.h>
#include <external/control/client.h>

#include <boost/json.hpp>

namespace external::control {

/// The same as ControlClient for coroutines: nothing blocks. Makes a connection when it needs one and keeps
/// it for the next request; after a failure the next request makes another.
class AsyncClient {
 public:
  /// `folder` is what errors call the post office's folder.
  AsyncClient(const asio::any_io_executor& executor, Clock& clock, std::string path, std::string folder);

  /// Sends `request`, an object with "command", and returns the reply; for commands with one reply. One
  /// request at a time. Throws NotRunning, Refused, and std::runtime_error with a line for the user: no
  /// answer within `patience`, no permission, garbage.
  Task<boost::json::object> request(boost::json::object request, Duration patience);

 private:
  Task<> connect();
  Task<> exchange(const std::string& line, std::string& answer);

  Clock& clock_;
  std::string path_;
  std::string folder_;
  asio::local::stream_protocol::socket socket_;
  std::string received_;
};

}  // namespace external::control
