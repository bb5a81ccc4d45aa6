#pragma once
// Addresses of sockets in folders of any depth.

#include <external/base/descriptor.h>

#include <string>

namespace external::control {

/// A path that fits into a socket address (107 bytes). A longer one is reached through a descriptor of its
/// folder, so keep the object until bind() or connect() has returned.
class SocketPath {
 public:
  /// Throws boost::system::system_error if the folder of a long path cannot be opened.
  explicit SocketPath(const std::string& path);

  const std::string& text() const { return text_; }

 private:
  Descriptor folder_;
  std::string text_;
};

}  // namespace external::control
