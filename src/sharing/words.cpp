#include "words.h"

#include <external/sharing/pools.h>

namespace external::sharing {

using engine::LeaseEnd;

namespace {

std::string cause(LeaseEnd end, const config::Share& share) {
  switch (end) {
    case LeaseEnd::closed:
      return "the connection ended";
    case LeaseEnd::idle:
      return "nothing was said for " + config::to_text(share.idle_limit.value_or(std::chrono::seconds(0)));
    case LeaseEnd::limit:
      return "a lease lasts " + config::to_text(share.lease_limit.value_or(std::chrono::seconds(0))) +
             " at most";
    case LeaseEnd::kicked:
      return "an administrator ended the lease";
    case LeaseEnd::urgent_mail:
      return "urgent mail has to go out";
    case LeaseEnd::call:
      return "someone calls";
    case LeaseEnd::stopped:
      return "the line is being stopped";
    case LeaseEnd::line:
      return "the port has failed";
    case LeaseEnd::withdrawn:
      return "it is not lent any more";
  }
  return {};
}

}  // namespace

std::string_view name_of(Refusal refusal) {
  switch (refusal) {
    case Refusal::address:
      return "address";
    case Refusal::clients:
      return "clients";
    case Refusal::password:
      return "password";
    case Refusal::queue:
      return "queue";
    case Refusal::wait:
      return "wait";
    case Refusal::kicked:
      return "kicked";
    case Refusal::stopped:
      return "stopped";
  }
  return {};
}

std::string farewell(LeaseEnd end, const config::Share& share) {
  return share.name + ": the modem was taken back: " + cause(end, share) + ".";
}

}  // namespace external::sharing
