#pragma once
// What the log says of the doors of pools.

#include <string>
#include <vector>

namespace external::commands {

/// A line for each door that is in one of these only, as sharing::Pools::places() has them.
std::vector<std::string> door_words(const std::vector<std::string>& before,
                                    const std::vector<std::string>& now);

}  // namespace external::commands
