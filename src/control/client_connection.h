#pragma once
// One client of the control socket: its requests, one after the other.

#include <external/base/clock.h>
#include <external/control/server.h>

namespace external::control {

using Commands = std::map<std::string, ControlServer::StreamHandler, std::less<>>;

class ClientConnection {
 public:
  /// `commands` must outlive the connection.
  ClientConnection(asio::local::stream_protocol::socket socket, Clock& clock, const Commands& commands);

  /// Until the client ends, is dropped, or this is cancelled.
  Task<> run();

 private:
  Task<bool> read_line(std::string& line);
  Task<bool> answer(const std::string& line);
  Task<> handle(const boost::json::object& request, boost::json::object& reply);
  Task<> watch_for_hang_up();
  Task<> send(boost::json::object reply);

  asio::local::stream_protocol::socket socket_;
  Clock& clock_;
  const Commands& commands_;
  std::string received_;
};

}  // namespace external::control
