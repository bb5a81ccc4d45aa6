#include "fake_modem.h"

#include <external/base/text.h>

namespace external::modem::test {

namespace {

const std::map<std::string, std::string, std::less<>> numeric_results = {{"OK", "0"},
                                                                         {"CONNECT", "1"},
                                                                         {"CONNECT 300", "1"},
                                                                         {"RING", "2"},
                                                                         {"NO CARRIER", "3"},
                                                                         {"ERROR", "4"},
                                                                         {"CONNECT 1200", "5"},
                                                                         {"NO DIALTONE", "6"},
                                                                         {"BUSY", "7"},
                                                                         {"NO ANSWER", "8"},
                                                                         {"CONNECT 2400", "10"},
                                                                         {"CONNECT 4800", "11"},
                                                                         {"CONNECT 9600", "12"},
                                                                         {"CONNECT 7200", "13"},
                                                                         {"CONNECT 12000", "14"},
                                                                         {"CONNECT 14400", "15"},
                                                                         {"CONNECT 16800", "16"},
                                                                         {"CONNECT 19200", "17"},
                                                                         {"CONNECT 38400", "18"},
                                                                         {"CONNECT 57600", "19"},
                                                                         {"BLACKLISTED", "32"}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

int number_at(std::string_view text, std::size_t& at) {
  int value = 0;
  while (at < text.size() && is_digit(text[at])) value = value * 10 + (text[at++] - '0');
  return value;
}

}  // namespace

FakeModem::FakeModem(const asio::any_io_executor& executor, Clock& clock, FakeOptions options)
    : FakeDevice(executor, clock, options.bits_per_second), options_(std::move(options)) {
  stored_.echo = options_.echo;
  stored_.verbose = options_.verbose;
  stored_.registers[0] = 1;
  now_ = stored_;
}

std::string FakeModem::worded(std::string_view words) const {
  if (now_.extended == 0 && words.starts_with("CONNECT")) return "CONNECT";
  if (now_.extended < 3 && words == "BUSY") return "NO CARRIER";
  return std::string(words);
}

std::string FakeModem::spoken(std::string_view words) const {
  if (now_.quiet) return {};
  const auto result = worded(words);
  if (now_.verbose) return "\r\n" + result + "\r\n";
  if (result == options_.dial_result && !options_.numeric_result.empty()) {
    return options_.numeric_result + "\r";
  }
  const auto code = numeric_results.find(result);
  return (code == numeric_results.end() ? std::string("99") : code->second) + "\r";
}

void FakeModem::result(std::string_view words, Duration after) {
  if (options_.merges) hold_back(after);
  say(spoken(words), after);
}

void FakeModem::ring_after(Duration first, int times) {
  const auto calls = calls_;
  for (int i = 0; i < times; ++i) {
    plan(
        [this, calls](TimePoint when) {
          if (calls_ != calls) return std::string();  // it was answered
          ring_line_until_ = when + std::chrono::seconds(1);
          return spoken("RING");
        },
        first + i * Duration(std::chrono::seconds(6)));
  }
}

void FakeModem::lose_carrier() {
  catch_up();
  in_call_ = escaped_ = false;
  say(spoken("NO CARRIER"));
}

bool FakeModem::in_call() {
  catch_up();
  return in_call_;
}

Result<line::ControlLines> FakeModem::control_lines() {
  if (!options_.has_control_lines) return error_code(line::Error::unsupported);
  catch_up();
  const bool ringing = ring_line_ || clock_.now() < ring_line_until_;
  return line::ControlLines{in_call_ || !now_.carrier_follows, ringing, true, true};
}

void FakeModem::dtr_changed(bool high) {
  if (high || !options_.obeys_dtr || now_.dtr == 0) return;
  if (dialling_) hang_up();
  if (in_call_) lose_carrier();
}

void FakeModem::take_byte(char c) {
  if (options_.silent) return;
  if (in_call_ && !escaped_) return take_in_call(c);
  if (dialling_) {  // any character ends the attempt
    hang_up();
    return say(spoken("NO CARRIER"));
  }
  if (now_.echo) say(std::string_view(&c, 1));
  if (c != '\r') {
    line_ += c;
    return;
  }
  execute(std::exchange(line_, {}));
}

void FakeModem::take_in_call(char c) {
  sent_in_call_ += c;
  const TimePoint now = clock_.now();
  if (c == '+' && pluses_.empty()) before_pluses_ = last_sent_;
  pluses_ = c == '+' ? pluses_ + c : "";
  // The silence behind the escape is taken for granted; the one before it is not.
  if (pluses_ == "+++" && now - before_pluses_ >= std::chrono::seconds(1)) {
    escaped_ = true;
    pluses_.clear();
    result("OK", std::chrono::seconds(1));
  }
  last_sent_ = now;
}

void FakeModem::execute(std::string line) {
  line = to_upper(line);
  const auto start = line.find("AT");
  if (start == std::string::npos) return;
  commands_.push_back(line.substr(start));
  const std::string command = line.substr(start + 2);
  command_time_ = options_.answer_delay;
  for (std::size_t at = 0; at < command.size();) {
    if (command[at] == 'A') return dial();
    if (command[at] == 'D') {
      // With a semicolon at its end it only dials, and takes commands again.
      if (!command.ends_with(';')) return dial();
      break;
    }
    if (!perform(command, at)) return result("ERROR", command_time_);
  }
  result("OK", command_time_);
}

/// One command of a line; false if the modem does not know it.
bool FakeModem::perform(std::string_view command, std::size_t& at) {
  constexpr std::string_view prefixes = "&\\%*-#$";
  char c = command[at++];
  if (c == ' ') return true;
  if (c == '+') return tell_registration(command, at);
  if (c == 'S') return set_register(command, at);
  char prefix = 0;
  if (prefixes.find(c) != std::string_view::npos) {
    if (at == command.size()) return false;
    prefix = std::exchange(c, command[at++]);
    if (prefix == '$' && at < command.size() && !is_digit(command[at])) ++at;
  }
  if (c < 'A' || c > 'Z') return false;
  set(prefix, c, number_at(command, at));
  return true;
}

bool FakeModem::tell_registration(std::string_view command, std::size_t& at) {
  if (options_.registration.empty() || command.substr(at) != "CREG?") return false;
  at = command.size();
  say("\r\n+CREG: " + options_.registration + "\r\n", command_time_);
  return true;
}

bool FakeModem::set_register(std::string_view command, std::size_t& at) {
  const int index = number_at(command, at);
  if (at == command.size()) return false;
  const char what = command[at++];
  if (what == '=') {
    registers_[index] = number_at(command, at);
    return true;
  }
  if (what != '?') return false;
  auto digits = std::to_string(registers_[index]);
  digits.insert(0, 3 - std::min<std::size_t>(3, digits.size()), '0');
  say((now_.verbose ? "\r\n" : "") + digits + (now_.verbose ? "\r\n" : "\r"), command_time_);
  return true;
}

void FakeModem::set(char prefix, char letter, int value) {
  if (prefix == '&') {
    if (letter == 'F') now_ = Profile();
    if (letter == 'W') stored_ = now_;
    if (letter == 'W') command_time_ = options_.store_delay;
    if (letter == 'C') now_.carrier_follows = value != 0;
    if (letter == 'D') now_.dtr = value;
  }
  if (prefix != 0) return;
  if (letter == 'E') now_.echo = value != 0;
  if (letter == 'V') now_.verbose = value != 0;
  if (letter == 'Q') now_.quiet = value != 0;
  if (letter == 'X') now_.extended = value;
  if (letter == 'H' && value == 0) hang_up();
  if (letter == 'Z') {
    hang_up();
    now_ = stored_;
    command_time_ = options_.reset_delay;
  }
}

void FakeModem::dial() {
  dialling_ = true;
  ++calls_;
  const int dial = ++dials_;
  plan(
      [this, dial](TimePoint when) {
        if (dial != dials_) return std::string();
        dialling_ = false;
        in_call_ = options_.dial_result.starts_with("CONNECT");
        last_sent_ = when;
        return spoken(options_.dial_result);
      },
      options_.dial_delay);
  plan([this, dial](TimePoint) { return dial == dials_ && in_call_ ? options_.behind_connect : ""; },
       options_.dial_delay + options_.behind_after);
}

void FakeModem::hang_up() {
  ++dials_;
  dialling_ = in_call_ = escaped_ = false;
}

}  // namespace external::modem::test
