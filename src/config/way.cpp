#include <external/base/text.h>
#include <external/config/values.h>
#include <external/config/way.h>

#include <utility>

namespace external::config {

namespace {

[[noreturn]] void refuse() {
  throw BadValue(
      "expected Maildir, lmtp:/path/of/socket, lmtp://host:port, smtp://host:port, "
      "smtp+tls://user:password@host:port or |/path/of/program {mailbox}");
}

/// Words, with blanks inside of double quotes; none if a quote is left open.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false;
  bool begun = false;
  for (const char c : text) {
    if (c == '"') {
      quoted = !quoted;
      begun = true;
    } else if (!quoted && (c == ' ' || c == '\t')) {
      if (std::exchange(begun, false)) words.push_back(std::exchange(word, {}));
    } else {
      word.push_back(c);
      begun = true;
    }
  }
  if (quoted) return {};
  if (begun) words.push_back(word);
  return words;
}

Program program(std::string_view text) {
  Program way{words_of(text), Program().patience};
  if (way.arguments.empty() || !way.arguments.front().starts_with('/')) refuse();
  return way;
}

/// The system's limit, sockaddr_un::sun_path with its end.
constexpr std::size_t longest_socket = 107;

LmtpSocket socket(std::string_view path) {
  if (path.size() > longest_socket) throw BadValue("the path of a socket has at most 107 characters");
  return {path};
}

MailHost host(std::string_view text, bool lmtp, MailHost::Tls tls) {
  MailHost way;
  way.lmtp = lmtp;
  way.tls = tls;
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    const auto colon = text.find(':');
    if (colon > at || colon == 0) refuse();
    way.user = text.substr(0, colon);
    way.password = text.substr(colon + 1, at - colon - 1);
    text.remove_prefix(at + 1);
  }
  auto place = parse_host_port(text);
  if (place.host.empty()) refuse();
  way.host = std::move(place.host);
  way.port = std::move(place.port);
  return way;
}

}  // namespace

Way parse_way(std::string_view text) {
  text = trim(text);
  const auto rest = [&](std::string_view start) { return text.substr(start.size()); };
  if (text.starts_with("|")) return program(trim(rest("|")));
  if (text.starts_with("lmtp://")) return host(rest("lmtp://"), true, MailHost::Tls::never);
  if (text.starts_with("lmtp:/")) return socket(rest("lmtp:"));
  if (text.starts_with("smtp+tls://")) return host(rest("smtp+tls://"), false, MailHost::Tls::always);
  if (text.starts_with("smtp://")) {
    auto way = host(rest("smtp://"), false, MailHost::Tls::if_offered);
    if (!way.user.empty())
      throw BadValue("a password goes over an encrypted connection only; write smtp+tls:// for it");
    return way;
  }
  refuse();
}

std::vector<std::string> parse_command(std::string_view text) {
  auto words = words_of(trim(text));
  if (words.empty() || !words.front().starts_with('/'))
    throw BadValue(
        "expected the absolute path of a program, and its arguments; for a shell /bin/sh -c \"...\"");
  return words;
}

bool is_maildir(std::string_view deliver) {
  return trim(deliver).empty() || equal_no_case(trim(deliver), "Maildir");
}

std::string describe(const Way& way) {
  if (const auto* socket = std::get_if<LmtpSocket>(&way)) return "LMTP at " + socket->path.string();
  if (const auto* program = std::get_if<Program>(&way)) {
    std::string text = "program";
    for (const auto& argument : program->arguments) text += " " + argument;
    return text;
  }
  const auto& host = std::get<MailHost>(way);
  std::string text = host.lmtp ? "LMTP" : host.tls == MailHost::Tls::always ? "SMTP with TLS" : "SMTP";
  text += " at " + host.host + ":" + host.port;
  return host.user.empty() ? text : text + " as " + host.user;
}

}  // namespace external::config
