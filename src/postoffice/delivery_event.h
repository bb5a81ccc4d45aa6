#pragma once
// Making the events of delivery.h.

#include "utf8.h"

#include <external/postoffice/delivery.h>

namespace external::postoffice {

inline DeliveryEvent event(DeliveryEvent::Kind kind, const mailqueue::Work& work, std::size_t which,
                           std::string text) {
  return {kind,
          work.envelope.key,
          work.envelope.recipients[which].address,
          work.size,
          work.envelope.sender,
          std::move(text),
          work.envelope.accepted,
          {}};
}

}  // namespace external::postoffice
