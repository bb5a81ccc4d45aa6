#pragma once
// The server's side of one SMTP or LMTP connection (RFC 5321, RFC 2033).

#include <external/base/clock.h>
#include <external/smtp/reception.h>
#include <external/stream/stream.h>

namespace external::smtp {

enum class Dialect { smtp, lmtp };

struct DialogueOptions {
  Dialect dialect = Dialect::smtp;
  std::string host;                       ///< what the server calls itself
  std::uint64_t largest = 0;              ///< bytes of content; 0: no limit
  std::size_t most_recipients = 10'000;   ///< of one message (RFC 5321 4.5.3.1.8 wants 100 at least)
  std::size_t most_mistakes = 20;         ///< commands refused in a row, then the connection is closed
  std::chrono::seconds patience{5 * 60};  ///< between two readings (RFC 5321 4.5.3.2.7)
  bool auth = false;                      ///< AUTH PLAIN and LOGIN are offered
  bool auth_needs_tls = true;             ///< but only on an encrypted connection
  bool auth_required = false;             ///< no mail without
  std::size_t most_guesses = 3;           ///< wrong passwords, then the connection is closed
  std::chrono::seconds guess_pause{1};    ///< before a wrong password is answered; doubled each time
};

/// Serves one client until it quits, breaks off, keeps silent for too long or makes too many mistakes.
/// Replies to commands that came together go out together (RFC 2920). Cancelled, it says 421 first if it can.
/// The stream must be closed afterwards. References must outlive the task.
Task<> serve(stream::Stream& stream, Client client, Clock& clock, Reception& reception,
             DialogueOptions options);

}  // namespace external::smtp
