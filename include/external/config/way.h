#pragma once
// Ways out of the post office other than its own Maildirs, as settings name them. docs/delivery.md

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace external::config {

/// LMTP on a unix socket.
struct LmtpSocket {
  std::filesystem::path path;

  bool operator==(const LmtpSocket&) const = default;
};

/// LMTP or SMTP over TCP.
struct MailHost {
  bool lmtp = false;
  std::string host;
  std::string port;
  enum class Tls { never, if_offered, always };
  Tls tls = Tls::if_offered;  ///< `always` wants a proven certificate
  std::string user;           ///< empty: without AUTH
  std::string password;       ///< never to be shown or logged

  bool operator==(const MailHost&) const = default;
};

/// A program that takes a message on standard input. In its arguments {sender}, {recipient}, {mailbox} (what
/// stands before the @) and {key} are replaced; no shell sees them. One run per recipient. Exit codes as of
/// sysexits.h: 0 delivered; EX_USAGE, EX_DATAERR, EX_NOUSER, EX_NOHOST, EX_UNAVAILABLE, EX_CANTCREAT,
/// EX_NOPERM are final; everything else, signals included, is tried again.
struct Program {
  std::vector<std::string> arguments;      ///< at least one, the first an absolute path
  std::chrono::seconds patience{10 * 60};  ///< then it is killed

  bool operator==(const Program&) const = default;
};

using Way = std::variant<LmtpSocket, MailHost, Program>;

/// "lmtp:/run/dovecot/lmtp", "lmtp://host:port", "smtp://host:port" (TLS if offered),
/// "smtp+tls://user:password@host:port", "|/usr/bin/program {mailbox}". Throws BadValue, which says what is
/// expected.
Way parse_way(std::string_view text);

/// The words of a command that an administrator has set, blanks inside of double quotes kept; the first is an
/// absolute path. No shell sees them. Throws BadValue, which says what is expected.
std::vector<std::string> parse_command(std::string_view text);

/// Whether a value of Deliver says that mail goes into Maildirs: "Maildir", or nothing at all.
bool is_maildir(std::string_view deliver);

/// For people, without the password, and different for different ways: "LMTP at /run/dovecot/lmtp", "SMTP at
/// mail.example:25", "SMTP with TLS at mail.example:587 as anna", "program /usr/bin/deliver {mailbox}".
std::string describe(const Way& way);

}  // namespace external::config
