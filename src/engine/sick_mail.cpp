#include "sick_mail.h"

#include <external/postoffice/delivery.h>

namespace external::engine {

void SickMail::set_aside(const mailqueue::DamagedMessage& damage) {
  if (queue_.quarantine(damage.message(), damage.what(), clock_.wall()) > 0) tell(damage);
}

void SickMail::tell(const mailqueue::DamagedMessage& damage) {
  lines_.push_back(postoffice::quarantine_line(damage));
}

}  // namespace external::engine
