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
  }
  return {};
}

}  // namespace external::engine
