#include <external/base/guard.h>
#include <external/modem/rings.h>

namespace external::modem {

namespace {

constexpr Duration same_ring = std::chrono::seconds(2);
constexpr Duration longest_pause = std::chrono::seconds(8);

}  // namespace

void RingCounter::rang(TimePoint now) {
  const Duration pause = now - last_;
  if (count_ > 0 && pause < same_ring) return;
  if (pause > longest_pause && guarded("R08")) count_ = 0;
  last_ = now;
  ++count_;
}

bool RingCounter::enough() const {
  if (!guarded("R09") && wanted_ == 0) return false;
  return count_ > 0 && count_ >= wanted_;
}

bool RingCounter::is_ringing(TimePoint now) const {
  return count_ > 0 && now - last_ <= longest_pause;
}

}  // namespace external::modem
