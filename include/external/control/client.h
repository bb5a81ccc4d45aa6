#pragma once
// Asking a running External, from a command.

#include <external/base/descriptor.h>

#include <boost/json.hpp>

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>

namespace external::control {

/// Nobody listens: the command may do the work itself.
class NotRunning : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The running External refused the request; what() is its error.
class Refused : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// One connection to a running External. Blocks; not for the thread that serves lines.
/// Other failures (no answer in time, no permission, garbage) are std::runtime_error with a line for the
/// user.
class ControlClient {
 public:
  using OnMore = std::function<void(const boost::json::object& reply)>;

  /// Connects to the socket at `path`. `folder` is what errors call the post office's folder.
  /// Throws NotRunning.
  ControlClient(const std::string& path, std::string folder);

  /// Sends `request`, an object with "command" (the version is added), and returns the last reply. Replies
  /// before that go to `on_more`. `patience` is the longest silence borne, not the whole time. Throws
  /// Refused.
  boost::json::object request(boost::json::object request, std::chrono::milliseconds patience,
                              const OnMore& on_more = {});

 private:
  using Deadline = std::chrono::steady_clock::time_point;

  void send(const std::string& line, Deadline deadline);
  std::string read_line(Deadline deadline);
  void wait_for(short events, Deadline deadline);
  [[noreturn]] void fail(const std::string& cause) const;

  std::string folder_;
  Descriptor socket_;
  std::string received_;
};

}  // namespace external::control
