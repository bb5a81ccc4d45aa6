#pragma once
// How large frames should be, learnt from what gets lost.

#include <algorithm>
#include <cstddef>

namespace external::link {

/// A frame of N bytes that costs H more is best so large that one frame in N/H is lost: then as much goes
/// into heads as into repeats. Growing by a fixed step with each frame that arrives and shrinking by a share
/// with each that is lost settles there.
class FrameSize {
 public:
  FrameSize(std::size_t largest, std::size_t overhead)
      : size_(static_cast<double>(largest)),
        largest_(static_cast<double>(largest)),
        overhead_(static_cast<double>(overhead)) {}

  /// Bytes of content.
  std::size_t bytes() const { return static_cast<std::size_t>(size_); }

  void arrived(std::size_t frames) {
    const auto count = static_cast<double>(frames);
    clean_ += count;
    double step = overhead_ * shrink_by;
    // Far more frames without a loss than there should be between two: the noise has gone.
    if (clean_ > long_run * size_at_loss_ / overhead_) step = std::max(step, size_ * quick_growth);
    size_ = std::min(largest_, size_ + step * count);
  }

  void lost(std::size_t frames) {
    for (; frames > 0; --frames) shrink(1 - shrink_by);
  }

  /// Nothing arrives at all.
  void silent() { shrink(0.25); }

 private:
  static constexpr double smallest = 24;
  static constexpr double shrink_by = 0.33;
  static constexpr double quick_growth = 0.02;
  static constexpr double long_run = 6;  ///< times what lies between two losses where the size settles

  void shrink(double factor) {
    size_ = std::max(smallest, size_ * factor);
    size_at_loss_ = size_;
    clean_ = 0;
  }

  double size_;
  double largest_;
  double overhead_;
  double size_at_loss_ = 0;  ///< behind the last loss
  double clean_ = 0;         ///< frames since then
};

}  // namespace external::link
