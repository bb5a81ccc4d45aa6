#pragma once
// A modem with its port on one side and its telephone line on the other.

#include "modem.h"
#include "pty_port.h"
#include "subscriber.h"

#include <boost/json/object.hpp>

namespace external::phonenet {

class Station {
 public:
  /// Plugs the port in. `subscriber` outlives the station. Throws as PtyPort::plug does.
  Station(const asio::any_io_executor& executor, Agenda& agenda, Subscriber& subscriber,
          const std::filesystem::path& link, const ModemOptions& options);

  Subscriber& subscriber() { return subscriber_; }
  Modem& modem() { return modem_; }
  PtyPort& port() { return port_; }

  boost::json::object statistics() const;

 private:
  Subscriber& subscriber_;
  Modem modem_;
  PtyPort port_;
};

}  // namespace external::phonenet
