#include "command.h"

#include "xtext.h"

#include <external/base/text.h>

#include <charconv>

namespace external::smtp {

namespace {

struct Name {
  std::string_view text;
  Verb verb;
};

constexpr std::array names{
    Name{"HELO", Verb::helo}, Name{"EHLO", Verb::ehlo},         Name{"LHLO", Verb::lhlo},
    Name{"MAIL", Verb::mail}, Name{"RCPT", Verb::rcpt},         Name{"DATA", Verb::data},
    Name{"BDAT", Verb::bdat}, Name{"RSET", Verb::rset},         Name{"NOOP", Verb::noop},
    Name{"QUIT", Verb::quit}, Name{"VRFY", Verb::vrfy},         Name{"EXPN", Verb::expn},
    Name{"HELP", Verb::help}, Name{"STARTTLS", Verb::starttls}, Name{"AUTH", Verb::auth}};

Reply bad_argument(std::string text) {
  return {501, "5.5.4", std::move(text)};
}

/// A path and what follows it.
struct Path {
  std::string address;
  std::string_view rest;
};

/// The place of the '>' that ends a path; quoted strings may hold others.
std::size_t end_of_path(std::string_view text) {
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (quoted && text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      quoted = !quoted;
    } else if (!quoted && text[at] == '>') {
      return at;
    }
  }
  return std::string_view::npos;
}

bool holds_control_characters(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 32 || c == 127; });
}

/// "<@relay,@relay:mailbox>" names a way that nobody goes any more (RFC 5321, appendix C).
std::string_view without_source_route(std::string_view path) {
  if (!path.starts_with('@')) return path;
  const auto colon = path.find(':');
  return colon == std::string_view::npos ? path : path.substr(colon + 1);
}

std::optional<Path> read_path(std::string_view argument, std::string_view keyword) {
  if (!equal_no_case(argument.substr(0, keyword.size()), keyword)) return std::nullopt;
  auto rest = trim(argument.substr(keyword.size()));
  if (!rest.starts_with('<')) return std::nullopt;
  rest.remove_prefix(1);
  const auto end = end_of_path(rest);
  if (end == std::string_view::npos) return std::nullopt;
  const auto after = rest.substr(end + 1);
  if (!after.empty() && after.front() != ' ') return std::nullopt;
  return Path{std::string(without_source_route(rest.substr(0, end))), trim(after)};
}

struct Parameter {
  std::string_view name;
  std::string_view value;
};

std::vector<Parameter> read_parameters(std::string_view text) {
  std::vector<Parameter> parameters;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    const auto equals = std::min(word.find('='), word.size());
    parameters.push_back({word.substr(0, equals), word.substr(std::min(equals + 1, word.size()))});
    text = trim(text.substr(end));
  }
  return parameters;
}

std::optional<std::uint64_t> read_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

using Refusal = std::optional<Reply>;

Refusal unknown_parameter(const Parameter& parameter) {
  return Reply{555, "5.5.4", "unknown parameter " + std::string(parameter.name)};
}

Refusal bad_value(const Parameter& parameter, const std::string& expected) {
  return bad_argument(std::string(parameter.name) + " wants " + expected);
}

Refusal take(Sender& sender, const Parameter& parameter) {
  if (equal_no_case(parameter.name, "SIZE")) {
    sender.size = read_number(parameter.value);
    if (!sender.size) return bad_value(parameter, "a number of bytes");
  } else if (equal_no_case(parameter.name, "BODY")) {
    if (!equal_no_case(parameter.value, "7BIT") && !equal_no_case(parameter.value, "8BITMIME"))
      return bad_value(parameter, "7BIT or 8BITMIME");
  } else if (equal_no_case(parameter.name, "SMTPUTF8")) {
    sender.utf8 = true;
  } else if (equal_no_case(parameter.name, "RET")) {
    if (equal_no_case(parameter.value, "FULL")) {
      sender.return_wish = Return::full;
    } else if (equal_no_case(parameter.value, "HDRS")) {
      sender.return_wish = Return::headers;
    } else {
      return bad_value(parameter, "FULL or HDRS");
    }
  } else if (equal_no_case(parameter.name, "ENVID")) {
    const auto id = from_xtext(parameter.value);
    if (!id || id->empty() || id->size() > 100) return bad_value(parameter, "xtext of 1 to 100 characters");
    sender.envelope_id = *id;
  } else if (!equal_no_case(parameter.name, "AUTH")) {
    return unknown_parameter(parameter);
  }
  return std::nullopt;
}

std::optional<Notify> read_notify(std::string_view text) {
  Notify notify;
  for (const auto& word : split(text, ',')) {
    bool* wish = nullptr;
    if (equal_no_case(word, "NEVER")) wish = &notify.never;
    if (equal_no_case(word, "SUCCESS")) wish = &notify.success;
    if (equal_no_case(word, "FAILURE")) wish = &notify.failure;
    if (equal_no_case(word, "DELAY")) wish = &notify.delay;
    if (!wish) return std::nullopt;
    *wish = true;
  }
  if (notify.never && (notify.success || notify.failure || notify.delay)) return std::nullopt;
  return notify;
}

Refusal take(Recipient& recipient, const Parameter& parameter) {
  if (equal_no_case(parameter.name, "NOTIFY")) {
    const auto notify = read_notify(parameter.value);
    if (!notify) return bad_value(parameter, "NEVER, or some of SUCCESS,FAILURE,DELAY");
    recipient.notify = *notify;
  } else if (equal_no_case(parameter.name, "ORCPT")) {
    const auto semicolon = parameter.value.find(';');
    const auto original = from_xtext(parameter.value);
    if (!original || semicolon == std::string_view::npos || semicolon == 0 || original->size() > 500)
      return bad_value(parameter, "a type, a semicolon and an address, as rfc822;anna@clinic.example");
    recipient.original = *original;
  } else {
    return unknown_parameter(parameter);
  }
  return std::nullopt;
}

template <class Target>
Refusal take_all(Target& target, std::string_view parameters) {
  for (const auto& parameter : read_parameters(parameters)) {
    if (auto refusal = take(target, parameter)) return refusal;
  }
  return std::nullopt;
}

}  // namespace

Command read_command(std::string_view line) {
  const auto end = std::min(line.find(' '), line.size());
  for (const auto& name : names) {
    if (equal_no_case(line.substr(0, end), name.text)) return {name.verb, trim(line.substr(end))};
  }
  return {};
}

std::variant<Sender, Reply> read_sender(std::string_view argument) {
  auto path = read_path(argument, "FROM:");
  if (!path) return bad_argument("expected MAIL FROM:<address>");
  if (holds_control_characters(path->address))
    return Reply{501, "5.1.7", "the address holds control characters"};
  Sender sender;
  sender.address = std::move(path->address);
  if (auto refusal = take_all(sender, path->rest)) return *refusal;
  return sender;
}

std::variant<Recipient, Reply> read_recipient(std::string_view argument) {
  auto path = read_path(argument, "TO:");
  if (!path || path->address.empty()) return bad_argument("expected RCPT TO:<address>");
  if (holds_control_characters(path->address))
    return Reply{501, "5.1.3", "the address holds control characters"};
  Recipient recipient;
  recipient.address = std::move(path->address);
  if (auto refusal = take_all(recipient, path->rest)) return *refusal;
  return recipient;
}

std::variant<Chunk, Reply> read_chunk(std::string_view argument) {
  const auto end = std::min(argument.find(' '), argument.size());
  const auto size = read_number(argument.substr(0, end));
  const auto rest = trim(argument.substr(end));
  if (!size || (!rest.empty() && !equal_no_case(rest, "LAST")))
    return bad_argument("expected BDAT and a number of bytes, and LAST with the last ones");
  return Chunk{*size, !rest.empty()};
}

}  // namespace external::smtp
