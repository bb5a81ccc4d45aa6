#include "schedule.h"

#include <external/engine/windows.h>

#include <algorithm>

namespace external::engine {

using namespace std::chrono_literals;

namespace {

/// With less than this a call hardly gets beyond its sign-on.
constexpr auto least_time = 30s;

/// The longest pause that can be configured, and more than fits between two surveys.
constexpr std::chrono::seconds longest_wait = std::chrono::hours(24 * 366);

}  // namespace

Schedule::Schedule(std::shared_ptr<const config::Settings> settings, Clock& clock,
                   std::shared_ptr<const TimeZone> zone)
    : settings_(std::move(settings)), clock_(clock), zone_(zone ? std::move(zone) : system_zone()) {}

void Schedule::update(const std::vector<HopWork>& hops, std::vector<mailqueue::LineTime> line_time) {
  line_time_ = std::move(line_time);
  Deadlines attempts;
  Deadlines enough;
  for (const auto& hop : hops) {
    attempts[hop.hop] = deadline(next_attempts_, hop.hop, hop.next_attempt, longest_wait);
    const auto* office = settings_->find_post_office(hop.hop);
    if (!office || !office->call_when.waiting) continue;
    const auto waiting = *office->call_when.waiting;
    enough[hop.hop] = deadline(waited_enough_, hop.hop, hop.oldest + waiting, waiting);
  }
  next_attempts_ = std::move(attempts);
  waited_enough_ = std::move(enough);
}

bool Schedule::mail_is_due(const config::PostOffice& office, const HopWork& hop) const {
  return attempt_is_due(hop) && is_open(office) && has_time_left(office) &&
         (hop.urgent || (rested(office) && is_enough(office, hop)));
}

bool Schedule::poll_is_due(const config::PostOffice& office) const {
  if (!office.poll || !is_open(office) || !has_time_left(office)) return false;
  const auto failed = poll_again_.find(office.name);
  if (failed != poll_again_.end() && !passed(failed->second)) return false;
  return office.regular ? rested(office) : is_new_opening(office);
}

bool Schedule::is_open(const config::PostOffice& office) const {
  return office.intervals.empty() || opening_at(office.intervals, clock_.wall(), *zone_).has_value();
}

WallTime Schedule::next_attempt(const config::PostOffice& office, WallTime attempt) const {
  const auto last = last_contact_.find(office.name);
  if (office.regular && last != last_contact_.end() && !rested(office))
    attempt = std::max(attempt, last->second.wall + *office.regular);
  const auto earliest = std::max(attempt, clock_.wall());
  if (office.intervals.empty() || opening_at(office.intervals, earliest, *zone_)) return attempt;
  return next_opening(office.intervals, earliest, *zone_).value_or(attempt);
}

CallLimits Schedule::limits(const config::PostOffice& office) const {
  CallLimits limits;
  if (office.minutes_per_day) limits.time = time_left(office);
  limits.messages = office.messages_per_call;
  return limits;
}

void Schedule::call_ended_well(const std::string& post_office) {
  last_contact_[post_office] = {clock_.now(), clock_.wall()};
  poll_again_.erase(post_office);
}

void Schedule::call_failed(const std::string& post_office, Duration pause) {
  const auto wall = clock_.wall() + std::chrono::duration_cast<WallTime::duration>(pause);
  poll_again_[post_office] = {clock_.now() + pause, wall};
}

/// `wall` by both clocks: as `known` has it, or beginning now. It is at most `longest` away.
Schedule::Deadline Schedule::deadline(const Deadlines& known, const std::string& name, WallTime wall,
                                      std::chrono::seconds longest) const {
  const auto found = known.find(name);
  if (found != known.end() && found->second.wall == wall) return found->second;
  const auto wait = std::clamp<WallTime::duration>(wall - clock_.wall(), 0s, longest);
  return {clock_.now() + wait, wall};
}

bool Schedule::passed(const Deadline& deadline) const {
  return clock_.now() >= deadline.now || clock_.wall() >= deadline.wall;
}

bool Schedule::passed(const Moment& since, std::chrono::seconds pause) const {
  return passed(Deadline{since.now + pause, since.wall + pause});
}

/// Counted from the end of the last connection, not from its beginning (Q77545).
bool Schedule::rested(const config::PostOffice& office) const {
  const auto last = last_contact_.find(office.name);
  return !office.regular || last == last_contact_.end() || passed(last->second, *office.regular);
}

bool Schedule::attempt_is_due(const HopWork& hop) const {
  const auto known = next_attempts_.find(hop.hop);
  if (known == next_attempts_.end()) return hop.next_attempt <= clock_.wall();
  return passed(known->second);
}

bool Schedule::is_enough(const config::PostOffice& office, const HopWork& hop) const {
  const auto& when = office.call_when;
  if (when == config::CallWhen{}) return true;
  const auto old = waited_enough_.find(hop.hop);
  return (when.messages && hop.messages >= *when.messages) || (when.bytes && hop.bytes >= *when.bytes) ||
         (old != waited_enough_.end() && passed(old->second));
}

/// Nobody spoke with it since its window opened. A contact that seems to lie ahead is from before the clock
/// was set back.
bool Schedule::is_new_opening(const config::PostOffice& office) const {
  const auto opening = opening_at(office.intervals, clock_.wall(), *zone_);
  const auto last = last_contact_.find(office.name);
  if (!opening || last == last_contact_.end()) return opening.has_value();
  return last->second.wall < opening->from || last->second.wall > clock_.wall();
}

bool Schedule::has_time_left(const config::PostOffice& office) const {
  return !office.minutes_per_day || time_left(office) >= least_time;
}

std::chrono::milliseconds Schedule::time_left(const config::PostOffice& office) const {
  const auto today = zone_->day(clock_.wall()).time_since_epoch().count();
  std::chrono::milliseconds left = *office.minutes_per_day;
  for (const auto& used : line_time_) {
    if (used.destination == office.name && used.day == today) left -= used.time;
  }
  return std::max(left, 0ms);
}

}  // namespace external::engine
