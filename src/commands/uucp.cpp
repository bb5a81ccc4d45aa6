#include "uucp.h"

#include <external/base/text.h>

#include <algorithm>
#include <optional>

namespace external::commands {

namespace {

constexpr std::string_view remote_words = " remote from ";
constexpr std::size_t most_lines = 100;

/// One "From " or ">From " line.
struct FromLine {
  std::string sender;
  std::string remote;
};

/// Up to a blank or anything else that no address holds.
std::string first_word(std::string_view text) {
  text = trim(text);
  const auto end =
      std::find_if(text.begin(), text.end(), [](unsigned char c) { return c <= ' ' || c == 127; });
  return {text.begin(), end};
}

std::optional<FromLine> read_line(std::string_view line) {
  if (line.starts_with('>')) line.remove_prefix(1);
  if (!line.starts_with("From ")) return std::nullopt;
  line = trim(line.substr(5));
  FromLine read{first_word(line), {}};
  // The last one: what stands before it came from elsewhere.
  const auto remote = line.rfind(remote_words);
  if (remote != std::string_view::npos) read.remote = first_word(line.substr(remote + remote_words.size()));
  return read;
}

bool is_last_part_of(std::string_view name, const std::string& office) {
  return equal_no_case(std::string_view(office).substr(office.find('/') + 1), name);
}

/// The site as it stands behind an @.
std::string domain_of_site(const std::string& site, const std::vector<std::string>& offices) {
  if (site.find('.') != std::string::npos) return site;
  std::vector<std::string> named;
  std::copy_if(offices.begin(), offices.end(), std::back_inserter(named),
               [&](const std::string& office) { return is_last_part_of(site, office); });
  if (named.empty())
    throw postoffice::BadAddress("there is no post office called " + visible(site) +
                                 "; write mailbox@postoffice.network");
  if (named.size() > 1)
    throw postoffice::BadAddress("several post offices are called " + visible(site) +
                                 "; write mailbox@postoffice.network");
  return postoffice::mail_domain(named.front());
}

}  // namespace

UucpEnvelope read_uucp_envelope(std::string_view start) {
  UucpEnvelope envelope;
  std::string path;
  for (std::size_t lines = 0; lines < most_lines; ++lines) {
    const auto rest = start.substr(envelope.header_size);
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) break;
    const auto line = read_line(rest.substr(0, end));
    if (!line) break;
    envelope.header_size += end + 1;
    if (lines == 0) envelope.remote = line->remote;
    if (!line->remote.empty()) path += line->remote + "!";
    envelope.sender = path + line->sender;
  }
  return envelope;
}

std::string from_bang_path(std::string_view path, const std::vector<std::string>& offices) {
  const auto last = path.rfind('!');
  if (last == std::string_view::npos) return std::string(path);
  const std::string mailbox(path.substr(last + 1));
  if (mailbox.find('@') != std::string::npos) return mailbox;
  const auto before = path.substr(0, last);
  const std::string site(
      before.substr(before.rfind('!') == std::string_view::npos ? 0 : before.rfind('!') + 1));
  if (mailbox.empty() || site.empty()) throw postoffice::BadAddress("a path of UUCP is written site!mailbox");
  return mailbox + "@" + domain_of_site(site, offices);
}

}  // namespace external::commands
