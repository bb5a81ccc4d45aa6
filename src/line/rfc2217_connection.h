#pragma once
// A socket to an RFC 2217 server, kept moving in both directions while nobody reads or writes: what the
// server notifies has to be heard at any time, and what is asked of it must get out.

#include "rfc2217_protocol.h"

#include <external/base/async.h>

namespace external::line {

/// Shared by the line and the two coroutines that move bytes; those end soon after close().
class Rfc2217Connection : public std::enable_shared_from_this<Rfc2217Connection> {
 public:
  Rfc2217Connection(asio::ip::tcp::socket socket, Clock& clock);

  /// Starts moving bytes.
  void start();

  Rfc2217Protocol& protocol() { return protocol_; }

  /// Why nothing more can be read or sent; none while all is well.
  error_code failure() const { return failure_; }

  Task<Result<std::size_t>> read(std::span<std::uint8_t> into, TimePoint deadline);
  Task<error_code> write(ByteView bytes, TimePoint deadline);
  std::size_t discard_input();

  /// Sends what the socket takes now. To be called after each request to protocol().
  void send_now();

  /// Takes in what has arrived.
  void receive_now();

  /// Waits until something has changed: bytes came or went, the server confirmed or notified something, or
  /// the connection failed. asio::error::timed_out at `deadline`.
  Task<error_code> news(TimePoint deadline);

  /// Asks for DTR low, sends what the socket takes at once, and closes.
  void close();

 private:
  static Task<> keep_receiving(std::shared_ptr<Rfc2217Connection> self);
  static Task<> keep_sending(std::shared_ptr<Rfc2217Connection> self);
  Task<error_code> settle_speed(TimePoint deadline);
  void fail(error_code error);
  void wake_all();
  void give_up_purge_in_time();

  Clock& clock_;
  asio::ip::tcp::socket socket_;
  Rfc2217Protocol protocol_;
  error_code failure_;
  Event news_;
  Event room_;    ///< for more input
  Event unsent_;  ///< the socket was full
  TimePoint purge_ends_{};
};

}  // namespace external::line
