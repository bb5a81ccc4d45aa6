#pragma once
// Messages that cannot be read: set aside, so that the rest is served, and told to the log.

#include <external/base/clock.h>
#include <mailqueue/queue.h>

#include <string>
#include <utility>
#include <vector>

namespace external::engine {

/// Used on the thread of the queue.
class SickMail {
 public:
  SickMail(mailqueue::Queue& queue, Clock& clock) : queue_(queue), clock_(clock) {}

  /// It becomes quarantined, if it is still queued or in transfer. Throws mailqueue::Error.
  void set_aside(const mailqueue::DamagedMessage& damage);

  /// What `look()` returns once it meets no damaged message any more; those it met are set aside.
  template <class Look>
  auto past(Look look) {
    return mailqueue::past_damage(queue_, clock_.wall(), std::move(look),
                                  [this](const mailqueue::DamagedMessage& damage) { tell(damage); });
  }

  /// Lines for the log about those set aside since the last time, one for each.
  std::vector<std::string> take_lines() { return std::exchange(lines_, {}); }

 private:
  void tell(const mailqueue::DamagedMessage& damage);

  mailqueue::Queue& queue_;
  Clock& clock_;
  std::vector<std::string> lines_;
};

}  // namespace external::engine
