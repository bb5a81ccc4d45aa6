#pragma once
// What the long tests are told from outside, and where their results are kept.

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

namespace external::test {

inline unsigned number_from_environment(const char* name, unsigned otherwise) {
  const char* const wanted = std::getenv(name);
  return wanted && *wanted ? static_cast<unsigned>(std::stoul(wanted)) : otherwise;
}

/// Kills or losses of power: 100, or EXTERNAL_TEST_KILLS.
inline unsigned crashes_wanted() {
  return number_from_environment("EXTERNAL_TEST_KILLS", 100);
}

/// With which a run can be had again: EXTERNAL_TEST_SEED, always the same without.
inline unsigned seed_wanted() {
  return number_from_environment("EXTERNAL_TEST_SEED", 20260301);
}

/// Prints a ledger; with EXTERNAL_TEST_LEDGERS, a folder, also into the file NAME.txt there, which tests/run
/// shows.
inline void publish(const std::string& name, const std::string& ledger) {
  std::cout << ledger << std::flush;
  if (const char* const folder = std::getenv("EXTERNAL_TEST_LEDGERS"))
    std::ofstream(std::string(folder) + "/" + name + ".txt") << ledger;
}

}  // namespace external::test
