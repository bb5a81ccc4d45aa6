#include "fake_tnc.h"

#include <external/base/text.h>

namespace external::modem::test {

namespace {

constexpr char ctrl_c = 3;
constexpr Duration guard_time = std::chrono::seconds(1);

}  // namespace

FakeTnc::FakeTnc(const asio::any_io_executor& executor, Clock& clock, TncOptions options)
    : FakeDevice(executor, clock, 9600), options_(std::move(options)), transparent_(options_.transparent) {
  connected_ = transparent_;
}

bool FakeTnc::connected() {
  catch_up();
  return connected_;
}

void FakeTnc::establish() {
  connected_ = transparent_ = true;
  last_byte_ = clock_.now();
}

void FakeTnc::call_in(Duration after) {
  plan(
      [this](TimePoint) {
        establish();
        return "*** CONNECTED to DL1XYZ-12\r\n" + options_.behind_connect;
      },
      after);
}

void FakeTnc::leave() {
  connected_ = transparent_ = false;
  say("*** DISCONNECTED\r\ncmd:");
}

void FakeTnc::take_byte(char c) {
  if (transparent_) return take_transparent(c);
  if (c == ctrl_c) {
    line_.clear();
    return say("\r\ncmd:");
  }
  if (echo_) say(std::string_view(&c, 1));
  if (c == '\r') return execute(to_upper(trim(std::exchange(line_, {}))));
  line_ += c;
}

void FakeTnc::take_transparent(char c) {
  const bool quiet_before = clock_.now() - last_byte_ >= guard_time;
  last_byte_ = clock_.now();
  sent_in_call_ += c;
  if (c != ctrl_c) {
    interrupts_ = 0;
  } else if (interrupts_ > 0 || quiet_before) {
    ++interrupts_;
  }
  if (interrupts_ < 3) return;
  interrupts_ = 0;
  plan(
      [this](TimePoint) {
        transparent_ = false;
        return std::string("\r\ncmd:");
      },
      guard_time);
}

void FakeTnc::execute(const std::string& line) {
  if (line.empty()) return say("cmd:");
  commands_.push_back(line);
  if (line.starts_with("C ")) {
    say("cmd:");
    plan(
        [this](TimePoint) {
          const bool connects = options_.connect_result.find(" CONNECTED") != std::string::npos;
          if (!connects) return options_.connect_result + "\r\ncmd:";
          establish();
          return options_.connect_result + "\r\n" + options_.behind_connect;
        },
        options_.connect_delay);
    return;
  }
  if (line == "D") {
    if (!connected_) return say("?ALREADY DISCONNECTED\r\ncmd:");
    plan(
        [this](TimePoint) {
          connected_ = false;
          return std::string("*** DISCONNECTED\r\ncmd:");
        },
        options_.disconnect_delay);
    return say("cmd:");
  }
  const auto blank = line.find(' ');
  if (blank == std::string::npos) return say("?EH\r\ncmd:");
  if (line == "ECHO OFF") echo_ = false;
  say(line.substr(0, blank) + "     was ON\r\ncmd:");
}

}  // namespace external::modem::test
