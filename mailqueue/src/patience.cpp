#include "patience.h"

#include "random.h"

#include <algorithm>
#include <thread>

namespace mailqueue {

using namespace std::chrono_literals;

std::chrono::microseconds Patience::pause_after(std::chrono::microseconds waited) {
  if (waited < 1ms) return 300us;  // most transactions are over by then
  if (waited < 500ms) return 4ms;
  if (waited < 2s) return 2ms;
  return 1ms;
}

bool Patience::wait(int tries) {
  if (tries == 0) waited_ = 0us;
  if (waited_ >= timeout_) return false;
  const auto middle = pause_after(waited_);
  // By chance, so that those who wait do not ask all at once.
  const auto varied = middle / 2 + std::chrono::microseconds(random_number() % middle.count());
  const auto pause = std::min(varied, timeout_ - waited_);
  std::this_thread::sleep_for(pause);
  waited_ += pause;
  return true;
}

}  // namespace mailqueue
