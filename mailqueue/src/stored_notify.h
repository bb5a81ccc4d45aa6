#pragma once
// What a sender wants to be told, in the database: 1 success, 2 failure, 4 delay.

#include <mailqueue/envelope.h>

#include <cstdint>

namespace mailqueue {

inline std::int64_t to_stored(const Notify& notify) {
  return (notify.success ? 1 : 0) + (notify.failure ? 2 : 0) + (notify.delay ? 4 : 0);
}

inline Notify notify_from_stored(std::int64_t stored) {
  return {(stored & 1) != 0, (stored & 2) != 0, (stored & 4) != 0};
}

}  // namespace mailqueue
