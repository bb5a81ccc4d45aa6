#include "planner.h"

#include <external/base/guard.h>
#include <external/base/text.h>
#include <external/config/way.h>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>

namespace external::engine {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t most_wishes = 100;

std::tm local_time(WallTime time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  return local;
}

}  // namespace

/// A call that could be made. Declared in the order in which they are made.
struct Planner::Candidate {
  enum class Rank { urgent_mail, wish, mail, poll };

  std::string post_office;
  Rank rank = Rank::mail;
  WallTime since{};  ///< of mail: the oldest; wishes stand in their order already

  bool before(const Candidate& other) const {
    return guarded("R19") && std::tie(rank, since) < std::tie(other.rank, other.since);
  }
};

bool Planner::update(std::vector<HopWork> hops, std::uint64_t epoch,
                     std::vector<mailqueue::LineTime> line_time) {
  if (epoch != epoch_) return false;
  surveyed_ = true;
  surveyed_epoch_ = epoch;
  schedule_.update(hops, std::move(line_time));
  hops_.clear();
  for (auto& hop : hops) hops_[hop.hop] = std::move(hop);
  return true;
}

void Planner::use(std::shared_ptr<const config::Settings> settings) {
  settings_ = std::move(settings);
  schedule_.use(settings_);
  ++epoch_;  // a survey that has begun looks by the settings of before
  for (auto& wish : std::exchange(wishes_, {})) request(std::move(wish));
}

Planner::Due Planner::due_call(const config::Instance& instance) const {
  if (!surveyed_ || !instance.can_dial()) return Due::nothing;
  const auto first = first_candidate(instance);
  if (!first) return Due::nothing;
  return first->rank == Candidate::Rank::urgent_mail ? Due::urgent_mail : Due::call;
}

bool Planner::claim_call(const config::Instance& instance) {
  if (!surveyed_ || !instance.can_dial()) return false;
  std::set<std::string> of_others;
  for (const auto& [other, post_office] : claimed_) {
    if (other != instance.name) of_others.insert(post_office);
  }
  const auto first = first_candidate(instance, of_others);
  if (first) claimed_[instance.name] = first->post_office;
  return first.has_value();
}

bool Planner::is_up_to_date(const config::Instance& instance) const {
  return surveyed_epoch_ == epoch_ &&
         std::none_of(standing_.begin(), standing_.end(),
                      [&](const Standing& call) { return !call.incoming && call.instance == instance.name; });
}

std::optional<CallTask> Planner::next_call(const config::Instance& instance) {
  unable_.erase(instance.name);
  claimed_.erase(instance.name);
  const bool allowed = !guarded("R41") || instance.can_dial();
  if (!surveyed_ || !allowed) return std::nullopt;
  const auto first = first_candidate(instance);
  if (!first) return std::nullopt;
  const auto waiting = waiting_for(first->post_office);
  CallTask task{first->post_office, waiting.messages, waiting.bytes, take_wish(first->post_office)};
  if (!task.request) task.limits = schedule_.limits(*settings_->find_post_office(first->post_office));
  if (each_once_) called_.insert(task.post_office);
  ++epoch_;
  standing_.push_back({task.post_office, instance.name, false, clock_.wall()});
  return task;
}

std::optional<Planner::Candidate> Planner::first_candidate(const config::Instance& instance) const {
  return first_candidate(instance, {});
}

std::optional<Planner::Candidate> Planner::first_candidate(const config::Instance& instance,
                                                           const std::set<std::string>& but_not) const {
  std::optional<Candidate> first;
  const auto consider = [&](Candidate one) {
    if (but_not.contains(one.post_office)) return;
    if (!first || one.before(*first)) first = std::move(one);
  };
  for (const auto& wish : wishes_) {
    const auto* office = settings_->find_post_office(wish->post_office);
    if (office->called_by(instance.name) && !in_call(office->name))
      consider({office->name, Candidate::Rank::wish, {}});
  }
  if (only_requested_ || held_lines_.contains(instance.name)) return first;
  for (const auto& [name, hop] : hops_) {
    const auto rank = hop.urgent ? Candidate::Rank::urgent_mail : Candidate::Rank::mail;
    if (is_due(hop, instance)) consider({name, rank, hop.oldest});
  }
  for (const auto& office : settings_->post_offices) {
    if (poll_is_due(office, instance)) consider({office.name, Candidate::Rank::poll, {}});
  }
  return first;
}

bool Planner::is_done() const {
  if (surveyed_epoch_ != epoch_ || !standing_.empty() || !wishes_.empty()) return false;
  return std::none_of(settings_->instances.begin(), settings_->instances.end(), [this](const auto& instance) {
    return !unable_.contains(instance.name) && is_wanted_on(instance);
  });
}

bool Planner::had_failure() const {
  return had_failure_ ||
         std::any_of(settings_->instances.begin(), settings_->instances.end(), [this](const auto& instance) {
           return is_to_dial(instance.name) && first_candidate(instance);
         });
}

bool Planner::is_wanted_on(const config::Instance& instance) const {
  return dials(instance.name) && first_candidate(instance);
}

std::shared_ptr<CallRequest> Planner::take_wish(const std::string& post_office) {
  const auto found = std::find_if(wishes_.begin(), wishes_.end(), [&](const auto& wish) {
    return equal_no_case(wish->post_office, post_office);
  });
  if (found == wishes_.end()) return nullptr;
  auto wish = std::move(*found);
  wishes_.erase(found);
  return wish;
}

bool Planner::is_due(const HopWork& hop, const config::Instance& instance) const {
  const auto* office = settings_->find_post_office(hop.hop);
  if (!office || in_call(hop.hop) || called_.contains(hop.hop)) return false;
  if (guarded("R58") && !may_be_dialled_for_mail(*office, instance)) return false;
  if (instance.send_home_only && !hop.from_here) return false;
  // New mail is due at once, but what was wrong with that number a moment ago still is.
  if (guarded("R43") && rests_.lasts(hop.hop, clock_.now())) return false;
  if (rests_.is_left_to_others(hop.hop, instance.name, clock_.now()) && another_dials(*office, instance))
    return false;
  return schedule_.mail_is_due(*office, hop);
}

bool Planner::poll_is_due(const config::PostOffice& office, const config::Instance& instance) const {
  return office.poll && !in_call(office.name) && !called_.contains(office.name) &&
         may_be_dialled_for_mail(office, instance) && !rests_.lasts(office.name, clock_.now()) &&
         schedule_.poll_is_due(office);
}

/// Nobody is there to see a call that nobody wanted (Q197182, Q118676).
bool Planner::may_be_dialled_for_mail(const config::PostOffice& office,
                                      const config::Instance& instance) const {
  return office.route == config::Route::direct && office.can_be_called() && office.called_by(instance.name) &&
         schedule_.is_open(office);
}

bool Planner::in_call(const std::string& post_office) const {
  return std::any_of(standing_.begin(), standing_.end(),
                     [&](const Standing& call) { return call.post_office == post_office; });
}

TimePoint Planner::next_look() const {
  // Windows open on the minute, pauses end on the second: looking often costs nothing, nothing is read for
  // it.
  return clock_.now() + 1s;
}

WallTime Planner::next_attempt(const std::string& hop, WallTime attempt) const {
  const auto* office = settings_->find_post_office(hop);
  return office ? schedule_.next_attempt(*office, attempt) : attempt;
}

HopWork Planner::waiting_for(const std::string& post_office) const {
  const auto found = hops_.find(post_office);
  return found == hops_.end() ? HopWork{} : found->second;
}

void Planner::ends(const std::string& post_office, bool incoming, const std::string& instance) {
  ++epoch_;
  const auto call = std::find_if(standing_.begin(), standing_.end(), [&](const Standing& one) {
    return one.post_office == post_office && one.incoming == incoming &&
           (instance.empty() || one.instance == instance);
  });
  if (call != standing_.end()) standing_.erase(call);
  hops_.erase(post_office);  // what waits now only the next survey knows
}

void Planner::call_ends(const std::string& post_office, bool ok) {
  ends(post_office, false, {});
  if (ok) schedule_.call_ended_well(post_office);
  had_failure_ = had_failure_ || !ok;
}

void Planner::incoming_call_begins(const std::string& post_office, const std::string& instance) {
  ++epoch_;
  rests_.end(post_office);
  standing_.push_back({post_office, instance, true, clock_.wall()});
}

void Planner::incoming_call_ends(const std::string& post_office, const std::string& instance) {
  ends(post_office, true, instance);
  schedule_.call_ended_well(post_office);
}

bool Planner::is_to_dial(const std::string& instance) const {
  const auto* settings = settings_->find_instance(instance);
  return settings && settings->can_dial() && instances_.contains(settings->name);
}

bool Planner::dials(const std::string& instance) const {
  return is_to_dial(instance) && !resting_.contains(settings_->find_instance(instance)->name);
}

bool Planner::another_dials(const config::PostOffice& office, const config::Instance& instance) const {
  return std::any_of(office.instances.begin(), office.instances.end(),
                     [&](const auto& name) { return !equal_no_case(name, instance.name) && dials(name); });
}

std::string Planner::obstacle(const std::string& post_office) const {
  const auto* office = settings_->find_post_office(post_office);
  if (!office)
    return "unknown post office " + post_office + "; add [PostOffice " + post_office + "] to external.ini";
  if (office->route == config::Route::indirect) {
    return office->name + " is reached through " + office->hub + "; call that one";
  }
  if (!office->deliver.empty()) {
    return "mail for " + office->name + " is handed over by " +
           config::describe(config::parse_way(office->deliver)) + "; there is nobody to call";
  }
  if (!office->can_be_called()) return "no Phone or Address for " + office->name + "; it can only call us";
  std::string names;
  for (const auto& name : office->instances) {
    if (dials(name)) return {};
    names += (names.empty() ? "" : ", ") + name;
  }
  for (const auto& name : office->instances) {
    const auto* instance = settings_->find_instance(name);
    if (!instance || !instance->can_dial()) continue;
    const auto rest = resting_.find(instance->name);
    return rest == resting_.end() ? "instance " + names + " is not running"
                                  : "instance " + instance->name + ": " + rest->second;
  }
  return "instance " + names + " does not dial; see CommInOnly and CommDisable";
}

void Planner::request(std::shared_ptr<CallRequest> wish) {
  auto why = obstacle(wish->post_office);
  if (why.empty() && wishes_.size() >= most_wishes) {
    why = fmt::format("{} calls wait already: {}; ask again later", wishes_.size(),
                      holders(*settings_->find_post_office(wish->post_office)));
  }
  if (!why.empty()) {
    wish->report = {false, std::move(why)};
    wish->done.set();
    return;
  }
  wishes_.push_back(std::move(wish));
}

std::string Planner::holders(const config::PostOffice& office) const {
  std::string text;
  for (const auto& name : office.instances) {
    if (dials(name)) text += (text.empty() ? "" : ", ") + name + " " + holder(name);
  }
  return text;
}

std::string Planner::holder(const std::string& instance) const {
  const auto lent = lent_.find(settings_->find_instance(instance)->name);
  if (lent != lent_.end() && guarded("R18"))
    return fmt::format("is lent to {} since {:%H:%M}", lent->second.to, local_time(lent->second.since));
  const auto call = std::find_if(standing_.begin(), standing_.end(),
                                 [&](const Standing& one) { return equal_no_case(one.instance, instance); });
  if (call == standing_.end()) return "is not ready, see external status";
  return fmt::format("is {} {} since {:%H:%M}", call->incoming ? "called by" : "calling", call->post_office,
                     local_time(call->since));
}

std::string Planner::place_of(const std::string& post_office) const {
  const auto* office = settings_->find_post_office(post_office);
  if (!office) return {};
  std::size_t place = 0;
  std::size_t all = 0;
  for (const auto& wish : wishes_) {
    const auto* other = settings_->find_post_office(wish->post_office);
    const bool same_lines = std::any_of(other->instances.begin(), other->instances.end(),
                                        [&](const auto& name) { return office->called_by(name); });
    if (same_lines) ++all;
    if (place == 0 && other == office) place = all;
  }
  if (place == 0) return {};
  return fmt::format("place {} of {} in the queue: {}", place, all, holders(*office));
}

void Planner::instance_rests(const config::Instance& instance, const std::string& why) {
  resting_[instance.name] = why;
  refuse(&instance, "instance " + instance.name + ": " + why);
}

void Planner::refuse(const config::Instance* instance, const std::string& why) {
  if (instance) {
    unable_.insert(instance->name);
    claimed_.erase(instance->name);
  }
  for (auto& wish : std::exchange(wishes_, {})) {
    const auto& able = settings_->find_post_office(wish->post_office)->instances;
    const bool another_may = std::any_of(able.begin(), able.end(), [this](const auto& name) {
      return dials(name) && !unable_.contains(name);
    });
    if (instance && another_may) {
      wishes_.push_back(std::move(wish));
      continue;
    }
    wish->report = {false, why};
    wish->done.set();
  }
}

}  // namespace external::engine
