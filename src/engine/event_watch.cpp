#include "event_watch.h"

namespace external::engine {

namespace {

std::string_view event_of(LineState trouble) {
  switch (trouble) {
    case LineState::absent:
      return "absent";
    case LineState::lock_wait:
      return "locked";
    case LineState::modem_wait:
      return "waiting";
    case LineState::wedged:
      return "wedged";
    case LineState::disabled:
      return "disabled";
    default:
      return {};
  }
}

bool is_gone(LineState trouble) {
  return trouble == LineState::absent || trouble == LineState::lock_wait || trouble == LineState::disabled;
}

}  // namespace

std::optional<std::string_view> EventWatch::enter(LineState state) {
  if (state == trouble_) return std::nullopt;
  if (const auto trouble = event_of(state); !trouble.empty()) {
    // Between two tries a modem that is wedged is still that one.
    if (state == LineState::modem_wait && trouble_ == LineState::wedged) return std::nullopt;
    trouble_ = state;
    return trouble;
  }
  if (!trouble_ || state != LineState::listening) return std::nullopt;
  const auto ended = is_gone(*trouble_) ? "returned" : "recovered";
  trouble_.reset();
  return ended;
}

}  // namespace external::engine
