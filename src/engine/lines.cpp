#include "lines.h"

#include "scripts.h"
#include "watchdog.h"

#include <external/base/guard.h>
#include <external/base/text.h>

#include <algorithm>
#include <set>

namespace external::engine {

Lines::Lines(SlotServices services, std::vector<std::string> only_these, std::function<void()> changed)
    : services_(std::move(services)),
      only_these_(std::move(only_these)),
      changed_(std::move(changed)),
      working_(services_.executor) {}

bool Lines::is_wanted(const config::Instance& instance) const {
  return only_these_.empty() || std::ranges::any_of(only_these_, [&](const auto& name) {
           return equal_no_case(name, instance.name);
         });
}

void Lines::use(const config::Settings& settings) {
  std::set<std::string> names;
  for (const auto& instance : settings.instances) {
    if (is_wanted(instance)) names.insert(instance.name);
  }
  services_.planner.instances(names);
  for (const auto& slot : slots_) {
    if (!names.contains(slot->settings().name)) slot->retire();
  }
  for (const auto& instance : settings.instances) {
    if (names.contains(instance.name)) take(instance, settings.given.at("External-" + instance.name));
  }
}

void Lines::take(const config::Instance& instance, const config::GivenSection& given) {
  auto& before = given_[instance.name];
  if (const auto slot = find(instance.name)) {
    if (before != given || slot->is_retiring()) slot->use(instance);
  } else {
    slots_.push_back(std::make_shared<InstanceSlot>(services_, instance, changed_));
    if (started_) working_.spawn(serve(slots_.back()));
  }
  before = given;
}

void Lines::check_that_one_can_run(const ScriptSet& scripts) const {
  std::set<std::string> troubles;
  for (const auto& slot : slots_) {
    const auto& instance = slot->settings();
    if (instance.comm_disable) continue;
    const bool is_tcp = instance.comm_type == config::CommType::tcp;
    auto trouble = is_tcp ? std::string() : scripts.trouble_with(to_upper(instance.comm_script));
    if (trouble.empty() && guarded("R60")) return;
    if (trouble.empty()) continue;
    troubles.insert(std::move(trouble));
  }
  std::string text;
  for (const auto& trouble : troubles) text += (text.empty() ? "" : "\n") + trouble;
  if (!text.empty()) throw std::runtime_error(text);
}

void Lines::start() {
  started_ = true;
  for (const auto& slot : slots_) working_.spawn(serve(slot));
}

void Lines::end() {
  ending_ = true;
  for (const auto& slot : slots_) slot->end();
}

Task<> Lines::serve(std::shared_ptr<InstanceSlot> slot) {
  co_await slot->run();
  if (!ending_) std::erase(slots_, slot);
  changed_();
}

std::shared_ptr<InstanceSlot> Lines::find(const std::string& name) const {
  const auto found = std::ranges::find_if(slots_, [&](const auto& slot) {
    return equal_no_case(slot->settings().name, name) && !slot->is_ending();
  });
  return found == slots_.end() ? nullptr : *found;
}

void Lines::wake() {
  for (const auto& slot : slots_) {
    slot->wake();
    slot->news();
  }
}

std::vector<LineReport> Lines::reports() const {
  std::vector<LineReport> reports;
  for (const auto& slot : slots_) reports.push_back(slot->board().report());
  return reports;
}

bool Lines::is_ready() const {
  return std::ranges::all_of(slots_, [](const auto& slot) {
    return !slot->settings().required || slot->settings().comm_disable || slot->has_been_ready();
  });
}

std::string Lines::line_not_served() const {
  for (const auto& slot : slots_) {
    if (is_lost(slot->board())) return slot->settings().name;
  }
  return {};
}

}  // namespace external::engine
