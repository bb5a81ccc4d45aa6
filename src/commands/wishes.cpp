#include "wishes.h"

#include "exit.h"

#include <external/base/text.h>

#include <algorithm>

namespace external::commands {

mailqueue::Notify parse_notify(std::string_view text) {
  if (equal_no_case(trim(text), "never")) return mailqueue::never;
  mailqueue::Notify notify = mailqueue::never;
  for (const auto& part : split(text, ',')) {
    const auto word = trim(part);
    if (equal_no_case(word, "success")) {
      notify.success = true;
    } else if (equal_no_case(word, "failure")) {
      notify.failure = true;
    } else if (equal_no_case(word, "delay")) {
      notify.delay = true;
    } else {
      throw Failure(
          Exit::usage,
          "'" + visible(text) + "' is no list of notices; write never, or some of success,failure,delay");
    }
  }
  return notify;
}

bool parse_headers_only(std::string_view text) {
  if (equal_no_case(text, "headers") || equal_no_case(text, "hdrs")) return true;
  if (equal_no_case(text, "full")) return false;
  throw Failure(Exit::usage, "'" + visible(text) + "' cannot come back; write full or headers");
}

std::string parse_envelope_id(std::string_view text) {
  constexpr std::size_t longest = 100;
  const bool printable = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (text.empty() || text.size() > longest || !printable)
    throw Failure(Exit::usage, "'" + visible(text) +
                                   "' is no envelope identity; write 1 to 100 letters, digits and signs");
  return std::string(text);
}

}  // namespace external::commands
