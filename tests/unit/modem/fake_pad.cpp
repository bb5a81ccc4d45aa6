#include "fake_pad.h"

#include <external/base/text.h>

namespace external::modem::test {

namespace {

constexpr char dle = 16;
constexpr Duration thinking = std::chrono::milliseconds(100);

}  // namespace

FakePad::FakePad(const asio::any_io_executor& executor, Clock& clock, PadOptions options)
    : FakeDevice(executor, clock, 9600), options_(std::move(options)), in_call_(options_.in_call) {}

bool FakePad::in_call() {
  catch_up();
  return in_call_;
}

void FakePad::call_in(Duration after) {
  plan(
      [this](TimePoint) {
        in_call_ = true;
        return "\r\n23291123 COM\r\n" + options_.behind_com;
      },
      after);
}

void FakePad::clear(std::string_view signal, Duration after) {
  plan(
      [this, words = "\r\n" + std::string(signal) + "\r\n*"](TimePoint) {
        if (!in_call_) return std::string();
        in_call_ = escaped_ = false;
        return words;
      },
      after);
}

void FakePad::dtr_changed(bool high) {
  if (!high) in_call_ = escaped_ = false;
}

void FakePad::take_byte(char c) {
  if (in_call_ && !escaped_) {
    sent_in_call_ += c;
    if (c == dle) escaped_ = true;
    return;
  }
  if (echo_) say(std::string_view(&c, 1));
  if (c == '\r') return execute(to_upper(trim(std::exchange(line_, {}))));
  line_ += c;
}

void FakePad::execute(const std::string& line) {
  if (line.empty()) return say("\r\n*");
  commands_.push_back(line);
  if (line == "STAT") return say(in_call_ ? "\r\nENGAGED\r\n*" : "\r\nFREE\r\n*", thinking);
  if (line == "CLR") {
    in_call_ = escaped_ = false;
    return say("\r\nCLR CONF\r\n*", thinking);
  }
  if (line.starts_with("SET") && options_.knows_set) {
    echo_ = false;
    return say("\r\n*", thinking);
  }
  if (line.starts_with("PROF")) return say("\r\n*", thinking);
  const bool address = line.find_first_not_of("0123456789-N,*") == std::string::npos;
  if (!address) return say("\r\nERR\r\n*", thinking);
  plan(
      [this](TimePoint) {
        in_call_ = options_.call_result == "COM";
        if (in_call_) return "\r\nCOM\r\n" + options_.behind_com;
        return "\r\n" + options_.call_result + "\r\n*";
      },
      options_.call_delay);
}

}  // namespace external::modem::test
