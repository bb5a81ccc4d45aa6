#include <external/engine/lender.h>

namespace external::engine {

std::string_view words_for(LeaseEnd end) {
  switch (end) {
    case LeaseEnd::closed:
      return "the client has gone";
    case LeaseEnd::idle:
      return "nothing was said for IdleLimit";
    case LeaseEnd::limit:
      return "LeaseLimit is over";
    case LeaseEnd::kicked:
      return "an administrator ended it";
    case LeaseEnd::urgent_mail:
      return "urgent mail has to go out";
    case LeaseEnd::call:
      return "someone calls";
    case LeaseEnd::stopped:
      return "the line is being stopped";
    case LeaseEnd::line:
      return "the port has failed";
    case LeaseEnd::withdrawn:
      return "the modem is not lent any more";
  }
  return {};
}

std::string_view name_of(LeaseEnd end) {
  switch (end) {
    case LeaseEnd::closed:
      return "closed";
    case LeaseEnd::idle:
      return "idle";
    case LeaseEnd::limit:
      return "limit";
    case LeaseEnd::kicked:
      return "kicked";
    case LeaseEnd::urgent_mail:
      return "urgent_mail";
    case LeaseEnd::call:
      return "call";
    case LeaseEnd::stopped:
      return "stopped";
    case LeaseEnd::line:
      return "line";
    case LeaseEnd::withdrawn:
      return "withdrawn";
  }
  return {};
}

}  // namespace external::engine
