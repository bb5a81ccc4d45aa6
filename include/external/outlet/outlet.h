#pragma once
// Ways out of the post office other than its own Maildirs: LMTP, SMTP, a program. docs/delivery.md

#include <external/base/asio.h>
#include <external/base/clock.h>
#include <external/config/way.h>
#include <external/smtp/reception.h>

namespace external::outlet {

/// One message for some recipients.
struct Parcel {
  std::string key;     ///< of the message
  std::string sender;  ///< an Internet address; empty for a notice
  std::vector<smtp::Recipient> recipients;
  smtp::Return return_wish = smtp::Return::unsaid;
  std::string envelope_id;
  std::string head;        ///< trace fields that go on top, lines ending with LF
  std::uint64_t size = 0;  ///< bytes of content
  /// At most `size` bytes of content from `offset` on; empty at its end. Runs where it does not block lines.
  std::function<Task<std::string>(std::uint64_t offset, std::size_t size)> content;
};

/// What became of it for one recipient.
struct Outcome {
  enum class Kind {
    delivered,  ///< it is where it was to go
    relayed,    ///< another mail system has taken it on
    later,
    failed
  };
  Kind kind{};
  std::string status;         ///< RFC 3463, "5.1.1"; may be empty
  std::string text;           ///< one line: what the other side said
  bool tells_sender = false;  ///< who took it sends the notices that the sender wished for (RFC 3461)
};

struct Result {
  std::vector<Outcome> outcomes;  ///< one per recipient, in order

  /// Nobody is there, or it refused us and not this message: others would fare no better now.
  bool out_of_order = false;
};

/// Used by one coroutine at a time, on the thread of lines. Cancelled like any Asio operation; what was
/// handed over by then is not known. After any exception the next use begins anew.
class Outlet {
 public:
  virtual ~Outlet() = default;

  /// A parcel may arrive twice if the connection broke at the wrong moment, as with every mail system; its
  /// Message-ID tells. Throws what `content` throws.
  virtual Task<Result> hand_over(const Parcel& parcel) = 0;

  /// Nothing more for now: connections are closed.
  virtual Task<> rest() { co_return; }
};

/// `host` is what we call ourselves. The clock must outlive it.
std::unique_ptr<Outlet> make_outlet(const config::Way& way, std::string host, Clock& clock);

}  // namespace external::outlet
