#include "send_window.h"

namespace external::link {

namespace {

std::uint32_t wire_place(std::uint64_t place) {
  return static_cast<std::uint32_t>(place % place_modulus);
}

}  // namespace

DataFrame SendWindow::add(Stream stream, Bytes content, TimePoint now) {
  DataFrame frame{stream, wire_place(end_), content};
  const auto size = content.size();
  sent_.emplace(end_, Sent{stream, std::move(content), order_, order_, now});
  end_ += size;
  ++order_;
  return frame;
}

SendWindow::AckResult SendWindow::acknowledge(const AckFrame& ack, TimePoint now) {
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
  while (frame != sent_.end() && frame->first + frame->second.content.size() <= to) {
    const Sent& sent = frame->second;
    ++result.acked;
    if (sent.lost) --lost_count_;
    // Of a frame sent twice it is not known which sending arrived: only the first is certain to be that old.
    newest_arrived_ = std::max(newest_arrived_, sent.first_order);
    // The newest frame sent only once tells the round trip, unless the acknowledgement had no room for all
    // news.
    if (!sent.repeated && sent.first_order > newest_measured_) {
      newest_measured_ = sent.first_order;
      result.round_trip = now - sent.time;
    }
    frame = sent_.erase(frame);
  }
}

void SendWindow::find_lost(AckResult& result) {
  for (auto& [place, sent] : sent_) {
    if (sent.lost || sent.last_order >= newest_arrived_) continue;
    sent.lost = true;
    ++lost_count_;
    ++result.lost;
  }
}

void SendWindow::split(Frames::iterator frame, std::size_t size) {
  Sent rest = frame->second;
  rest.content.erase(rest.content.begin(), rest.content.begin() + static_cast<long>(size));
  frame->second.content.resize(size);
  sent_.emplace(frame->first + size, std::move(rest));
  ++lost_count_;
}

std::optional<DataFrame> SendWindow::repeat_lost(std::size_t limit, TimePoint now) {
  if (lost_count_ == 0) return std::nullopt;
  const auto found =
      std::find_if(sent_.begin(), sent_.end(), [](const auto& entry) { return entry.second.lost; });
  if (found->second.content.size() > limit) split(found, limit);
  Sent& sent = found->second;
  sent.lost = false;
  --lost_count_;
  sent.repeated = true;
  sent.last_order = order_++;
  sent.time = now;
  return DataFrame{sent.stream, wire_place(found->first), sent.content};
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
  sent_.at(found->first).lost = true;
  ++lost_count_;
}

std::optional<TimePoint> SendWindow::oldest_sent() const {
  const auto found = oldest();
  if (found == sent_.end()) return std::nullopt;
  return found->second.time;
}

}  // namespace external::link
