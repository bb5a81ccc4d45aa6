#pragma once
// A request as it came from a client, before anybody acts on it.

#include <external/control/server.h>

#include <boost/json.hpp>

#include <map>

namespace external::control {

/// The only version there is.
inline constexpr int protocol_version = 1;

/// What answers a command.
struct Answerer {
  ControlServer::StreamHandler handler;
  bool streams = false;  ///< it may go on for as long as its client likes
};

using Commands = std::map<std::string, Answerer, std::less<>>;

/// A request that can be answered, or the reply that says why not.
struct Understood {
  boost::json::object request;
  const Answerer* answerer = nullptr;  ///< one of `commands`; null: see `refusal`
  boost::json::object refusal;
};

/// Never throws but std::bad_alloc, whatever `line` holds: JSON that is cut, nested deeper than 32, or no
/// UTF-8 is refused in words. A version that is unknown is answered with those that are known.
Understood understand(std::string_view line, const Commands& commands);

boost::json::object error_reply(std::string_view text);

}  // namespace external::control
