#include "dial_record.h"

#include <algorithm>

namespace external::engine {

FailedCall failed_call(const config::Settings& settings, const config::Instance& instance,
                       const std::string& post_office, Ending ending, std::string text,
                       const Random& random) {
  FailedCall failed;
  failed.post_office = post_office;
  failed.ending = ending;
  failed.text = std::move(text);
  failed.counts = uses_up_a_try(ending, instance.retry_rules);
  const auto interval = instance.retry_interval;
  failed.back_off = {interval, 1, interval, 100};
  if (const auto cause = rule_of(ending).cause) failed.back_off = back_off_after(*cause, instance);
  failed.chance = random();
  const auto* office = settings.find_post_office(post_office);
  failed.undialable_after = settings.undialable_after;
  failed.undialable_for = settings.undialable_for;
  if (office && office->undialable_after) failed.undialable_after = *office->undialable_after;
  if (office && office->undialable_for) failed.undialable_for = *office->undialable_for;
  return failed;
}

std::chrono::milliseconds pause_after(const config::BackOff& back_off, int repeats, double chance) {
  using Seconds = std::chrono::duration<double>;
  Seconds pause = back_off.first;
  const Seconds longest = back_off.longest;
  for (int i = 1; i < repeats && pause < longest && back_off.factor > 1; ++i) pause *= back_off.factor;
  const auto settled = std::chrono::duration_cast<std::chrono::milliseconds>(std::min(pause, longest));
  return spread(
      settled, [chance] { return chance; }, back_off.jitter);
}

CallRecord after_failure(const CallRecord& before, const FailedCall& failed, WallTime now) {
  const auto& rule = rule_of(failed.ending);
  // Mail moved: the way there is good, and all begins anew.
  CallRecord record = failed.ending == Ending::broken ? CallRecord() : before;
  const auto rest = std::chrono::duration_cast<WallTime::duration>(rest_of(record, now));
  const bool same_moment = rest > WallTime::duration::zero();
  record.post_office = failed.post_office;
  record.failed = now;
  if (rule.cause) record.error = failed.text;
  if (rule.cause && (!same_moment || record.cause.empty())) {
    const auto cause = name_of(*rule.cause);
    record.repeats = record.cause == cause ? record.repeats + 1 : 1;
    record.cause = cause;
    if (rule.blames) ++record.failures;
  }
  record.until = std::max(now + pause_after(failed.back_off, record.repeats, failed.chance), now + rest);
  if (same_moment) return record;
  const auto enough = static_cast<int>(failed.undialable_after);
  record.undialable = rule.blames && enough > 0 && record.failures >= enough;
  if (record.undialable) record.until = std::max<WallTime>(record.until, now + failed.undialable_for);
  return record;
}

Duration rest_of(const CallRecord& record, WallTime now) {
  const auto whole = std::max(record.until - record.failed, WallTime::duration::zero());
  const auto left = std::clamp(record.until - now, WallTime::duration::zero(), whole);
  return std::chrono::duration_cast<Duration>(left);
}

bool is_undialable(const CallRecord& record, WallTime now) {
  return record.undialable && rest_of(record, now) > Duration::zero();
}

}  // namespace external::engine
