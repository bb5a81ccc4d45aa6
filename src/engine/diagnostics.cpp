#include "diagnostics.h"

#include <fmt/format.h>

namespace external::engine {

std::vector<std::string> connection_diagnostics(const link::Statistics& line,
                                                const std::optional<line::PortErrors>& port) {
  std::vector<std::string> block{"Diagnostics for connection:",
                                 fmt::format("  Bad STX   {}", line.bad_starts),
                                 fmt::format("  Bad TYPE  {}", line.bad_frames),
                                 fmt::format("  Bad SEQ   {}", line.out_of_order),
                                 fmt::format("  Bad CRC1  {}", line.bad_heads),
                                 fmt::format("  Bad CRC2  {}", line.bad_checks),
                                 fmt::format("  Time-outs {}", line.timeouts),
                                 fmt::format("  Rejects   {}", line.rejects)};
  if (port) {
    block.push_back(fmt::format("  Port: {} overruns, {} framing errors, {} parity errors, {} breaks",
                                port->overruns, port->framing, port->parity, port->breaks));
  }
  return block;
}

line::PortErrors operator-(const line::PortErrors& later, const line::PortErrors& earlier) {
  line::PortErrors between;
  between.overruns = later.overruns - earlier.overruns;
  between.framing = later.framing - earlier.framing;
  between.parity = later.parity - earlier.parity;
  between.breaks = later.breaks - earlier.breaks;
  return between;
}

}  // namespace external::engine
