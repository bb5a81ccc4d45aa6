#pragma once
// A pause before a port is opened again.

#include <external/engine/report.h>

namespace external::engine {

struct PortPause {
  Duration length{};
  std::string why{};                        ///< what the line shows meanwhile,
  LineState state = LineState::modem_wait;  ///< and as what
};

}  // namespace external::engine
