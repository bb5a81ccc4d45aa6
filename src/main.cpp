#include "program.h"

#include <cstdlib>
#include <iostream>

#include <pwd.h>
#include <unistd.h>

namespace {

using namespace external;

std::string login_name() {
  const passwd* entry = ::getpwuid(::geteuid());
  return entry != nullptr ? entry->pw_name : "";
}

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

}  // namespace

int main(int count, char** values) {
  std::ios::sync_with_stdio(false);
  SystemClock clock;
  commands::Surroundings world{std::cin, std::cout, std::cerr, clock, environment, login_name()};
  const std::vector<std::string> arguments(values + (count > 0 ? 1 : 0), values + count);
  return static_cast<int>(commands::run_program(count > 0 ? values[0] : "external", arguments, world));
}
