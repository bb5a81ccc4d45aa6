#include "watchdog.h"

namespace external::engine {

using namespace std::chrono_literals;

Duration longest_silence(LineState state) {
  switch (state) {
    case LineState::listening:
    case LineState::resting:
      return 30s;
    case LineState::initialising:
      return 90s;
    case LineState::dialling:
      return 6min;
    case LineState::ringing:
      return 3min;
    case LineState::connected:
      return 2min;
    case LineState::hanging_up:
      return 4min;
    case LineState::absent:  // for as long as a port is away
    case LineState::lock_wait:
    case LineState::modem_wait:
    case LineState::wedged:
    case LineState::lent:          // leases have limits of their own
    case LineState::transferring:  // sessions watch themselves
    case LineState::disabled:
    case LineState::stopped:
      return Duration::max();
  }
  return Duration::max();
}

bool is_lost(const Board& board) {
  // A restart has to let go of the modem first, which may take the time of its scripts.
  constexpr Duration grace = 5min;
  return board.silent_for() - grace > longest_silence(board.state());
}

}  // namespace external::engine
