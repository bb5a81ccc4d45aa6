#include "send_window.h"

namespace external::link {

namespace {

std::uint32_t wire_place(std::uint64_t place) {
  return static_cast<std::uint32_t>(place % place_modulus);
}

}  // namespace

Content SendWindow::add(Content content, TimePoint now) {
  content.place = wire_place(end_);
  sent_.emplace(end_, Sent{content, order_, order_, now});
  end_ += content.bytes.size();
  ++order_;
  return content;
}

SendWindow::AckResult SendWindow::acknowledge(const Acknowledgement& ack, TimePoint now) {
  AckResult result;
  // The place travels modulo 2^24; the window is far smaller, so where it lies relative to the base is
  // certain.
  const std::uint64_t in_order = (ack.next + place_modulus - wire_place(base_)) % place_modulus;
  if (in_order > unacknowledged()) {
    // An acknowledgement that a later one has made old lies just behind the base; anything else is nonsense.
    result.valid = place_modulus - in_order <= window_bytes;
    return result;
  }
  std::uint64_t reach = in_order;
  for (const auto& range : ack.ranges) {
    if (range.missing > unacknowledged() || range.present > unacknowledged()) return result;
    reach += range.missing + range.present;
  }
  if (reach > unacknowledged()) return result;

  result.valid = true;
  std::uint64_t place = base_ + in_order;
  acknowledge_range(base_, place, now, result);
  for (const auto& range : ack.ranges) {
    place += range.missing;
    acknowledge_range(place, place + range.present, now, result);
    place += range.present;
  }
  if (ack.ranges.size() == most_ack_ranges) result.round_trip.reset();
  base_ = sent_.empty() ? end_ : sent_.begin()->first;
  find_lost(result);
  return result;
}

void SendWindow::acknowledge_range(std::uint64_t from, std::uint64_t to, TimePoint now, AckResult& result) {
  auto frame = sent_.lower_bound(from);
  while (frame != sent_.end() && frame->first + frame->second.content.bytes.size() <= to) {
    const Sent& sent = frame->second;
    ++result.acked;
    if (sent.lost) --lost_count_;
    newest_arrived_ = std::max(newest_arrived_, sent.arrived_order);
    // The newest frame sent only once tells the round trip, unless the acknowledgement had no room for all
    // news.
    if (!sent.repeated && sent.arrived_order > newest_measured_) {
      newest_measured_ = sent.arrived_order;
      result.round_trip = now - sent.time;
    }
    frame = sent_.erase(frame);
  }
}

void SendWindow::find_lost(AckResult& result) {
  for (auto& [place, sent] : sent_) {
    if (sent.lost || sent.last_order >= newest_arrived_) continue;
    sent.lost = true;
    sent.guessed = false;
    ++lost_count_;
    ++result.lost;
  }
}

void SendWindow::split(Frames::iterator frame, std::size_t size) {
  Sent rest = frame->second;
  Bytes& bytes = rest.content.bytes;
  bytes.erase(bytes.begin(), bytes.begin() + static_cast<long>(size));
  rest.content.place = wire_place(frame->first + size);
  frame->second.content.bytes.resize(size);
  frame->second.content.ends = false;
  sent_.emplace(frame->first + size, std::move(rest));
  ++lost_count_;
}

std::optional<Content> SendWindow::repeat_lost(std::size_t limit, TimePoint now) {
  if (lost_count_ == 0) return std::nullopt;
  const auto found =
      std::find_if(sent_.begin(), sent_.end(), [](const auto& entry) { return entry.second.lost; });
  if (found->second.content.bytes.size() > limit) split(found, limit);
  Sent& sent = found->second;
  sent.lost = false;
  --lost_count_;
  sent.repeated = true;
  sent.last_order = order_++;
  // A line does not reorder: what was seen to be lost cannot arrive any more, so if it arrives it is this
  // sending. If only the timer said so, it may be an earlier one.
  if (!sent.guessed) sent.arrived_order = sent.last_order;
  sent.time = now;
  return sent.content;
}

SendWindow::Frames::const_iterator SendWindow::oldest() const {
  auto found = sent_.end();
  for (auto frame = sent_.begin(); frame != sent_.end(); ++frame) {
    if (frame->second.lost) continue;
    if (found == sent_.end() || frame->second.last_order < found->second.last_order) found = frame;
  }
  return found;
}

void SendWindow::expect_oldest_lost() {
  const auto found = oldest();
  if (found == sent_.end()) return;
  Sent& sent = sent_.at(found->first);
  sent.lost = true;
  sent.guessed = true;
  ++lost_count_;
}

std::size_t SendWindow::expect_all_lost() {
  std::size_t count = 0;
  for (auto& [place, sent] : sent_) {
    sent.guessed = false;
    if (!std::exchange(sent.lost, true)) ++count;
  }
  lost_count_ += count;
  return count;
}

void SendWindow::trust() {
  sent_.clear();
  base_ = end_;
  lost_count_ = 0;
}

std::optional<TimePoint> SendWindow::oldest_sent() const {
  const auto found = oldest();
  if (found == sent_.end()) return std::nullopt;
  return found->second.time;
}

std::optional<TimePoint> SendWindow::newest_sent() const {
  const auto newest = std::max_element(sent_.begin(), sent_.end(), [](const auto& one, const auto& other) {
    return one.second.last_order < other.second.last_order;
  });
  if (newest == sent_.end()) return std::nullopt;
  return newest->second.time;
}

}  // namespace external::link
