#include "comm_settings.h"

#include <external/base/guard.h>

#include <fmt/format.h>

namespace external::engine {

std::string comm_settings(const config::Instance& instance, unsigned speed) {
  const bool script_decides = guarded("R46") && speed != 0 && speed != instance.async_speed;
  const auto speed_set_by =
      script_decides ? "script " + instance.comm_script : instance.origin_of("AsyncSpeed");
  return fmt::format(
      "COMM settings: port {} ({}), {} bps ({}), script {} ({}), dial mode {} ({})", instance.async_comm_port,
      instance.origin_of("AsyncCommPort"), script_decides ? speed : instance.async_speed, speed_set_by,
      instance.comm_script, instance.origin_of("CommScript"),
      instance.dial_mode == config::DialMode::tone ? "Touch Tone" : "Pulse", instance.origin_of("DialMode"));
}

}  // namespace external::engine
