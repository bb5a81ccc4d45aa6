#include "call_watch.h"

#include <external/base/text.h>

namespace external::sharing {

namespace {

/// Adds what is printable to `line`, and calls `use` with it at each line end.
template <class Use>
void for_each_line(std::string& line, ByteView bytes, std::size_t longest, Use use) {
  for (const std::uint8_t byte : bytes) {
    if (byte == '\r' || byte == '\n') {
      if (!line.empty()) use(line);
      line.clear();
    } else if (line.size() < longest) {
      line += static_cast<char>(byte);
    }
  }
}

bool begins_call(std::string_view commands) {
  // D and A are commands of their own; behind & or \ or %, or S7= and its kin, they are not.
  for (std::size_t at = 0; at < commands.size(); ++at) {
    const char command = commands[at];
    if (command == '&' || command == '\\' || command == '%' || command == '+' || command == '*') {
      ++at;
      continue;
    }
    if (command == 'D' || command == 'A' || command == 'O') return true;
  }
  return false;
}

/// "2" is one of a modem that was told to answer in numbers; of others it is the value of something.
bool is_ring(std::string_view line, bool in_numbers) {
  return line == "RING" || (in_numbers && line == "2");
}

bool ends_call(std::string_view line) {
  return line == "NO CARRIER" || line == "BUSY" || line == "NO ANSWER" || line == "NO DIALTONE" ||
         line == "NO DIAL TONE" || line == "ERROR" || line == "OK" || line == "0" || line == "3" ||
         line == "4" || line == "6" || line == "7" || line == "8";
}

}  // namespace

void CallWatch::to_modem(ByteView bytes) {
  if (state_ != State::idle) return;
  for_each_line(from_client_, bytes, longest_line, [this](std::string_view line) { command(line); });
}

void CallWatch::command(std::string_view line) {
  const auto text = to_upper(line);
  const auto at = text.rfind("AT");
  if (at == std::string::npos) return;
  const auto commands = std::string_view(text).substr(at + 2);
  if (commands.find("V0") != std::string_view::npos) in_numbers_ = true;
  if (commands.find("V1") != std::string_view::npos) in_numbers_ = false;
  if (begins_call(commands)) state_ = State::calling;
}

bool CallWatch::from_modem(ByteView bytes) {
  bool rang = false;
  for_each_line(from_modem_, bytes, longest_line,
                [&](std::string_view line) { rang = result(line) || rang; });
  return rang;
}

bool CallWatch::result(std::string_view line) {
  if (has_carrier_) return false;
  if (line.starts_with("CONNECT")) {
    state_ = State::connected;
  } else if (state_ == State::connected ? line == "NO CARRIER" : ends_call(line)) {
    state_ = State::idle;
  }
  return state_ == State::idle && is_ring(line, in_numbers_);
}

void CallWatch::carrier(bool on) {
  const bool rose = carrier_ == false && on;
  const bool fell = carrier_ == true && !on;
  carrier_ = on;
  if (!rose && !fell) return;
  has_carrier_ = on;
  state_ = on ? State::connected : State::idle;
}

}  // namespace external::sharing
