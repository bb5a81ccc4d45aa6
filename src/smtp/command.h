#pragma once
// Reading the lines that an SMTP client says.

#include <external/smtp/reception.h>

#include <variant>

namespace external::smtp {

enum class Verb {
  helo,
  ehlo,
  lhlo,
  mail,
  rcpt,
  data,
  bdat,
  rset,
  noop,
  quit,
  vrfy,
  expn,
  help,
  starttls,
  auth,
  unknown
};

struct Command {
  Verb verb = Verb::unknown;
  std::string_view argument;  ///< what follows the verb, without blanks at either end
};

/// `line` without its end.
Command read_command(std::string_view line);

/// The arguments of MAIL and RCPT, or the refusal. Parameters are those of SIZE, 8BITMIME, SMTPUTF8, DSN and
/// AUTH (RFC 1870, 6152, 6531, 3461, 4954).
std::variant<Sender, Reply> read_sender(std::string_view argument);
std::variant<Recipient, Reply> read_recipient(std::string_view argument);

/// The argument of BDAT (RFC 3030).
struct Chunk {
  std::uint64_t size = 0;
  bool last = false;
};
std::variant<Chunk, Reply> read_chunk(std::string_view argument);

}  // namespace external::smtp
