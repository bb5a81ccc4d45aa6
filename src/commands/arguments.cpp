#include "arguments.h"

#include "exit.h"

#include <external/base/text.h>

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/positional_options.hpp>

#include <algorithm>

namespace external::commands {

namespace po = boost::program_options;

namespace {

constexpr const char* operand = "\noperand";  // a name that nobody can type

po::options_description describe(const std::vector<Option>& options) {
  po::options_description all;
  all.add_options()(operand, po::value<std::vector<std::string>>());
  for (const auto& option : options) {
    const auto* name = option.name.c_str();
    if (option.value.empty()) {
      all.add_options()(name, "");
    } else {
      all.add_options()(name, po::value<std::vector<std::string>>());
    }
  }
  return all;
}

std::vector<po::option> parse(const std::vector<std::string>& words, const std::vector<Option>& options) {
  namespace style = po::command_line_style;
  const auto known = describe(options);
  po::positional_options_description operands;
  operands.add(operand, -1);
  return po::command_line_parser(words)
      .options(known)
      .positional(operands)
      .style(style::allow_long | style::long_allow_adjacent | style::long_allow_next | style::allow_short |
             style::short_allow_next | style::allow_dash_for_short)
      .run()
      .options;
}

[[noreturn]] void refuse_unknown(const std::string& name, const std::vector<Option>& options) {
  std::vector<std::string> names;
  for (const auto& option : options) names.push_back("--" + option.name);
  const auto near = nearest(name, names);
  throw Failure(Exit::usage,
                "unknown option " + visible(name) +
                    (near.empty() ? "; --help shows those there are" : "; did you mean " + near + "?"));
}

const Option* find(const std::vector<Option>& options, const std::string& name) {
  const auto found = std::ranges::find(options, name, &Option::name);
  return found == options.end() ? nullptr : &*found;
}

}  // namespace

std::optional<std::string> Arguments::value(const std::string& option) const {
  const auto all = values(option);
  if (all.empty()) return std::nullopt;
  return all.back();
}

std::vector<std::string> Arguments::values(const std::string& option) const {
  const auto found = values_.find(option);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

Arguments read_arguments(const std::vector<std::string>& words, const std::vector<Option>& options) {
  Arguments arguments;
  try {
    const Option* last = nullptr;  // the option that stands right before this word
    for (const auto& part : parse(words, options)) {
      if (part.position_key < 0) {
        last = find(options, part.string_key);
        auto& values = arguments.values_[part.string_key];
        values.insert(values.end(), part.value.begin(), part.value.end());
        continue;
      }
      for (const auto& word : part.value) {
        const bool belongs = last != nullptr && last->takes_also != nullptr && last->takes_also(word);
        if (!belongs) last = nullptr;
        (belongs ? arguments.values_[last->name] : arguments.operands_).push_back(word);
      }
    }
  } catch (const po::unknown_option& error) {
    refuse_unknown(error.get_option_name(), options);
  } catch (const po::error& error) {
    throw Failure(Exit::usage, std::string(error.what()) + "; --help shows how it is written");
  }
  return arguments;
}

}  // namespace external::commands
