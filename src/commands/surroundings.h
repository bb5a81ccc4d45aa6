#pragma once
// What a command gets from the outside, as values, so that tests can give it theirs.

#include <external/base/clock.h>

#include <iosfwd>

namespace external::commands {

struct Surroundings {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  Clock& clock;
  std::function<std::optional<std::string>(const std::string& name)> environment;
  std::string user;  ///< login name; may be empty
};

}  // namespace external::commands
