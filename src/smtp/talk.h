#pragma once
// What is said to a client of the server, and heard from it.

#include <external/base/clock.h>
#include <external/smtp/reply.h>
#include <external/stream/stream.h>

#include <memory>
#include <optional>

namespace external::smtp {

/// Replies are kept until more is wanted of the client, so that those to commands that came together go out
/// together (RFC 2920). One coroutine at a time, but for silence(). `stream` and `clock` must outlive it.
class Talk {
 public:
  static constexpr std::size_t longest_line = 12'288;  ///< of AUTH (RFC 4954 4); others need no more

  Talk(stream::Stream& stream, Clock& clock, Duration patience)
      : stream_(stream), clock_(clock), patience_(patience) {}

  void say(const Reply& reply) { replies_ += reply.wire(); }

  /// Writes what was said; false if the client is gone.
  Task<bool> flush();

  /// What was said and not yet written: mail may have become durable just before all this ended.
  std::string take_replies() { return std::exchange(replies_, {}); }

  /// A line without its end; of one that is too long its beginning, one byte more than allowed. Nothing at
  /// the end of the connection.
  Task<std::optional<std::string>> read_line();

  /// Bytes that have come and were not taken, good until the next wait; waits for some if there are none.
  /// Empty at the end of the connection.
  Task<std::string_view> unread();

  /// Takes the first `size` of the bytes that unread() gave.
  void take(std::size_t size) { unread_.remove_prefix(size); }

  /// Says what was said, and encrypts what follows. What came before TLS was said by anybody (RFC 3207 4.2
  /// and 6), and is forgotten. False if TLS did not come about.
  Task<bool> start_tls();

  /// Ends when the client has been silent, or deaf, for longer than the patience with it.
  Task<> silence();

 private:
  Task<bool> read_more();

  stream::Stream& stream_;
  Clock& clock_;
  const Duration patience_;
  std::unique_ptr<char[]> received_;
  std::string_view unread_;        ///< of received_, what was not taken
  std::string replies_;            ///< not yet written
  TimePoint waits_since_ = never;  ///< for the client; never: it waits for us
};

}  // namespace external::smtp
