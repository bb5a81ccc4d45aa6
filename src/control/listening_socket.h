#pragma once
// A unix socket that belongs to one process at a time.

#include <external/base/asio.h>
#include <external/base/descriptor.h>

namespace external::control {

/// Listens at a path as long as it lives, then removes the socket. A lock on `path`.lock says that it does,
/// so the socket that a killed process left behind is told from one in use without asking it.
class ListeningSocket {
 public:
  /// `group`: whose members may connect; empty: nobody but the owner. Throws std::runtime_error with a line
  /// for the administrator.
  ListeningSocket(const asio::any_io_executor& executor, const std::string& path, const std::string& group);
  ~ListeningSocket();
  ListeningSocket(const ListeningSocket&) = delete;
  ListeningSocket& operator=(const ListeningSocket&) = delete;

  asio::local::stream_protocol::acceptor& acceptor() { return acceptor_; }

 private:
  std::string path_;
  Descriptor lock_;
  asio::local::stream_protocol::acceptor acceptor_;
};

}  // namespace external::control
