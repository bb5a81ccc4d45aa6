#pragma once
// Bytes that wait to be sent: put in at the end, taken from the front.

#include <external/base/asio.h>

namespace external::link {

class ByteQueue {
 public:
  std::size_t size() const { return bytes_.size() - taken_; }
  bool empty() const { return size() == 0; }

  /// Those in front; valid until the next change.
  ByteView front(std::size_t most) const { return ByteView(bytes_).subspan(taken_, std::min(most, size())); }

  void append(Bytes more) {
    if (empty()) {
      bytes_ = std::move(more);
      taken_ = 0;
    } else {
      bytes_.insert(bytes_.end(), more.begin(), more.end());
    }
  }

  void drop(std::size_t count) {
    taken_ += count;
    if (empty()) {
      bytes_ = {};
      taken_ = 0;
    } else if (taken_ > bytes_.size() / 2) {
      bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<long>(taken_));
      taken_ = 0;
    }
  }

 private:
  Bytes bytes_;
  std::size_t taken_ = 0;
};

}  // namespace external::link
