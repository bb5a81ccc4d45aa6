#pragma once
// A modem with its port on one side and its telephone line on the other.

#include "computer_port.h"
#include "modem.h"
#include "subscriber.h"

namespace external::phonenet {

class Station {
 public:
  /// How the computer's port is made, given what it tells its modem.
  using MakePort = std::function<std::unique_ptr<ComputerPort>(ComputerPort::Modem)>;

  /// Plugs the port in. `subscriber` outlives the station. Throws as ComputerPort::plug does. `agenda`
  /// outlives it, too.
  Station(Agenda& agenda, Subscriber& subscriber, const ModemOptions& options, const MakePort& make_port);

  Subscriber& subscriber() { return subscriber_; }
  Modem& modem() { return modem_; }
  ComputerPort& port() { return *port_; }

  boost::json::object statistics() const;

 private:
  Agenda& agenda_;
  Subscriber& subscriber_;
  Modem modem_;
  std::unique_ptr<ComputerPort> port_;
};

}  // namespace external::phonenet
