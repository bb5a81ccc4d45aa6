#pragma once
// What became of the calls to a post office whose last one failed.

#include <mailqueue/envelope.h>

namespace mailqueue {

/// Kept by the queue for its caller, who alone gives it a meaning: there, because a failed call changes this
/// and the tries of mail in one transaction, and because every program that makes calls shares it.
struct CallRecord {
  std::string post_office;  ///< opaque; not empty
  int failures = 0;         ///< in a row
  int repeats = 0;          ///< of these, the last ones that had the same cause
  std::string cause;        ///< opaque: of the last failure
  std::string error;        ///< of the last failure, one line
  Time failed{};            ///< when it was
  Time until{};             ///< no call before
  bool undialable = false;  ///< until then it is left alone for its many failures

  bool operator==(const CallRecord&) const = default;
};

}  // namespace mailqueue
