#pragma once
// One client of the control socket: its requests, one after the other.

#include "request.h"

#include <external/base/clock.h>

namespace external::control {

/// What the clients of one server share.
struct Shared {
  Clock& clock;
  Commands commands{};
  std::size_t streams = 0;  ///< requests under way that may go on for as long as their clients like
};

class ClientConnection {
 public:
  /// `shared` must outlive the connection.
  ClientConnection(asio::local::stream_protocol::socket socket, Shared& shared);

  /// Until the client ends, is dropped, or this is cancelled.
  Task<> run();

  /// Since when nothing is being done for it; absent while something is.
  std::optional<TimePoint> idle_since() const { return idle_since_; }

 private:
  Task<bool> read_line(std::string& line);
  Task<bool> answer(const std::string& line);
  Task<bool> serve(const Understood& understood);
  Task<> watch_for_hang_up();
  Task<> send(boost::json::object reply);

  asio::local::stream_protocol::socket socket_;
  Shared& shared_;
  std::string received_;
  std::optional<TimePoint> idle_since_;
};

}  // namespace external::control
