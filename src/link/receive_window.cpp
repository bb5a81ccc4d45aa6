#include "receive_window.h"

#include "send_window.h"

namespace external::link {

namespace {

void drop_front(Bytes& content, std::uint64_t count) {
  content.erase(content.begin(),
                content.begin() + static_cast<long>(std::min<std::uint64_t>(count, content.size())));
}

}  // namespace

ReceiveWindow::Arrival ReceiveWindow::add(Content content) {
  std::uint64_t place = next_ + (content.place + place_modulus - next_ % place_modulus) % place_modulus;
  Bytes& bytes = content.bytes;
  if (place - next_ >= place_modulus / 2) {  // it lies behind
    drop_front(bytes, place_modulus - (place - next_));
    place = next_;
  }
  if (place - next_ >= window_bytes) return Arrival::out_of_window;

  auto after = ahead_.upper_bound(place);
  if (after != ahead_.begin()) {
    const auto before = std::prev(after);
    const auto covered = before->first + before->second.bytes.size();
    if (covered > place) {
      drop_front(bytes, covered - place);
      place = covered;
    }
  }
  if (after != ahead_.end() && place + bytes.size() > after->first) {
    bytes.resize(after->first > place ? after->first - place : 0);
    content.ends = false;
  }
  if (bytes.empty()) return Arrival::duplicate;
  const bool gap = place > reach_;
  reach_ = std::max(reach_, place + bytes.size());
  if (place > next_) {
    ahead_.emplace(place, std::move(content));
    return gap ? Arrival::gap : Arrival::ahead;
  }
  next_ += bytes.size();
  ready_.push_back(std::move(content));
  while (!ahead_.empty() && ahead_.begin()->first == next_) {
    next_ += ahead_.begin()->second.bytes.size();
    ready_.push_back(std::move(ahead_.begin()->second));
    ahead_.erase(ahead_.begin());
  }
  return Arrival::in_order;
}

Acknowledgement ReceiveWindow::acknowledgement(std::size_t ranges) const {
  Acknowledgement ack{static_cast<std::uint32_t>(next_ % place_modulus), {}};
  std::uint64_t reach = next_;
  for (const auto& [place, content] : ahead_) {
    if (!ack.ranges.empty() && place == reach) {
      ack.ranges.back().present += content.bytes.size();
    } else {
      if (ack.ranges.size() == ranges) break;
      ack.ranges.push_back({place - reach, content.bytes.size()});
    }
    reach = place + content.bytes.size();
  }
  return ack;
}

}  // namespace external::link
