#include "receive_window.h"

#include "send_window.h"

namespace external::link {

namespace {

void drop_front(Bytes& content, std::uint64_t count) {
  content.erase(content.begin(),
                content.begin() + static_cast<long>(std::min<std::uint64_t>(count, content.size())));
}

}  // namespace

ReceiveWindow::Arrival ReceiveWindow::add(DataFrame frame) {
  std::uint64_t place = next_ + (frame.place + place_modulus - next_ % place_modulus) % place_modulus;
  Bytes content = std::move(frame.content);
  if (place - next_ >= place_modulus / 2) {  // it lies behind
    const std::uint64_t behind = place_modulus - (place - next_);
    drop_front(content, behind);
    place = next_;
  }
  if (place - next_ >= window_bytes) return Arrival::out_of_window;

  auto after = ahead_.upper_bound(place);
  if (after != ahead_.begin()) {
    const auto before = std::prev(after);
    const auto covered = before->first + before->second.content.size();
    if (covered > place) {
      drop_front(content, covered - place);
      place = covered;
    }
  }
  if (after != ahead_.end() && place + content.size() > after->first) {
    content.resize(after->first > place ? after->first - place : 0);
  }
  if (content.empty()) return Arrival::duplicate;
  if (place > next_) {
    ahead_.emplace(place, Piece{frame.stream, std::move(content)});
    return Arrival::ahead;
  }
  next_ += content.size();
  ready_.push_back({frame.stream, std::move(content)});
  while (!ahead_.empty() && ahead_.begin()->first == next_) {
    next_ += ahead_.begin()->second.content.size();
    ready_.push_back(std::move(ahead_.begin()->second));
    ahead_.erase(ahead_.begin());
  }
  return Arrival::in_order;
}

AckFrame ReceiveWindow::acknowledgement() const {
  AckFrame ack{static_cast<std::uint32_t>(next_ % place_modulus), {}};
  std::uint64_t reach = next_;
  for (const auto& [place, piece] : ahead_) {
    if (!ack.ranges.empty() && place == reach) {
      ack.ranges.back().present += piece.content.size();
    } else {
      if (ack.ranges.size() == most_ack_ranges) break;
      ack.ranges.push_back({place - reach, piece.content.size()});
    }
    reach = place + piece.content.size();
  }
  return ack;
}

}  // namespace external::link
