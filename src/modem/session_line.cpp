#include "results.h"

#include <external/base/guard.h>
#include <external/modem/session_line.h>

namespace external::modem {

namespace {

constexpr std::string_view numeric_loss = "3\r";
constexpr std::size_t most_remembered = 512;
constexpr Duration silence = std::chrono::milliseconds(300);
constexpr Duration pause = std::chrono::milliseconds(500);
constexpr Duration look_period = std::chrono::milliseconds(250);

}  // namespace

SessionLine::SessionLine(line::Line& device, Clock& clock, std::string unread, bool numeric_results,
                         bool watch_carrier)
    : device_(device),
      clock_(clock),
      unread_(std::move(unread)),
      numeric_results_(numeric_results),
      last_byte_(clock.now()),
      has_lines_(watch_carrier && device.control_lines().has_value()) {
  look_at(as_bytes(unread_));
}

bool SessionLine::carrier_lost() {
  if (lost_) return true;
  const auto lines = device_.control_lines();
  if (lines && has_lines_ && guarded("R35")) {
    lost_ = carrier_seen_ && !lines->carrier;
    carrier_seen_ = carrier_seen_ || lines->carrier;
  }
  lost_ = lost_ || (said_no_carrier() && clock_.now() - last_byte_ >= silence);
  return lost_;
}

Task<Result<std::size_t>> SessionLine::read(std::span<std::uint8_t> into, TimePoint deadline) {
  if (const std::size_t count = deliver_unread(into); count > 0) co_return count;
  for (;;) {
    // What the device still holds comes before the bad news.
    const TimePoint until = carrier_lost() ? clock_.now() : next_look(deadline);
    const auto count = co_await device_.read(into, until);
    if (count) {
      look_at(ByteView(into).first(*count));
      co_return *count;
    }
    if (count.error() != asio::error::timed_out) co_return count.error();
    if (lost_) co_return error_code(line::Error::hung_up);
    if (clock_.now() >= deadline && !carrier_lost()) co_return error_code(asio::error::timed_out);
  }
}

Task<error_code> SessionLine::write(ByteView bytes, TimePoint deadline) {
  if (carrier_lost()) co_return line::Error::hung_up;
  co_return co_await device_.write(bytes, deadline);
}

std::size_t SessionLine::discard_input() {
  const std::size_t held = std::exchange(unread_, {}).size();
  return held + device_.discard_input();
}

std::size_t SessionLine::deliver_unread(std::span<std::uint8_t> into) {
  const std::size_t count = std::min(into.size(), unread_.size());
  std::copy_n(unread_.begin(), count, into.begin());
  unread_.erase(0, count);
  return count;
}

void SessionLine::look_at(ByteView bytes) {
  if (bytes.empty()) return;
  const auto text = as_text(bytes);
  if (clock_.now() - last_byte_ >= pause) burst_.clear();
  burst_.append(text.substr(0, numeric_loss.size() + 1));
  if (burst_.size() > numeric_loss.size() + 1) burst_.resize(numeric_loss.size() + 1);
  recent_.append(text);
  if (recent_.size() > most_remembered) recent_.erase(0, recent_.size() - most_remembered);
  last_byte_ = clock_.now();
}

bool SessionLine::said_no_carrier() const {
  if (numeric_results_ && burst_ == numeric_loss) return true;
  const std::string_view recent = recent_;
  const auto end = end_of_loss(recent);
  return end != std::string_view::npos && holds_only_results(recent.substr(end));
}

TimePoint SessionLine::next_look(TimePoint deadline) {
  TimePoint next = deadline;
  if (said_no_carrier()) next = std::min(next, last_byte_ + silence);
  if (has_lines_) next = std::min(next, clock_.now() + look_period);
  return next;
}

}  // namespace external::modem
