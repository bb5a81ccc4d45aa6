#pragma once
// The client's side of SMTP and LMTP: handing messages to another mail system.

#include <external/base/clock.h>
#include <external/smtp/dialogue.h>
#include <external/smtp/reception.h>
#include <external/stream/stream.h>

namespace external::smtp {

/// The next piece of content, whose lines end with LF or CR LF; empty at its end. What it throws ends the
/// connection and reaches the caller.
using ContentSource = std::function<Task<std::string>()>;

struct ClientOptions {
  Dialect dialect = Dialect::smtp;
  std::string host;  ///< what we call ourselves
  enum class Tls { never, if_offered, always };
  Tls tls = Tls::never;
  std::string user;  ///< for AUTH PLAIN, which is done on an encrypted connection only; empty: without
  std::string password;
  std::chrono::seconds patience{5 * 60};           ///< for an answer (RFC 5321 4.5.3.2)
  std::chrono::seconds patience_for_end{10 * 60};  ///< for the answer to the whole message (4.5.3.2.6)
};

/// One connection, used by one coroutine.
class ClientSession {
 public:
  /// `stream` is connected and must outlive it, as the clock must. For TLS the stream must be one whose
  /// start_tls() is a client's.
  ClientSession(stream::Stream& stream, Clock& clock, ClientOptions options);

  /// Greets. nullopt if mail can be sent now, else what the server, or its silence, said: codes below 500 are
  /// worth another try later.
  Task<std::optional<Reply>> open();

  /// Hands over one message; one reply per recipient, in order. Content with a CR that ends no line cannot go
  /// by SMTP: 554 5.6.0. After a reply of 421 the connection is of no use any more.
  Task<std::vector<Reply>> send(const Sender& sender, const std::vector<Recipient>& recipients,
                                ContentSource content);

  /// False after 421, a time-out or a broken connection.
  bool is_usable() const { return usable_; }

  /// Whether the server has answered the MAIL of the last send(): if not, it knows nothing of that message.
  bool was_begun() const { return begun_; }

  /// Whether the server sees to the notices that senders wish for (DSN, RFC 3461).
  bool takes_wishes() const { return offers("DSN"); }

  /// Says good bye; whether the server answers does not matter.
  Task<> quit();

 private:
  Task<Reply> command(std::string line);
  Task<Reply> read_reply(Duration patience);
  Task<std::optional<std::string>> read_line(Duration patience);
  Task<bool> write(std::string text);
  Task<std::optional<Reply>> greet();
  Task<std::optional<Reply>> encrypt();
  Task<std::optional<Reply>> authenticate();
  Task<std::optional<Reply>> send_content(ContentSource content);
  Reply lost(std::string why);
  bool offers(std::string_view extension) const;
  std::string mail_command(const Sender& sender) const;
  std::string rcpt_command(const Recipient& recipient) const;

  stream::Stream& stream_;
  Clock& clock_;
  ClientOptions options_;
  std::vector<std::string> extensions_;
  std::string received_;
  std::size_t read_at_ = 0;
  bool usable_ = true;
  bool begun_ = false;
  bool encrypted_ = false;
};

}  // namespace external::smtp
