#include "outcomes.h"

namespace external::engine {

void Outcomes::tell(const postoffice::DeliveryEvent& event) {
  log_.write({}, event.text);
  count(event.kind);
  if (event.report.empty()) return;
  const log::ProblemEntry problem{event.sender, event.accepted, event.key, event.report};
  mail_logs_.problem(problem);
}

void Outcomes::count(postoffice::DeliveryEvent::Kind kind) {
  using enum postoffice::DeliveryEvent::Kind;
  switch (kind) {
    case delivered:
      ++totals_.delivered;
      return;
    case returned:
      ++totals_.returned;
      return;
    case dropped:
      ++totals_.dropped;
      return;
    case quarantined:
      ++totals_.quarantined;
      return;
    case postponed:
    case warned:
    case receipt:
      return;
  }
}

}  // namespace external::engine
