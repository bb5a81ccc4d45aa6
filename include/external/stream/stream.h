#pragma once
// Bytes to and from another program: a socket, with TLS or without, or a pair of pipes.

#include <external/base/asio.h>

namespace external::stream {

/// One reader and one writer at a time. Cancelled like any Asio operation (operation_aborted is thrown).
class Stream {
 public:
  virtual ~Stream() = default;

  /// At least one byte; 0 at the end of what the other side says, also when the connection broke.
  virtual Task<std::size_t> read(std::span<char> to) = 0;

  /// All of it; false if the connection is gone.
  virtual Task<bool> write(std::string_view text) = 0;

  /// Whether the other side is known to have gone: for one that is not reading. Streams that cannot tell say
  /// no.
  virtual bool has_gone() { return false; }

  /// Whether start_tls() is worth a try.
  virtual bool offers_tls() const { return false; }

  /// True once the connection is encrypted; false if it is of no use any more.
  virtual Task<bool> start_tls() { co_return false; }
};

}  // namespace external::stream
