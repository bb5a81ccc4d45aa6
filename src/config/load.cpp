#include "check.h"
#include "file.h"
#include "options.h"

#include <external/base/guard.h>
#include <external/base/text.h>
#include <external/config/ini.h>
#include <external/config/load.h>

#include <algorithm>
#include <map>

namespace external::config {

namespace po = boost::program_options;
using std::filesystem::path;

namespace {

constexpr auto command_line = "command line";

enum class Kind { global, instance, post_office, group, mailbox, share };

struct Heading {
  Kind kind;
  std::string name;  // of the instance or post office
};

// "External", "External-Modem1", "External - Modem1", "PostOffice SOUTH/HUB", "Group SALES", "Mailbox
// ANNA". Throws BadValue.
Heading parse_heading(std::string_view text) {
  constexpr std::string_view external = "External";
  constexpr std::string_view post_office = "PostOffice";
  constexpr std::string_view group = "Group";
  constexpr std::string_view mailbox = "Mailbox";
  constexpr std::string_view share = "Share";
  const auto rest_after = [&](std::string_view word) { return trim(text.substr(word.size())); };
  if (equal_no_case(text, external)) return {Kind::global, ""};
  if (equal_no_case(text.substr(0, external.size()), external) && rest_after(external).starts_with('-')) {
    return {Kind::instance, parse_instance_name(trim(rest_after(external).substr(1)))};
  }
  if (equal_no_case(text.substr(0, post_office.size()), post_office) && !rest_after(post_office).empty()) {
    return {Kind::post_office, parse_post_office_name(rest_after(post_office))};
  }
  if (equal_no_case(text.substr(0, group.size() + 1), "Group ")) {
    return {Kind::group, parse_group_name(rest_after(group))};
  }
  if (equal_no_case(text.substr(0, mailbox.size() + 1), "Mailbox ")) {
    return {Kind::mailbox, std::string(rest_after(mailbox))};
  }
  if (equal_no_case(text.substr(0, share.size() + 1), "Share ")) {
    return {Kind::share, parse_instance_name(rest_after(share))};
  }
  throw BadValue(
      "unknown section; expected [External], [External-NAME], [PostOffice NETWORK/POSTOFFICE], [Mailbox "
      "NAME], [Group NAME] or [Share NAME]");
}

/// A way out may name a user and a password.
bool has_password(const IniEntry& entry) {
  if (equal_no_case(entry.name, "Password")) return !entry.value.empty();
  const bool is_way = equal_no_case(entry.name, "Deliver") || equal_no_case(entry.name, "Gateway");
  return is_way && entry.value.find("://") != std::string::npos && entry.value.find('@') != std::string::npos;
}

class Loader {
 public:
  Loader(const path& file, Settings& settings, Diagnostics& diagnostics)
      : settings_(settings),
        diagnostics_(diagnostics),
        source_(file.string()),
        folder_(std::filesystem::absolute(file).parent_path().lexically_normal()) {
    settings_.file = file;
    settings_.folder = folder_;
  }

  void read(std::string_view text, const std::vector<Override>& overrides) {
    const auto sections = sort_sections(read_ini(text, source_, diagnostics_));
    // The defaults for every instance stand in [External], which may come after the instances.
    for (const auto& [heading, section] : sections) {
      if (heading.kind == Kind::global) read_global(section);
    }
    for (const auto& [heading, section] : sections) {
      if (heading.kind == Kind::instance) read_instance(heading.name, section);
      if (heading.kind == Kind::post_office) read_post_office(heading.name, section);
      if (heading.kind == Kind::group) read_group(heading.name, section);
      if (heading.kind == Kind::mailbox) read_mailbox(heading.name, section);
      if (heading.kind == Kind::share) read_share(heading.name, section);
    }
    if (guarded("R46")) apply(overrides);  // last: they win over the file
    for (auto& share : settings_.shares) find_modems(share);
    if (settings_.log_session.empty()) settings_.log_session = settings_.folder / "log" / "Session.log";
    if (!home_given_) complain(0, "HomePO is missing; add HomePO = NETWORK/POSTOFFICE under [External]");
  }

 private:
  using Sections = std::vector<std::pair<Heading, IniSection>>;

  /// Those of a pool that names none.
  void find_modems(Share& share) const {
    if (!share.instances.empty()) return;
    for (const auto& instance : settings_.instances) {
      if (share.fits(instance)) share.instances.push_back(instance.name);
    }
  }

  /// The settings of one object, and where it is noted what they say and who set them.
  struct Known {
    po::options_description options;
    GivenSection* given = nullptr;
    Origins* origins = nullptr;
  };
  using Descriptions = std::vector<Known>;

  void complain(int line, std::string text) { diagnostics_.push_back({source_, line, std::move(text)}); }

  Sections sort_sections(std::vector<IniSection> sections) {
    Sections sorted;
    std::map<std::pair<Kind, std::string>, int> first_lines;
    for (auto& section : sections) {
      try {
        Heading heading = parse_heading(section.name);
        const auto [first, is_new] =
            first_lines.insert({{heading.kind, to_upper(heading.name)}, section.line});
        if (is_new) {
          sorted.emplace_back(std::move(heading), std::move(section));
        } else {
          complain(section.line, "section [" + section.name + "] stands in line " +
                                     std::to_string(first->second) + " already; keep one of them");
        }
      } catch (const BadValue& error) {
        complain(section.line, "[" + visible(section.name) + "]: " + error.what());
      }
    }
    return sorted;
  }

  void read_global(const IniSection& section) {
    Descriptions known;
    known.push_back({global_options(settings_, folder_), &settings_.given["External"]});
    known.push_back({instance_options(defaults_, folder_), &defaults_given_, &defaults_.origins});
    home_given_ = has(section, "HomePO");
    read_entries(section, known);
    note_lines(section, known.front().options, settings_.lines);
  }

  static void note_lines(const IniSection& section, const po::options_description& options,
                         std::map<std::string, int, std::less<>>& lines) {
    for (const auto& entry : section.entries) {
      if (const auto* option = find_option(options, entry.name)) lines[option->long_name()] = entry.line;
    }
  }

  void read_instance(const std::string& name, const IniSection& section) {
    Instance instance = defaults_;
    instance.name = name;
    instance.line = section.line;
    auto& given = settings_.given["External-" + name] = defaults_given_;
    Descriptions known;
    known.push_back({instance_options(instance, folder_), &given, &instance.origins});
    read_entries(section, known);
    settings_.instances.push_back(std::move(instance));
  }

  void read_post_office(const std::string& name, const IniSection& section) {
    PostOffice office;
    office.name = name;
    office.line = section.line;
    Descriptions known;
    known.push_back({post_office_options(office, folder_), &settings_.given["PostOffice " + name]});
    read_entries(section, known);
    note_lines(section, known.front().options, office.lines);
    check_password(office, section);
    settings_.post_offices.push_back(std::move(office));
  }

  void read_group(const std::string& name, const IniSection& section) {
    Group group;
    group.name = name;
    group.line = section.line;
    Descriptions known;
    known.push_back({group_options(group), &settings_.given["Group " + name]});
    read_entries(section, known);
    settings_.groups.push_back(std::move(group));
  }

  void read_mailbox(const std::string& name, const IniSection& section) {
    Mailbox mailbox;
    mailbox.name = name;
    mailbox.line = section.line;
    Descriptions known;
    known.push_back({mailbox_options(mailbox), &settings_.given["Mailbox " + name]});
    read_entries(section, known);
    settings_.mailboxes.push_back(std::move(mailbox));
  }

  void read_share(const std::string& name, const IniSection& section) {
    Share share;
    share.name = name;
    share.line = section.line;
    Descriptions known;
    known.push_back({share_options(share, folder_), &settings_.given["Share " + name]});
    read_entries(section, known);
    settings_.shares.push_back(std::move(share));
  }

  void check_password(const PostOffice& office, const IniSection& section) {
    const bool given = has(section, "Password") || has(section, "PasswordFile");
    if (office.route == Route::direct && office.deliver.empty() && !given) {
      complain(section.line,
               "[PostOffice " + office.name +
                   "]: the password is missing; add Password or PasswordFile, the same at both ends");
    }
    if (has(section, "Password") && has(section, "PasswordFile")) {
      complain(section.line,
               "[PostOffice " + office.name + "]: Password and PasswordFile exclude each other; remove one");
    }
  }

  static bool has(const IniSection& section, std::string_view name) {
    return std::any_of(section.entries.begin(), section.entries.end(),
                       [&](const IniEntry& entry) { return equal_no_case(entry.name, name); });
  }

  void read_entries(const IniSection& section, const Descriptions& known) {
    std::map<std::string, int> first_lines;
    for (const auto& entry : section.entries) {
      const auto [first, is_new] = first_lines.insert({to_lower(entry.name), entry.line});
      if (!is_new && !may_be_repeated(entry.name)) {
        complain(entry.line,
                 entry.name + " stands in line " + std::to_string(first->second) + " already; keep one");
        continue;
      }
      read_entry(entry, known);
    }
  }

  static bool may_be_repeated(std::string_view setting) {
    return equal_no_case(setting, "Domain") || equal_no_case(setting, "Members") ||
           equal_no_case(setting, "Alias");
  }

  void read_entry(const IniEntry& entry, const Descriptions& known) {
    for (const auto& each : known) {
      const auto* option = find_option(each.options, entry.name);
      if (!option) continue;
      try {
        assign(*option, entry.value);
        note(each, option->long_name(), {entry.value, place_of(entry), entry.line});
        if (option->long_name() == "Alias") settings_.aliases.back().line = entry.line;
      } catch (const BadValue& error) {
        // A value that is quietly replaced by another is found months later (Q193596).
        if (!guarded("R54")) return;
        const std::string shown = is_secret(entry.name) ? "" : " = " + visible(entry.value);
        complain(entry.line, option->long_name() + shown + ": " + error.what());
      }
      return;
    }
    complain(entry.line, unknown(entry.name, known));
  }

  static void note(const Known& known, const std::string& setting, GivenValue value) {
    if (known.origins) (*known.origins)[setting] = value.origin;
    if (!known.given) return;
    auto& given = (*known.given)[setting];
    // What may be repeated in the file adds to what was said there; elsewhere the last word counts.
    const bool adds = may_be_repeated(setting) && !given.text.empty() && value.line > 0;
    if (adds) value.text = given.text + "\n" + value.text;
    given = std::move(value);
  }

  std::string place_of(const IniEntry& entry) const {
    return settings_.file.filename().string() + ":" + std::to_string(entry.line);
  }

  static std::string unknown(const std::string& name, const Descriptions& known) {
    std::vector<std::string> names;
    for (const auto& one : known) {
      for (auto& each : names_of(one.options)) names.push_back(std::move(each));
    }
    const std::string complaint = "unknown setting '" + visible(name) + "'; ";
    const auto near = nearest(name, names);
    if (!near.empty()) return complaint + "did you mean " + near + "?";
    if (const auto home = section_of(name); !home.empty()) return complaint + "it belongs under " + home;
    std::string list;
    for (const auto& each : names) list += (list.empty() ? "" : ", ") + each;
    return complaint + "known here are " + list;
  }

  static std::string section_of(const std::string& name) {
    Settings settings;
    Instance instance;
    PostOffice office;
    Group group;
    Mailbox mailbox;
    Share share;
    if (find_option(global_options(settings, {}), name)) return "[External]";
    if (find_option(instance_options(instance, {}), name)) return "[External-NAME]";
    if (find_option(post_office_options(office, {}), name)) return "[PostOffice NETWORK/POSTOFFICE]";
    if (find_option(group_options(group), name)) return "[Group NAME]";
    if (find_option(mailbox_options(mailbox), name)) return "[Mailbox NAME]";
    if (find_option(share_options(share, {}), name)) return "[Share NAME]";
    return {};
  }

  void apply(const std::vector<Override>& overrides) {
    Descriptions known;
    known.push_back({global_options(settings_, folder_), &settings_.given["External"]});
    for (auto& instance : settings_.instances)
      known.push_back({instance_options(instance, folder_), &settings_.given["External-" + instance.name],
                       &instance.origins});
    // Without an instance the names and values are still checked.
    known.push_back({instance_options(defaults_, folder_)});
    for (const auto& given : overrides) apply(given, known);
  }

  void apply(const Override& given, const Descriptions& known) {
    bool found = false;
    if (equal_no_case(given.name, "HomePO")) home_given_ = true;
    if (equal_no_case(given.name, "Domain")) settings_.domains.clear();
    if (equal_no_case(given.name, "Alias")) settings_.aliases.clear();
    for (const auto& each : known) {
      const auto* option = find_option(each.options, given.name);
      if (!option) continue;
      found = true;
      try {
        assign(*option, given.value);
        note(each, option->long_name(), {given.value, command_line});
      } catch (const BadValue& error) {
        diagnostics_.push_back(
            {command_line, 0, option->long_name() + " = " + visible(given.value) + ": " + error.what()});
        return;
      }
    }
    if (!found) diagnostics_.push_back({command_line, 0, unknown(given.name, known)});
  }

  Settings& settings_;
  Diagnostics& diagnostics_;
  std::string source_;
  const path folder_;  ///< of the file: where relative paths in it begin
  Instance defaults_;
  GivenSection defaults_given_;
  bool home_given_ = false;
};

bool holds_password(std::string_view text) {
  Diagnostics ignored;
  for (const auto& section : read_ini(text, "", ignored)) {
    for (const auto& entry : section.entries) {
      if (has_password(entry)) return true;
    }
  }
  return false;
}

void read_text(Reading& to, std::string_view text, const path& file, const std::vector<Override>& overrides) {
  Loader(file, to.settings, to.diagnostics).read(text, overrides);
  complete_and_check(to.settings, to.diagnostics);
}

Settings settings_or_error(Reading reading) {
  if (!reading.diagnostics.empty()) throw ConfigError(std::move(reading.diagnostics));
  return std::move(reading.settings);
}

}  // namespace

bool is_secret(std::string_view setting) {
  for (const auto* secret : {"Password", "Phone", "Deliver", "Gateway"}) {
    if (equal_no_case(setting, secret)) return true;
  }
  return false;
}

Settings parse(std::string_view text, const path& file, const std::vector<Override>& overrides) {
  Reading reading;
  read_text(reading, text, file, overrides);
  return settings_or_error(std::move(reading));
}

Reading read(const path& file, const std::vector<Override>& overrides) {
  Reading reading;
  SmallFile content;
  try {
    content = read_small_file(file);
  } catch (const std::runtime_error& error) {
    reading.diagnostics.push_back(
        {file.string(), 0, std::string(error.what()) + "; name another with --config FILE"});
    return reading;
  }
  if (content.others_can_read && holds_password(content.text)) {
    reading.diagnostics.push_back(
        {file.string(), 0,
         "it holds a password and other users can read it; run: chmod 600 " + file.string()});
  }
  read_text(reading, content.text, file, overrides);
  return reading;
}

Settings load(const path& file, const std::vector<Override>& overrides) {
  return settings_or_error(read(file, overrides));
}

std::vector<std::string> setting_names() {
  Settings settings;
  Instance instance;
  PostOffice office;
  auto names = names_of(global_options(settings, {}));
  for (const auto& name : names_of(instance_options(instance, {}))) names.push_back(name);
  for (const auto& name : names_of(post_office_options(office, {}))) names.push_back(name);
  Group group;
  for (const auto& name : names_of(group_options(group))) names.push_back(name);
  Mailbox mailbox;
  for (const auto& name : names_of(mailbox_options(mailbox))) names.push_back(name);
  Share share;
  for (const auto& name : names_of(share_options(share, {}))) names.push_back(name);
  return names;
}

}  // namespace external::config
