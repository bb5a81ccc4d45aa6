#pragma once
// The exchange of mail between two post offices over one link that has signed on. docs/protocol.md,
// "Session".

#include <external/link/link.h>
#include <external/session/mailroom.h>

namespace external::session {

struct Progress {
  std::uint64_t messages_sent = 0;      ///< acknowledged as durable
  std::uint64_t messages_received = 0;  ///< stored durably
  std::uint64_t bytes_sent = 0;         ///< of content, handed to the link
  std::uint64_t bytes_received = 0;     ///< of content
  std::uint64_t messages_offered_to_us = 0;
  std::uint64_t bytes_offered_to_us = 0;
};

class Session {
 public:
  virtual ~Session() = default;

  /// Exchanges mail until both ends have nothing more, then returns no error: the caller may hang up; an
  /// answerer has waited for the caller to do so. Otherwise why it broke; whatever was not settled stays
  /// queued. In both cases what had arrived is on the disk. Throws what the mailroom throws. Needs link.run()
  /// beside it. Call once.
  virtual Task<error_code> run() = 0;

  /// New mail may be waiting in the outbox.
  virtual void news() = 0;

  virtual Progress progress() const = 0;
};

enum class Role { caller, answerer };

struct Options {
  /// After so long without mail, or word about mail, in either direction the session ends with timed_out;
  /// what only keeps the link alive does not count.
  Duration longest_standstill = std::chrono::minutes(10);
  unsigned bits_per_second = 0;   ///< of the line; 0: unknown, and fast
  std::optional<Wish> wish = {};  ///< said to the other end before anything else
};

/// All references must outlive the session. `clock` is the executor's.
std::unique_ptr<Session> make_session(link::Link& link, Outbox& outbox, Inbox& inbox, Events& events,
                                      Clock& clock, const asio::any_io_executor& executor, Role role,
                                      Options options = {});

}  // namespace external::session
