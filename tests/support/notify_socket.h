#pragma once
// The service manager's end of the sd_notify protocol.

#include <external/base/descriptor.h>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/socket.h>
#include <sys/un.h>

namespace external::test {

/// A datagram socket at a path, or with an abstract name that begins with '@'.
class NotifySocket {
 public:
  explicit NotifySocket(std::string name)
      : name_(std::move(name)), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(name_.begin(), name_.end(), address.sun_path);
    if (name_.front() == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
    if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0)
      throw std::runtime_error(name_);
  }

  const std::string& name() const { return name_; }

  /// What has come since the last time, message by message.
  std::vector<std::string> heard() {
    std::vector<std::string> messages;
    char text[4096];
    for (;;) {
      const auto length = ::recv(socket_.get(), text, sizeof text, 0);
      if (length < 0) return messages;
      messages.emplace_back(text, static_cast<std::size_t>(length));
    }
  }

 private:
  std::string name_;
  Descriptor socket_;
};

}  // namespace external::test
