#include <external/base/text.h>
#include <external/config/changes.h>

#include <algorithm>
#include <array>

namespace external::config {

namespace {

constexpr std::string_view global_section = "External";
constexpr std::string_view instance_prefix = "External-";
constexpr std::string_view office_prefix = "PostOffice ";
constexpr std::string_view share_prefix = "Share ";

/// Settings of [External] that are read each time they are needed. All others are read at the start.
constexpr std::array<std::string_view, 18> at_once{
    "Domain",           "Alias",           "CatchAll",
    "LogVerbose",       "DebugXCSI",       "Deliver",
    "Gateway",          "MaxLanMailSize",  "UsefulLife",
    "UsefulLifeUrgent", "DelayWarnings",   "DelayWarningsUrgent",
    "MinKDiskFull",     "MinKDiskNotFull", "HopCount",
    "UndialableAfter",  "UndialableFor",   "RemoteUsers"};

/// Settings of post offices that a call takes with it when it begins.
constexpr std::array<std::string_view, 7> of_calls{
    "Instance", "Phone", "Address", "Password", "PasswordFile", "MinutesPerDay", "MessagesPerCall"};

/// Settings of pools that a lease takes with it when it begins.
constexpr std::array<std::string_view, 5> of_leases{"IdleLimit", "LeaseLimit", "UrgentMailFirst",
                                                    "RefuseCalls", "HandOverCalls"};

template <class Names>
bool is_among(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Effect effect_of(std::string_view section, std::string_view setting) {
  if (section.starts_with(instance_prefix)) return Effect::line;
  if (section == global_section) return is_among(at_once, setting) ? Effect::at_once : Effect::restart;
  if (section.starts_with(office_prefix))
    return is_among(of_calls, setting) ? Effect::next_call : Effect::at_once;
  if (section.starts_with(share_prefix))
    return is_among(of_leases, setting) ? Effect::next_lease : Effect::at_once;
  const bool is_of_mail = section.starts_with("Group ") || section.starts_with("Mailbox ");
  return is_of_mail ? Effect::at_once : Effect::restart;
}

/// Everything else is about who this post office is.
bool is_another_post_office(const Settings& running, const Settings& wanted) {
  return running.home_po != wanted.home_po || running.remote_user != wanted.remote_user;
}

class Comparison {
 public:
  Comparison(const Settings& running, const Settings& wanted) : running_(running), wanted_(wanted) {}

  std::vector<Change> run() {
    for (const auto& [name, section] : running_.given) {
      const auto other = wanted_.given.find(name);
      if (other == wanted_.given.end()) {
        add(name, {}, Change::Kind::removed);
      } else {
        compare_sections(name, section, other->second);
      }
    }
    for (const auto& [name, section] : wanted_.given) {
      if (!running_.given.contains(name)) add(name, {}, Change::Kind::added);
    }
    compare_password_files();
    compare_password_files_of_pools();
    std::sort(changes_.begin(), changes_.end(), [](const Change& one, const Change& other) {
      return std::tie(one.section, one.setting) < std::tie(other.section, other.setting);
    });
    return std::move(changes_);
  }

 private:
  void add(const std::string& section, const std::string& setting, Change::Kind kind) {
    const bool all_needs_restart = is_another_post_office(running_, wanted_);
    changes_.push_back(
        {section, setting, kind, all_needs_restart ? Effect::restart : effect_of(section, setting)});
  }

  void compare_sections(const std::string& name, const GivenSection& before, const GivenSection& after) {
    for (const auto& [setting, value] : before) {
      const auto other = after.find(setting);
      if (other == after.end()) {
        add(name, setting, Change::Kind::removed);
      } else if (other->second != value) {
        add(name, setting, Change::Kind::changed);
      }
    }
    for (const auto& [setting, value] : after) {
      if (!before.contains(setting)) add(name, setting, Change::Kind::added);
    }
  }

  /// The name of the file is the same, but not what is in it.
  void compare_password_files() {
    for (const auto& office : wanted_.post_offices) {
      const auto* before = running_.find_post_office(office.name);
      if (!before || before->password == office.password) continue;
      add_password_file(std::string(office_prefix) + office.name);
    }
  }

  void compare_password_files_of_pools() {
    for (const auto& share : wanted_.shares) {
      const auto before = std::find_if(running_.shares.begin(), running_.shares.end(),
                                       [&](const Share& one) { return one.name == share.name; });
      if (before == running_.shares.end() || before->password == share.password) continue;
      add_password_file(std::string(share_prefix) + share.name);
    }
  }

  void add_password_file(const std::string& section) {
    const bool known = std::any_of(changes_.begin(), changes_.end(), [&](const Change& one) {
      return one.section == section && one.setting.starts_with("Password");
    });
    if (!known) add(section, "PasswordFile", Change::Kind::changed);
  }

  const Settings& running_;
  const Settings& wanted_;
  std::vector<Change> changes_;
};

/// What happened, and from when on it holds.
std::string_view words_for_section(const Change& change) {
  const bool added = change.kind == Change::Kind::added;
  if (change.effect == Effect::restart) {
    return added ? "new; takes effect when External is started again"
                 : "removed; takes effect when External is started again";
  }
  if (change.effect == Effect::line)
    return added ? "new; the line is started" : "removed; the line ends as soon as its call is over";
  if (added) return "new; holds from now on";
  if (change.section.starts_with(share_prefix))
    return "removed; its doors are closed, its leases end, and nobody waits any more";
  return change.section.starts_with(office_prefix)
             ? "removed; mail that waits for it and has no other way goes back to its senders"
             : "removed; holds from now on";
}

std::string_view words_for(Effect effect) {
  switch (effect) {
    case Effect::at_once:
      return "holds from now on";
    case Effect::next_call:
      return "holds from the next call on";
    case Effect::next_lease:
      return "holds from the next lease on";
    case Effect::line:
      return "the line starts anew with it as soon as its call is over";
    case Effect::restart:
      return "takes effect when External is started again";
  }
  return {};
}

std::string_view words_for(Change::Kind kind) {
  switch (kind) {
    case Change::Kind::added:
      return "added";
    case Change::Kind::removed:
      return "removed";
    case Change::Kind::changed:
      return "changed";
  }
  return {};
}

/// What `change` is about stays as `running` has it, also for the next comparison.
void take_back(Given& given, const Change& change, const Given& running) {
  const auto before = running.find(change.section);
  if (change.setting.empty() || before == running.end()) {
    given.erase(change.section);
    if (before != running.end()) given.insert(*before);
    return;
  }
  auto& section = given[change.section];
  section.erase(change.setting);
  const auto value = before->second.find(change.setting);
  if (value != before->second.end()) section.insert(*value);
}

bool is_given(const Settings& settings, const std::string& section, const std::string& setting) {
  const auto found = settings.given.find(section);
  return found != settings.given.end() && found->second.contains(setting);
}

/// Who says nothing of instances lends all that fit; nobody lends what is not there.
void choose_modems(Share& share, const Settings& running, const Settings& wanted) {
  const auto section = std::string(share_prefix) + share.name;
  const auto other = std::find_if(wanted.shares.begin(), wanted.shares.end(),
                                  [&](const Share& one) { return one.name == share.name; });
  if (other != wanted.shares.end() && !is_given(running, section, "Instance") &&
      !is_given(wanted, section, "Instance"))
    share.instances = other->instances;
  std::erase_if(share.instances, [&](const std::string& name) {
    const auto* instance = running.find_instance(name);
    return !instance || instance->comm_type != CommType::async || !share.fits(*instance);
  });
}

/// Where each instance of this name stands among others.
auto named(std::vector<Instance>& instances, std::string_view name) {
  return std::find_if(instances.begin(), instances.end(),
                      [&](const Instance& one) { return equal_no_case(one.name, name); });
}

}  // namespace

std::vector<Change> compare(const Settings& running, const Settings& wanted) {
  return Comparison(running, wanted).run();
}

std::string to_string(const Change& change) {
  std::string text = visible(change.section) + ": ";
  if (change.setting.empty()) return text.append(words_for_section(change)) + ".";
  return text.append(change.setting)
             .append(" ")
             .append(words_for(change.kind))
             .append("; ")
             .append(words_for(change.effect)) +
         ".";
}

Settings applicable(const Settings& running, Settings wanted) {
  if (is_another_post_office(running, wanted)) return running;
  for (const auto& change : compare(running, wanted)) {
    if (change.effect == Effect::restart) take_back(wanted.given, change, running.given);
  }
  wanted.log_session = running.log_session;
  wanted.log_sent = running.log_sent;
  wanted.log_receive = running.log_receive;
  wanted.log_call_in = running.log_call_in;
  wanted.log_call_out = running.log_call_out;
  wanted.log_system = running.log_system;
  wanted.breaks = running.breaks;
  wanted.smtp = running.smtp;
  wanted.log = running.log;
  wanted.metrics_listen = running.metrics_listen;
  wanted.control_group = running.control_group;
  wanted.event_command = running.event_command;
  return wanted;
}

Settings with_instance(Settings running, const Settings& wanted, std::string_view name) {
  const auto before = named(running.instances, name);
  const auto* after = wanted.find_instance(name);
  if (before != running.instances.end()) {
    running.given.erase(std::string(instance_prefix) + before->name);
    running.instances.erase(before);
  }
  if (after) {
    const auto section = std::string(instance_prefix) + after->name;
    running.given[section] = wanted.given.at(section);
    running.instances.push_back(*after);
  }
  // Who says nothing of instances is called by all that can.
  for (auto& office : running.post_offices) {
    const auto* other = wanted.find_post_office(office.name);
    if (other && !office.lines.contains("Instance") && !other->lines.contains("Instance"))
      office.instances = other->instances;
    std::erase_if(office.instances, [&](const std::string& one) { return !running.find_instance(one); });
  }
  for (auto& share : running.shares) choose_modems(share, running, wanted);
  return running;
}

}  // namespace external::config
