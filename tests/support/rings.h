#pragma once
// Waiting for a call in tests.

#include <external/modem/modem.h>

namespace external::modem::test {

/// No error once the modem wants ANSWER to be played; timed_out if it wants nothing.
inline Task<error_code> wait_for_ring(Modem& modem, TimePoint deadline) {
  const auto found = co_await modem.listen(deadline);
  if (!found) co_return found.error();
  if (*found == Attention::nothing) co_return asio::error::timed_out;
  if (*found != Attention::call) co_return line::Error::unsupported;
  co_return error_code();
}

}  // namespace external::modem::test
