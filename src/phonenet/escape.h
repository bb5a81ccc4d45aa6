#pragma once
// Finds the escape sequence: three escape characters alone between two silences.

#include <external/base/clock.h>

namespace external::phonenet {

class EscapeDetector {
 public:
  /// The line went on line: silence counts from here.
  void reset(TimePoint now);

  /// Bytes of the computer. Returns true if an escape sequence now stands: it counts unless feed() is called
  /// again within `guard`.
  bool feed(TimePoint now, ByteView bytes, std::uint8_t character, Duration guard);

 private:
  TimePoint last_{};
  unsigned count_ = 0;  // escape characters since the silence; over 3 when there was anything else
};

}  // namespace external::phonenet
