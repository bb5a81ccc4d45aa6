#include "results.h"

#include <external/base/guard.h>
#include <external/base/text.h>

#include <algorithm>

namespace external::modem {

namespace {

bool is_line_end(char c) {
  return c == '\r' || c == '\n';
}

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 3 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Numeric results after which session bytes may follow at once: connections, and 8, the answer on a null
/// modem.
bool opens_session(std::string_view line) {
  if (!is_number(line)) return false;
  const int code = std::stoi(std::string(line));
  return code == 1 || code == 5 || code == 8 || code >= 10;
}

bool is_result_without_call(std::string_view line) {
  constexpr std::string_view results[] = {"OK",          "ERROR",        "RING",      "NO CARRIER",
                                          "NO DIALTONE", "NO DIAL TONE", "NO ANSWER", "BUSY"};
  return is_number(line) || std::find(std::begin(results), std::end(results), line) != std::end(results);
}

/// Prompts and complaints of devices that are no modems, when a call has ended.
bool is_of_command_mode(std::string_view line) {
  return line == "*" || line.starts_with("cmd:") || line.starts_with("?") || line.starts_with("*** ") ||
         line.starts_with("CLR ") || line == "ERR" || line == "FREE";
}

/// The part of `line` that announces a connection, perhaps behind a prompt; empty if none does.
std::string_view connect_in(std::string_view line) {
  if (line.starts_with("CONNECT") || line == "COM" || line.ends_with(" COM")) return line;
  const auto packet = line.find("*** CONNECTED");
  return packet == std::string_view::npos ? std::string_view() : line.substr(packet);
}

/// X.28 has a word of two or three letters behind CLR and RESET, and perhaps two numbers. After a RESET bytes
/// may be missing, which ends a call as well.
bool is_clear(std::string_view line) {
  constexpr std::string_view reasons[] = {"OCC", "NC",  "INV", "NA",  "ERR", "RPE", "NP",
                                          "DER", "DTE", "PAD", "RNA", "ID",  "CONF"};
  const auto word = line.substr(0, line.find(' '));
  if ((word != "CLR" && word != "RESET") || word.size() == line.size()) return false;
  const auto rest = line.substr(word.size() + 1);
  const auto reason = rest.substr(0, rest.find(' '));
  return std::find(std::begin(reasons), std::end(reasons), reason) != std::end(reasons);
}

struct Line {
  std::size_t begin = 0;
  std::size_t end = 0;  ///< of the text, where the CR is
};

bool is_refusal(std::string_view line) {
  return line.starts_with("BLACKLISTED") || line.starts_with("DELAYED") || line == "32";
}

/// The next complete line that begins at `from` or later and is not empty.
std::optional<Line> next_line(std::string_view text, std::size_t from) {
  while (from < text.size() && is_line_end(text[from])) ++from;
  const auto end = text.find('\r', from);
  if (end == std::string_view::npos) return std::nullopt;
  return Line{from, end};
}

template <class Use>
void for_each_line(std::string_view text, Use use) {
  std::size_t from = 0;
  while (const auto line = next_line(text, from)) {
    use(text.substr(line->begin, line->end - line->begin));
    from = line->end + 1;
  }
}

}  // namespace

std::optional<ConnectEnd> end_of_connect(std::string_view text) {
  std::size_t from = 0;
  while (const auto line = next_line(text, from)) {
    const auto content = text.substr(line->begin, line->end - line->begin);
    const std::size_t after = line->end + 1;
    if (opens_session(content)) return ConnectEnd{after, true};
    if (!connect_in(content).empty()) {
      if (after == text.size()) return ConnectEnd{after, false};
      return ConnectEnd{text[after] == '\n' ? after + 1 : after, true};
    }
    from = after;
  }
  return std::nullopt;
}

std::string connect_line(std::string_view text) {
  std::string found;
  for_each_line(text, [&](std::string_view line) {
    if (const auto connect = connect_in(line); !connect.empty()) found = trim(connect);
  });
  return found;
}

unsigned speed_in(std::string_view connect) {
  if (!connect.starts_with("CONNECT")) return 0;
  const auto begin = connect.find_first_of("0123456789");
  if (begin == std::string_view::npos) return 0;
  unsigned speed = 0;
  for (const char c : connect.substr(begin, 7)) {
    if (c < '0' || c > '9') break;
    speed = speed * 10 + static_cast<unsigned>(c - '0');
  }
  return speed;
}

std::size_t end_of_loss(std::string_view text) {
  constexpr std::string_view words[] = {"\r\nNO CARRIER\r\n", "*** DISCONNECTED\r\n"};
  for (const auto word : words) {
    if (const auto at = text.rfind(word); at != std::string_view::npos) return at + word.size();
  }
  for (const std::string_view clear : {"\r\nCLR ", "\r\nRESET "}) {
    const auto at = text.rfind(clear);
    if (at == std::string_view::npos || !guarded("R50")) continue;
    const auto end = text.find("\r\n", at + 2);
    if (end != std::string_view::npos && is_clear(text.substr(at + 2, end - at - 2))) return end + 2;
  }
  return std::string_view::npos;
}

std::string take_rings(std::string& text) {
  std::string last;
  std::size_t from = 0;
  while (const auto line = next_line(text, from)) {
    const auto content = std::string_view(text).substr(line->begin, line->end - line->begin);
    std::size_t begin = line->begin;
    std::size_t end = line->end + 1;
    const bool verbose = content == "RING" || content.starts_with("RING ");
    // Without its LF it is not complete: that would stay behind and spoil the next answer.
    const bool complete = verbose ? end < text.size() && text[end] == '\n' : content == "2";
    if (!complete) {
      from = end;
      continue;
    }
    if (verbose) {
      // The line's own CR LF goes with it: the one behind, and the one before unless it ends another line.
      ++end;
      const bool opened = begin >= 2 && text.compare(begin - 2, 2, "\r\n") == 0;
      if (opened && (begin == 2 || text[begin - 3] == '\n')) begin -= 2;
    }
    last = text.substr(begin, end - begin);
    text.erase(begin, end - begin);
    from = begin;
  }
  return last;
}

bool holds_only_results(std::string_view text) {
  std::size_t from = 0;
  while (const auto line = next_line(text, from)) {
    const auto content = text.substr(line->begin, line->end - line->begin);
    if (!is_result_without_call(content) && !is_of_command_mode(content)) return false;
    from = line->end + 1;
  }
  const auto rest = text.substr(std::min(text.find_first_not_of("\r\n", from), text.size()));
  return rest.empty() || rest == "*" || rest == "cmd:";
}

std::size_t count_results(std::string_view text) {
  std::size_t count = 0;
  for_each_line(text, [&](std::string_view line) {
    if (is_result_without_call(line)) ++count;
  });
  return count;
}

std::string refusal_in(std::string_view text) {
  std::string found;
  for_each_line(text, [&](std::string_view line) {
    if (is_refusal(line)) found = trim(line);
  });
  return found;
}

std::optional<bool> are_results_numeric(std::string_view text) {
  std::optional<bool> numeric;
  for_each_line(text, [&](std::string_view line) {
    if (is_result_without_call(line)) numeric = is_number(line);
  });
  return numeric;
}

bool holds_line(std::string_view text, std::string_view echo) {
  bool found = false;
  for_each_line(text, [&](std::string_view line) { found = found || line != echo; });
  return found;
}

std::size_t length_of_lines(std::string_view text) {
  const auto last = text.find_last_of("\r\n");
  return last == std::string_view::npos ? 0 : last + 1;
}

}  // namespace external::modem
