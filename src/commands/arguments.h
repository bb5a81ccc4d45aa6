#pragma once
// The words behind a command, sorted into options and operands.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace external::commands {

struct Option {
  std::string name;     ///< without --
  std::string value;    ///< what its value is called in the help; empty: it has none
  std::string meaning;  ///< for the help

  /// Whether a word right behind the value belongs to the option too (--to A B); none does without it.
  bool (*takes_also)(const std::string& word) = nullptr;
};

class Arguments {
 public:
  bool has(const std::string& option) const { return values_.contains(option); }

  /// The last one given.
  std::optional<std::string> value(const std::string& option) const;

  /// All that were given.
  std::vector<std::string> values(const std::string& option) const;

  const std::vector<std::string>& operands() const { return operands_; }

 private:
  friend Arguments read_arguments(const std::vector<std::string>&, const std::vector<Option>&);
  std::map<std::string, std::vector<std::string>> values_;
  std::vector<std::string> operands_;
};

/// Options may stand anywhere before `--`; `-` alone is an operand. Throws Failure (usage).
Arguments read_arguments(const std::vector<std::string>& words, const std::vector<Option>& options);

}  // namespace external::commands
