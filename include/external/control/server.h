#pragma once
// The socket through which other programs talk to a running External.

#include <external/base/clock.h>

#include <boost/json.hpp>

namespace external::control {

/// Answers requests on a unix socket; docs/control.md has the protocol. A request is one line of JSON, an
/// object {"v":1,"command":"status",...}; so is each reply: the handler's object with "v":1 and "ok":true
/// added, or {"v":1,"ok":false,"error":"..."}. A handler may send replies before its last one; those carry
/// "more":true. Any number of requests may follow each other on one connection.
///
/// Lives on one thread. No client can hold anything up: a request may have 64 KB, a client gets 30 s to say
/// something and 10 s to take a reply, and then is dropped. 64 clients may be connected; a newcomer takes the
/// place of who has been idle for longest, and is sent away with an error if none is. At most 48 stream
/// handlers run at once, so that short requests always find a place.
class ControlServer {
 public:
  /// Answers `request`; what it throws becomes the error reply. Cancelled when its client has gone.
  using Handler = std::function<Task<boost::json::object>(const boost::json::object& request)>;

  /// Sends a reply ahead of the last. Throws boost::system::system_error when the client has gone.
  using Send = std::function<Task<>(boost::json::object reply)>;

  /// The same for handlers with several replies; `send` is theirs while they run.
  using StreamHandler =
      std::function<Task<boost::json::object>(const boost::json::object& request, Send send)>;

  /// Listens at `path`: for this user alone (mode 0600), or for the members of `group`, too (0660). The
  /// socket of a process that is gone is replaced. Throws std::runtime_error with a line for the
  /// administrator if that is not possible, above all because another External listens there.
  ControlServer(const asio::any_io_executor& executor, Clock& clock, std::string path,
                const std::string& group = {});

  /// Removes the socket.
  ~ControlServer();

  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  void handle(std::string command, Handler handler);
  void handle_stream(std::string command, StreamHandler handler);

  /// Serves until it is cancelled; then ends all connections, waits for their handlers, and throws
  /// operation_aborted.
  Task<> run();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace external::control
