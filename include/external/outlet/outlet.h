#pragma once
// Ways out of the post office other than its own Maildirs: LMTP, SMTP, a program.

#include <external/base/asio.h>
#include <external/base/clock.h>

#include <filesystem>

namespace external::outlet {

/// One message for some recipients.
struct Parcel {
  std::string key;                      ///< of the message
  std::string sender;                   ///< an Internet address; empty for a notice
  std::vector<std::string> recipients;  ///< Internet addresses
  std::string head;                     ///< trace fields that go on top, lines ending with LF
  std::uint64_t size = 0;               ///< bytes of content
  /// At most `size` bytes of content from `offset` on; empty at its end. Runs where it does not block lines.
  std::function<Task<std::string>(std::uint64_t offset, std::size_t size)> content;
};

/// What became of it for one recipient.
struct Outcome {
  enum class Kind { delivered, later, failed };
  Kind kind{};
  std::string status;  ///< RFC 3463, "5.1.1"; may be empty
  std::string text;    ///< one line: what the other side said
};

/// Used by one coroutine at a time, on the thread of lines. Cancelled like any Asio operation; what was
/// handed over by then is not known.
class Outlet {
 public:
  virtual ~Outlet() = default;

  /// One outcome per recipient, in order. A parcel may arrive twice if the connection broke at the wrong
  /// moment, as with every mail system; its Message-ID tells.
  virtual Task<std::vector<Outcome>> hand_over(const Parcel& parcel) = 0;

  /// Nothing more for now: connections are closed.
  virtual Task<> rest() { co_return; }

  /// For the log: "LMTP at /run/dovecot/lmtp".
  virtual std::string name() const = 0;
};

struct LmtpSocket {
  std::filesystem::path path;
};

struct Host {
  bool lmtp = false;
  std::string host;
  std::string port;
  enum class Tls {
    never,
    if_offered,
    always
  } tls = Tls::if_offered;  ///< `always` wants a proven certificate
  std::string user;         ///< empty: without AUTH
  std::string password;
};

/// A program that takes a message on standard input. In its arguments {sender}, {recipient}, {mailbox} (what
/// stands before the @) and {key} are replaced; no shell sees them. One run per recipient. Exit codes as of
/// sysexits.h: 0 delivered; EX_USAGE, EX_DATAERR, EX_NOUSER, EX_NOHOST, EX_UNAVAILABLE, EX_CANTCREAT,
/// EX_NOPERM are final; everything else, signals included, is tried again.
struct Program {
  std::vector<std::string> arguments;
  std::chrono::seconds patience{10 * 60};  ///< then it is killed
};

using Way = std::variant<LmtpSocket, Host, Program>;

/// "lmtp:/run/dovecot/lmtp", "lmtp://host:port", "smtp://host:port" (TLS if offered), "smtps-required" ways
/// as "smtp+tls://user:password@host:port", "|/usr/bin/program {mailbox}". Throws std::runtime_error that
/// says what is expected.
Way parse_way(std::string_view text);

/// `host` is what we call ourselves. The clock must outlive it.
std::unique_ptr<Outlet> make_outlet(const Way& way, std::string host, Clock& clock);

}  // namespace external::outlet
