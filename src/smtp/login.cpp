#include "login.h"

#include "xtext.h"

#include <external/base/text.h>

namespace external::smtp {

namespace {

using Credentials = std::optional<std::pair<std::string, std::string>>;

/// What the client answers to the challenge `text`, decoded; nothing if it gives up. What came with the
/// command is that answer.
Task<std::optional<std::string>> answer_to(Talk& talk, std::string text, std::string_view initial) {
  if (!initial.empty()) co_return from_base64(initial);
  talk.say({334, "", std::move(text)});
  const auto line = co_await talk.read_line();
  if (!line) co_return std::nullopt;
  co_return from_base64(*line);
}

/// RFC 4616: authorization identity, NUL, user, NUL, password.
Task<Credentials> read_plain(Talk& talk, std::string_view initial) {
  const auto message = co_await answer_to(talk, "", initial);
  if (!message) co_return std::nullopt;
  const auto parts = split(*message, '\0');
  if (parts.size() != 3 || parts[1].empty()) co_return std::nullopt;
  if (!parts[0].empty() && parts[0] != parts[1]) co_return std::nullopt;
  co_return std::pair(parts[1], parts[2]);
}

Task<Credentials> read_login(Talk& talk, std::string_view initial) {
  auto challenge = to_base64("Username:");
  const auto user = co_await answer_to(talk, challenge, initial);
  if (!user || user->empty()) co_return std::nullopt;
  challenge = to_base64("Password:");
  const auto password = co_await answer_to(talk, challenge, "");
  if (!password) co_return std::nullopt;
  co_return std::pair(*user, *password);
}

}  // namespace

LoginStart read_auth(std::string_view argument) {
  const auto end = std::min(argument.find(' '), argument.size());
  const auto name = argument.substr(0, end);
  const auto initial = trim(argument.substr(end));
  if (equal_no_case(name, "PLAIN")) return {Mechanism::plain, initial};
  if (equal_no_case(name, "LOGIN")) return {Mechanism::login, initial};
  return {};
}

Task<Credentials> read_credentials(Talk& talk, LoginStart start) {
  return start.mechanism == Mechanism::plain ? read_plain(talk, start.initial)
                                             : read_login(talk, start.initial);
}

}  // namespace external::smtp
