#pragma once
// Whether something is left behind each time.

#include <filesystem>

#include <malloc.h>

namespace external::matrix {

/// What this process has now that it might lose piece by piece.
struct Possessions {
  std::ptrdiff_t descriptors = 0;
  std::size_t memory = 0;

  static Possessions now() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return {std::distance(begin(all), end(all)), mallinfo2().uordblks};
  }
};

}  // namespace external::matrix
