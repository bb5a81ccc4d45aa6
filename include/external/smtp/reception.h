#pragma once
// Who takes mail that comes by SMTP or LMTP: the post office, as the server sees it.

#include <external/base/asio.h>
#include <external/smtp/reply.h>

namespace external::smtp {

/// What is known about the other end of a connection.
struct Client {
  std::string address;  ///< of a TCP client, as text; "local" for others
  std::string name;     ///< as it calls itself; empty until it did
  std::string user;     ///< as whom it has authenticated; empty if it has not
  bool encrypted = false;
  std::string protocol = {};  ///< as traces name it: SMTP, ESMTP, LMTP, UUCP; empty until it greeted
};

/// What a sender wants back of a message that fails (RFC 3461 4.3).
enum class Return { unsaid, full, headers };

/// MAIL FROM.
struct Sender {
  std::string address;                ///< without < >; empty for a notice
  std::optional<std::uint64_t> size;  ///< bytes, as announced (RFC 1870)
  bool utf8 = false;                  ///< SMTPUTF8 (RFC 6531)
  Return return_wish = Return::unsaid;
  std::string envelope_id;  ///< RFC 3461 4.4, decoded
};

/// On which occasions a sender wants a notice about a recipient (RFC 3461 4.1).
struct Notify {
  bool never = false;
  bool success = false;
  bool failure = false;
  bool delay = false;

  bool said() const { return never || success || failure || delay; }
  bool operator==(const Notify&) const = default;
};

/// RCPT TO.
struct Recipient {
  std::string address;  ///< without < >
  Notify notify;
  std::string original;  ///< "rfc822;anna@clinic.example" (RFC 3461 4.2), decoded; empty if not said
};

/// One message while it comes in. Dropped before commit() it leaves nothing behind.
class Incoming {
 public:
  virtual ~Incoming() = default;

  /// Takes content, whose lines end with LF. Returns at once for small messages; may wait for the disk. A
  /// reply that is not ok() refuses the message; the server reads the rest of it and throws it away.
  virtual Task<std::optional<Reply>> append(std::string_view content) = 0;

  /// The content is complete. The answer for each recipient, in order: with an ok() one the message is
  /// durable for it.
  virtual Task<std::vector<Reply>> commit() = 0;
};

/// Called on the thread of the server. Outlives it. An exception is answered with 451, and the text of a
/// std::exception goes to trouble().
class Reception {
 public:
  virtual ~Reception() = default;

  /// nullopt accepts.
  virtual Task<std::optional<Reply>> sender(const Client& client, const Sender& sender) = 0;
  virtual Task<std::optional<Reply>> recipient(const Client& client, const Sender& sender,
                                               const Recipient& recipient) = 0;

  /// All of these were accepted; at least one recipient.
  virtual std::unique_ptr<Incoming> begin(const Client& client, Sender sender,
                                          std::vector<Recipient> recipients) = 0;

  /// nullopt if `password` is that of `user`; 535 if it is not, and others for trouble. With 421 the
  /// connection is closed.
  virtual Task<std::optional<Reply>> authenticate(const Client& client, std::string user,
                                                  std::string password) = 0;

  /// Something went wrong that an administrator should know: one line.
  virtual void trouble(const Client& client, std::string text) = 0;
};

}  // namespace external::smtp
