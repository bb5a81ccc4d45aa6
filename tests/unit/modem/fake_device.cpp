#include "fake_device.h"

namespace external::modem::test {

FakeDevice::FakeDevice(const asio::any_io_executor& executor, Clock& clock, unsigned bits_per_second)
    : clock_(clock), readable_(executor), line_speed_(bits_per_second), speed_(bits_per_second) {}

void FakeDevice::say(std::string_view text, Duration after) {
  plan([words = std::string(text)](TimePoint) { return words; }, after);
}

void FakeDevice::plan(Speech speech, Duration after) {
  planned_.emplace(clock_.now() + after, std::move(speech));
  catch_up();
  readable_.set();
}

void FakeDevice::hold_back(Duration after) {
  std::multimap<TimePoint, Speech> later;
  for (auto& [start, speech] : planned_) {
    later.emplace(std::max(start, clock_.now() + after), std::move(speech));
  }
  planned_ = std::move(later);
}

void FakeDevice::catch_up() {
  const Duration byte_time = Duration(std::chrono::seconds(10)) / line_speed_;
  while (!planned_.empty() && planned_.begin()->first <= clock_.now()) {
    auto first = planned_.extract(planned_.begin());
    TimePoint at = first.key();
    if (!coming_.empty()) at = std::max(at, coming_.back().arrives);
    for (const char c : first.mapped()(first.key())) coming_.push_back({at += byte_time, c});
  }
}

Task<Result<std::size_t>> FakeDevice::read(std::span<std::uint8_t> into, TimePoint deadline) {
  for (;;) {
    if (closed_) co_return error_code(asio::error::operation_aborted);
    catch_up();
    std::size_t count = 0;
    while (count < into.size() && !coming_.empty() && coming_.front().arrives <= clock_.now()) {
      into[count++] = static_cast<std::uint8_t>(coming_.front().byte);
      coming_.pop_front();
    }
    if (count > 0) co_return count;
    if (clock_.now() >= deadline) co_return error_code(asio::error::timed_out);
    TimePoint next = deadline;
    if (!coming_.empty()) next = std::min(next, coming_.front().arrives);
    if (!planned_.empty()) next = std::min(next, planned_.begin()->first);
    readable_.clear();
    co_await first_of(readable_.wait(), clock_.wait_until(next));
  }
}

Task<error_code> FakeDevice::write(ByteView bytes, TimePoint deadline) {
  if (closed_) co_return asio::error::operation_aborted;
  if (!takes_bytes()) {
    co_await clock_.wait_until(deadline);
    co_return asio::error::timed_out;
  }
  catch_up();
  for (const char c : as_text(bytes)) take_byte(c);
  co_return error_code();
}

std::size_t FakeDevice::discard_input() {
  catch_up();
  std::size_t count = 0;
  for (; !coming_.empty() && coming_.front().arrives <= clock_.now(); ++count) coming_.pop_front();
  return count;
}

error_code FakeDevice::set_dtr(bool high) {
  catch_up();
  const bool changed = std::exchange(dtr_, high) != high;
  if (changed) dtr_changed(high);
  return {};
}

error_code FakeDevice::set_speed(unsigned bits_per_second) {
  if (bits_per_second > 115200) return line::Error::bad_speed;
  speeds_.push_back(speed_ = bits_per_second);
  return {};
}

void FakeDevice::close() {
  closed_ = true;
  readable_.set();
}

}  // namespace external::modem::test
