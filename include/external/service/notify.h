#pragma once
// Telling the service manager how things stand (the sd_notify protocol of systemd).

#include <external/base/descriptor.h>

#include <chrono>
#include <string>
#include <string_view>

namespace external::service {

/// Sends states to the socket that the manager named in NOTIFY_SOCKET. Never blocks, never throws; without a
/// socket, or when the manager does not listen, it does nothing and says false.
class Notifier {
 public:
  using Microseconds = std::chrono::microseconds;

  /// `socket` is the value of NOTIFY_SOCKET: a path, or `@name` for an abstract socket; empty: no manager.
  explicit Notifier(std::string socket);

  /// Somebody has started this program who wants to be told.
  bool has_manager() const { return static_cast<bool>(socket_); }

  /// External serves its lines; also after reloading().
  bool ready();

  /// The settings are being read again; ready() follows.
  bool reloading();

  /// External is about to end. The manager's patience with that begins here; `more` of it is asked for at
  /// once.
  bool stopping(Microseconds more);

  /// The manager is to wait for so long from now on, at least, for a start or stop that goes on.
  bool extend(Microseconds more);

  /// A sign of life, for WatchdogSec.
  bool alive();

  /// One line for `systemctl status`; what is no printable ASCII is made visible.
  bool status(std::string_view text);

 private:
  bool send(const std::string& state);

  std::string address_;
  Descriptor socket_;
};

}  // namespace external::service
