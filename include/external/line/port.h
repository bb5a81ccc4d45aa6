#pragma once
// The port of a modem, by the name that settings give it.

#include <external/line/tty.h>

namespace external::line {

/// A port that is reached over the network.
struct RemotePort {
  enum class Kind { tcp, rfc2217 };
  Kind kind;
  std::string host;
  std::string port;
};

/// What "tcp://host:port" or "rfc2217://host:port" names; an IPv6 address stands in brackets. Nothing for the
/// path of a tty.
std::optional<RemotePort> remote_port(const std::string& name);

/// Opens a tty, rfc2217://host:port, or tcp://host:port with a modem behind the socket. `deadline` is for the
/// connection. Errors: those of open_tty(), connect_rfc2217() and connect_tcp(); invalid_argument for another
/// kind of name with "://".
Task<Result<std::unique_ptr<Line>>> open_port(const std::string& name, const TtyOptions& options,
                                              Clock& clock, TimePoint deadline);

}  // namespace external::line
