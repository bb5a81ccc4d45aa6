#pragma once
// Names for calls, short enough to be read out on the telephone.

#include <external/base/clock.h>

#include <cstdint>
#include <string>

namespace external::log {

/// Each call gets another one: the second in which it begins, or the next that is free, as six letters and
/// digits in base 32 (without I, L, O and U, which are misread). They come again after 34 years.
class CallIds {
 public:
  std::string next(WallTime now);

 private:
  std::int64_t last_ = 0;
};

}  // namespace external::log
