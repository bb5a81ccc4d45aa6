#pragma once
// Waiting for another process to end.

#include <external/base/descriptor.h>

#include <chrono>

namespace external::commands {

/// Holds on to a process, so that a new one with its number is not taken for it.
class ProcessEnd {
 public:
  explicit ProcessEnd(int pid);

  /// False if it has not ended after `limit`.
  bool wait(std::chrono::milliseconds limit) const;

 private:
  Descriptor process_;  ///< none if the process had ended before
};

}  // namespace external::commands
