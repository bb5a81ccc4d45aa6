#include <external/line/line.h>

namespace external::line {

std::optional<std::size_t> Line::unsent() {
  return std::nullopt;
}

error_code Line::set_rts(bool) {
  return Error::unsupported;
}

Task<error_code> Line::wait_for_change(TimePoint) {
  co_return Error::unsupported;
}

Task<error_code> Line::send_break(Duration) {
  co_return Error::unsupported;
}

Result<PortErrors> Line::port_errors() {
  return error_code(Error::unsupported);
}

}  // namespace external::line
