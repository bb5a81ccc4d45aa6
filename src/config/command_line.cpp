#include "options.h"

#include <external/base/text.h>
#include <external/config/load.h>

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>

#include <algorithm>
#include <sstream>

namespace external::config {

namespace po = boost::program_options;

namespace {

// `/Name=value`, the form of old. A path such as /home/me is none, because no setting has that name.
std::pair<std::string, std::string> slash_form(const po::options_description& known,
                                               const std::string& argument) {
  if (!argument.starts_with('/')) return {};
  const auto equals = argument.find('=');
  const auto* option =
      find_option(known, argument.substr(1, equals == std::string::npos ? equals : equals - 1));
  if (!option) return {};
  return {option->long_name(), equals == std::string::npos ? "yes" : argument.substr(equals + 1)};
}

// Only what is a setting goes through Boost, so that `--config FILE` and the like stay as they are.
bool is_setting(const po::options_description& known, const std::string& argument) {
  if (argument.starts_with('/')) return !slash_form(known, argument).first.empty();
  if (!argument.starts_with("--")) return false;
  const auto equals = argument.find('=');
  return find_option(known, argument.substr(2, equals == std::string::npos ? equals : equals - 2)) != nullptr;
}

// --Name alone means yes, as it does in the file.
std::string with_value(const std::string& argument) {
  return argument.find('=') == std::string::npos ? argument + "=yes" : argument;
}

}  // namespace

CommandLine take_overrides(const std::vector<std::string>& arguments) {
  Settings settings;
  Instance instance;
  po::options_description known;
  known.add(global_options(settings, {})).add(instance_options(instance, {}));

  CommandLine result;
  std::vector<std::string> ours;
  const auto end_of_options = std::find(arguments.begin(), arguments.end(), "--");
  for (auto argument = arguments.begin(); argument != arguments.end(); ++argument) {
    const bool take = argument < end_of_options && is_setting(known, *argument);
    if (take) {
      ours.push_back(with_value(*argument));
    } else {
      result.rest.push_back(*argument);
    }
  }
  namespace style = po::command_line_style;
  const auto parsed =
      po::command_line_parser(ours)
          .options(known)
          .style(style::allow_long | style::long_allow_adjacent | style::long_case_insensitive)
          .extra_parser([&](const std::string& argument) { return slash_form(known, argument); })
          .run();
  for (const auto& option : parsed.options) {
    result.overrides.push_back({option.string_key, option.value.empty() ? "" : option.value.front()});
  }
  return result;
}

std::string describe_settings() {
  Settings settings;
  Instance instance;
  PostOffice office;
  Group group;
  Mailbox mailbox;
  Share share;
  std::ostringstream out;
  for (const auto& options :
       {global_options(settings, {}), instance_options(instance, {}), post_office_options(office, {}),
        mailbox_options(mailbox), group_options(group), share_options(share, {})}) {
    out << options << '\n';
  }
  return out.str();
}

}  // namespace external::config
