#pragma once
// How large frames should be, learnt from what gets lost.

#include <algorithm>
#include <cstddef>

namespace external::link {

class FrameSize {
 public:
  FrameSize(std::size_t start, std::size_t largest) : size_(start), largest_(largest) {}

  std::size_t bytes() const { return size_; }

  void arrived(std::size_t frames) {
    clean_ += frames;
    if (clean_ < frames_before_growth) return;
    clean_ = 0;
    size_ = std::min(largest_, size_ + size_ / 4);
  }

  void lost(std::size_t frames) {
    for (; frames > 0; --frames) size_ = std::max(smallest, size_ - size_ / 3);
    clean_ = 0;
  }

 private:
  static constexpr std::size_t smallest = 64;
  static constexpr std::size_t frames_before_growth = 32;

  std::size_t size_;
  std::size_t largest_;
  std::size_t clean_ = 0;
};

}  // namespace external::link
