#include <external/base/text.h>
#include <external/outlet/outlet.h>

#include <stdexcept>

namespace external::outlet {

namespace {

constexpr auto expected =
    "expected lmtp:/path/of/socket, lmtp://host:port, smtp://host:port, smtp+tls://user:password@host:port "
    "or "
    "|/path/of/program {mailbox}";

[[noreturn]] void refuse() {
  throw std::runtime_error(expected);
}

/// Words, with blanks inside of double quotes.
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
  if (quoted) refuse();
  if (begun) words.push_back(word);
  return words;
}

Program program(std::string_view text) {
  Program way{words_of(text), Program().patience};
  if (way.arguments.empty() || !way.arguments.front().starts_with('/')) refuse();
  return way;
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Host host(std::string_view text, bool lmtp, Host::Tls tls) {
  Host way;
  way.lmtp = lmtp;
  way.tls = tls;
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    const auto colon = text.find(':');
    if (colon > at || colon == 0) refuse();
    way.user = text.substr(0, colon);
    way.password = text.substr(colon + 1, at - colon - 1);
    text.remove_prefix(at + 1);
  }
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || !is_port(text.substr(colon + 1))) refuse();
  way.port = text.substr(colon + 1);
  auto name = text.substr(0, colon);
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  way.host = name;
  return way;
}

}  // namespace

Way parse_way(std::string_view text) {
  text = trim(text);
  const auto rest = [&](std::string_view start) { return text.substr(start.size()); };
  if (text.starts_with("|")) return program(trim(rest("|")));
  if (text.starts_with("lmtp://")) return host(rest("lmtp://"), true, Host::Tls::never);
  if (text.starts_with("lmtp:/")) return LmtpSocket{rest("lmtp:")};
  if (text.starts_with("smtp+tls://")) return host(rest("smtp+tls://"), false, Host::Tls::always);
  if (text.starts_with("smtp://")) {
    auto way = host(rest("smtp://"), false, Host::Tls::if_offered);
    if (!way.user.empty()) refuse();  // a password wants smtp+tls
    return way;
  }
  refuse();
}

}  // namespace external::outlet
