#include <external/engine/report.h>

namespace external::engine {

std::string_view name_of(LineState state) {
  switch (state) {
    case LineState::disabled:
      return "Disabled";
    case LineState::waiting:
      return "Waiting";
    case LineState::initialising:
      return "Initialising";
    case LineState::idle:
      return "Idle";
    case LineState::dialling:
      return "Dialling";
    case LineState::ringing:
      return "Ringing";
    case LineState::connected:
      return "Connected";
    case LineState::transferring:
      return "Transferring";
    case LineState::hanging_up:
      return "Hanging up";
    case LineState::stopped:
      return "Stopped";
  }
  return "Unknown";
}

}  // namespace external::engine
