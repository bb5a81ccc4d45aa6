#pragma once
// Writing no faster than the line sends, so that little waits in front of it.

#include "drain.h"

#include <cstddef>

namespace external::link {

class Pace {
 public:
  /// Of the port; 0 bits per second: the speed is unknown, everything goes at once.
  explicit Pace(unsigned bits_per_second) : drain_(bits_per_second) {}

  /// Of the line, as far as is known; 0: unknown.
  unsigned bits_per_second() const { return drain_.bits_per_second(); }

  /// 10 bits a byte; zero where the speed is unknown.
  Duration time_of(std::size_t bytes) const {
    if (bits_per_second() == 0) return {};
    return std::chrono::duration_cast<Duration>(
        std::chrono::duration<double>(10.0 * static_cast<double>(bytes) / bits_per_second()));
  }

  /// How far ahead of the line is written. Together with a slice it is less than a quarter of a second.
  Duration lead() const { return bits_per_second() == 0 ? Duration() : std::chrono::milliseconds(60); }

  /// Bytes to write at a time.
  std::size_t slice() const {
    constexpr std::size_t smallest = 16;
    constexpr std::size_t slices_per_second = 20;
    if (bits_per_second() == 0) return static_cast<std::size_t>(-1);
    return std::max<std::size_t>(smallest, bits_per_second() / 10 / slices_per_second);
  }

  void wrote(std::size_t bytes, TimePoint now) {
    line_free_ = std::max(now, line_free_) + time_of(bytes);
    written_ += static_cast<std::int64_t>(bytes);
  }

  /// So many bytes are still in the driver. To be told before each slice, where the driver knows.
  void driver_holds(std::size_t unsent, TimePoint now) {
    if (bits_per_second() == 0) return;
    drain_.look(written_ - static_cast<std::int64_t>(unsent), is_much(unsent), now);
    if (is_much(unsent)) line_free_ = std::max(line_free_, now + time_of(unsent));
  }

  /// When so many bytes that are written now will be wholly on the line.
  TimePoint done_at(TimePoint now, std::size_t bytes) const {
    return std::max(now, line_free_) + time_of(bytes);
  }

  /// When the next slice may be written.
  TimePoint next_slice() const { return line_free_ - lead(); }

 private:
  /// With the next slice it would not be on the line within a quarter of a second, even if the line is a
  /// little slower than thought.
  bool is_much(std::size_t unsent) const {
    return unsent > 0 && time_of(unsent + slice()) > std::chrono::milliseconds(200);
  }

  Drain drain_;
  std::int64_t written_ = 0;
  TimePoint line_free_{};  ///< when everything written so far is on the line
};

}  // namespace external::link
