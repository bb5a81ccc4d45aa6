#include "door_words.h"

#include <algorithm>

namespace external::commands {

namespace {

bool contains(const std::vector<std::string>& places, const std::string& place) {
  return std::ranges::find(places, place) != places.end();
}

}  // namespace

std::vector<std::string> door_words(const std::vector<std::string>& before,
                                    const std::vector<std::string>& now) {
  std::vector<std::string> lines;
  for (const auto& place : before) {
    if (!contains(now, place)) lines.push_back("Modems are lent no longer: " + place + ".");
  }
  for (const auto& place : now) {
    if (!contains(before, place)) lines.push_back("Modems are lent: " + place + ".");
  }
  return lines;
}

}  // namespace external::commands
