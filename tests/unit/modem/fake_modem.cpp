#include "fake_modem.h"

#include <external/base/text.h>

namespace external::modem::test {

namespace {

const std::map<std::string, std::string, std::less<>> numeric_results = {
    {"OK", "0"},           {"CONNECT", "1"},   {"CONNECT 300", "1"},   {"RING", "2"},
    {"NO CARRIER", "3"},   {"ERROR", "4"},     {"CONNECT 1200", "5"},  {"NO DIALTONE", "6"},
    {"BUSY", "7"},         {"NO ANSWER", "8"}, {"CONNECT 2400", "10"}, {"CONNECT 4800", "11"},
    {"CONNECT 9600", "12"}};

}  // namespace

FakeModem::FakeModem(const asio::any_io_executor& executor, Clock& clock, FakeOptions options)
    : clock_(clock),
      options_(std::move(options)),
      readable_(executor),
      speed_(options_.bits_per_second),
      echo_(options_.echo),
      verbose_(options_.verbose) {}

void FakeModem::say(std::string_view text, Duration after) {
  const Duration byte_time = Duration(std::chrono::seconds(10)) / options_.bits_per_second;
  TimePoint at = clock_.now() + after;
  if (!coming_.empty()) at = std::max(at, coming_.back().arrives);
  for (const char c : text) coming_.push_back({at += byte_time, c});
  readable_.set();
}

void FakeModem::result(std::string_view words, Duration after) {
  if (verbose_) return say("\r\n" + std::string(words) + "\r\n", after);
  const auto code = numeric_results.find(words);
  say((code == numeric_results.end() ? std::string("99") : code->second) + "\r", after);
}

void FakeModem::ring() {
  result("RING", {});
}

void FakeModem::lose_carrier() {
  in_call_ = escaped_ = false;
  result("NO CARRIER", {});
}

Task<Result<std::size_t>> FakeModem::read(std::span<std::uint8_t> into, TimePoint deadline) {
  for (;;) {
    if (closed_) co_return error_code(asio::error::operation_aborted);
    std::size_t count = 0;
    while (count < into.size() && !coming_.empty() && coming_.front().arrives <= clock_.now()) {
      into[count++] = static_cast<std::uint8_t>(coming_.front().byte);
      coming_.pop_front();
    }
    if (count > 0) co_return count;
    if (clock_.now() >= deadline) co_return error_code(asio::error::timed_out);
    const TimePoint next = coming_.empty() ? deadline : std::min(deadline, coming_.front().arrives);
    readable_.clear();
    co_await first_of(readable_.wait(), clock_.wait_until(next));
  }
}

Task<error_code> FakeModem::write(ByteView bytes, TimePoint deadline) {
  if (closed_) co_return asio::error::operation_aborted;
  if (!options_.takes_bytes) {
    co_await clock_.wait_until(deadline);
    co_return asio::error::timed_out;
  }
  if (options_.silent) co_return error_code();
  for (const char c : as_text(bytes)) take_byte(c);
  co_return error_code();
}

std::size_t FakeModem::discard_input() {
  std::size_t count = 0;
  for (; !coming_.empty() && coming_.front().arrives <= clock_.now(); ++count) coming_.pop_front();
  return count;
}

Result<line::ControlLines> FakeModem::control_lines() {
  if (!options_.has_control_lines) return error_code(line::Error::unsupported);
  return line::ControlLines{in_call_, ring_line_, true, true};
}

error_code FakeModem::set_dtr(bool high) {
  dtr_ = high;
  if (!high && options_.obeys_dtr && in_call_) lose_carrier();
  return {};
}

error_code FakeModem::set_speed(unsigned bits_per_second) {
  if (bits_per_second > 115200) return line::Error::bad_speed;
  speeds_.push_back(speed_ = bits_per_second);
  return {};
}

void FakeModem::close() {
  closed_ = true;
  readable_.set();
}

void FakeModem::take_byte(char c) {
  if (in_call_ && !escaped_) return take_in_call(c);
  if (echo_) say(std::string_view(&c, 1));
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

void FakeModem::factory() {
  echo_ = verbose_ = true;
  auto_answer_ = 0;
}

void FakeModem::execute(std::string line) {
  line = to_upper(line);
  const auto at = line.find("AT");
  if (at == std::string::npos) return;
  commands_.push_back(line.substr(at));
  const std::string command = line.substr(at + 2);
  if (command.starts_with("D") || command.starts_with("A")) {
    const bool online = options_.dial_result.starts_with("CONNECT");
    const Duration delay = options_.dial_delay;
    result(options_.dial_result, delay);
    if (!online) return;
    in_call_ = true;
    last_sent_ = clock_.now();
    say(options_.behind_connect, delay);
    return;
  }
  if (command.starts_with("+")) return result("ERROR", options_.answer_delay);
  const bool reset = command == "Z";
  if (reset) {
    echo_ = options_.echo;
    verbose_ = options_.verbose;
  }
  set(command);
  const bool stores = command.find("&W") != std::string::npos;
  result("OK", reset ? options_.reset_delay : stores ? options_.store_delay : options_.answer_delay);
}

void FakeModem::set(std::string_view rest) {
  if (rest.starts_with("&F")) factory();
  for (std::size_t i = 0; i + 1 < rest.size(); ++i) {
    const bool extended = i > 0 && rest[i - 1] == '&';
    if (extended) continue;
    if (rest[i] == 'E') echo_ = rest[i + 1] == '1';
    if (rest[i] == 'V') verbose_ = rest[i + 1] == '1';
    if (rest[i] == 'H') in_call_ = escaped_ = false;
    if (rest.substr(i).starts_with("S0=")) auto_answer_ = rest[i + 3] - '0';
  }
}

}  // namespace external::modem::test
