#pragma once
// Telling the service manager how things stand (the sd_notify protocol).

#include <external/base/descriptor.h>

#include <string>
#include <string_view>

namespace external::service {

/// Sends states to the socket that the manager named in NOTIFY_SOCKET. Never blocks, never throws; without a
/// socket, or when the manager does not listen, it does nothing and says false.
class Notifier {
 public:
  /// `socket` is the value of NOTIFY_SOCKET: a path, or `@name` for an abstract socket; empty: no manager.
  explicit Notifier(std::string socket);

  /// External serves its lines.
  bool ready();

  /// External is about to end.
  bool stopping();

  /// One line for `systemctl status`.
  bool status(std::string_view text);

 private:
  bool send(const std::string& state);

  std::string address_;
  Descriptor socket_;
};

}  // namespace external::service
