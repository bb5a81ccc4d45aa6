#include "planner.h"

#include <external/base/text.h>

#include <ctime>

namespace external::engine {

using namespace std::chrono_literals;

bool Planner::update(std::vector<HopWork> hops, std::uint64_t epoch) {
  if (epoch != epoch_) return false;
  surveyed_ = true;
  hops_.clear();
  for (auto& hop : hops) hops_[hop.hop] = std::move(hop);
  return true;
}

std::optional<CallTask> Planner::next_call(const config::Instance& instance) {
  if (!surveyed_ || !instance.can_dial()) return std::nullopt;
  for (auto wish = wishes_.begin(); wish != wishes_.end(); ++wish) {
    const auto* office = settings_.find_post_office((*wish)->post_office);
    if (!equal_no_case(office->instance, instance.name) || in_call_.contains(office->name)) continue;
    const auto waiting = waiting_for(office->name);
    CallTask task{office->name, waiting.messages, waiting.bytes, std::move(*wish)};
    wishes_.erase(wish);
    call_begins(task.post_office);
    return task;
  }
  if (only_requested_) return std::nullopt;
  for (const auto& [name, hop] : hops_) {
    if (!is_due(hop, instance)) continue;
    CallTask task{name, hop.messages, hop.bytes, nullptr};
    call_begins(task.post_office);
    return task;
  }
  return std::nullopt;
}

bool Planner::is_due(const HopWork& hop, const config::Instance& instance) const {
  const auto* office = settings_.find_post_office(hop.hop);
  if (!office || !office->can_be_called() || !equal_no_case(office->instance, instance.name)) return false;
  if (in_call_.contains(hop.hop) || hop.next_attempt > clock_.wall() || !window_is_open(*office))
    return false;
  const auto last = last_end_.find(hop.hop);
  return !office->regular || last == last_end_.end() || last->second + *office->regular <= clock_.now();
}

bool Planner::window_is_open(const config::PostOffice& office) const {
  if (office.intervals.empty()) return true;
  const std::time_t now = std::chrono::system_clock::to_time_t(clock_.wall());
  std::tm local{};
  ::localtime_r(&now, &local);
  const auto minute = std::chrono::hours(local.tm_hour) + std::chrono::minutes(local.tm_min);
  return std::any_of(office.intervals.begin(), office.intervals.end(),
                     [&](const auto& window) { return window.contains(minute); });
}

TimePoint Planner::next_look() const {
  // Windows open on the minute, pauses end on the second: looking often costs nothing, nothing is read for
  // it.
  return clock_.now() + 1s;
}

HopWork Planner::waiting_for(const std::string& post_office) const {
  const auto found = hops_.find(post_office);
  return found == hops_.end() ? HopWork{} : found->second;
}

void Planner::call_begins(const std::string& post_office) {
  ++epoch_;
  ++in_call_[post_office];
}

void Planner::call_ends(const std::string& post_office, bool ok) {
  ++epoch_;
  if (--in_call_[post_office] <= 0) in_call_.erase(post_office);
  hops_.erase(post_office);  // what waits now only the next survey knows
  if (ok) last_end_[post_office] = clock_.now();
}

std::string Planner::obstacle(const std::string& post_office) const {
  const auto* office = settings_.find_post_office(post_office);
  if (!office)
    return "unknown post office " + post_office + "; add [PostOffice " + post_office + "] to external.ini";
  if (office->route == config::Route::indirect) {
    return office->name + " is reached through " + office->hub + "; call that one";
  }
  if (!office->can_be_called()) return "no Phone or Address for " + office->name + "; it can only call us";
  const auto* instance = settings_.find_instance(office->instance);
  if (!instance || !instance->can_dial())
    return "instance " + office->instance + " does not dial; see CommInOnly and CommDisable";
  if (!instances_.contains(instance->name)) return "instance " + instance->name + " is not running";
  return {};
}

void Planner::request(std::shared_ptr<CallRequest> wish) {
  if (auto why = obstacle(wish->post_office); !why.empty()) {
    wish->report = {false, std::move(why)};
    wish->done.set();
    return;
  }
  wishes_.push_back(std::move(wish));
}

void Planner::refuse(const config::Instance* instance, const std::string& why) {
  for (auto& wish : std::exchange(wishes_, {})) {
    const auto* office = settings_.find_post_office(wish->post_office);
    if (instance && !equal_no_case(office->instance, instance->name)) {
      wishes_.push_back(std::move(wish));
      continue;
    }
    wish->report = {false, why};
    wish->done.set();
  }
}

}  // namespace external::engine
