#pragma once
// What a configuration says, as it is written: for comparing two of them, and for showing one.

#include <functional>
#include <map>
#include <string>

namespace external::config {

struct GivenValue {
  std::string text;    ///< without quotes; may be a password. Of a setting given several times: one a line
  std::string origin;  ///< "external.ini:12", "command line"
  int line = 0;        ///< in the file; 0 for the command line

  /// Where it stands does not matter.
  bool operator==(const GivenValue& other) const { return text == other.text; }
};

/// By the name of the setting as options.cpp declares it. Those that are not given are not in it.
using GivenSection = std::map<std::string, GivenValue, std::less<>>;

/// By the name of the section: "External", "External-Modem1", "PostOffice SOUTH/HUB". Those of [External]
/// that are settings of instances stand under each instance that takes them from there.
using Given = std::map<std::string, GivenSection, std::less<>>;

/// The line of a setting in the file; 0 if it is not given there.
int line_of(const Given& given, std::string_view section, std::string_view setting);

}  // namespace external::config
