#include "port_path.h"

#include <external/base/guard.h>

#include <cstdlib>
#include <memory>

namespace external::line {

std::string device_of(const std::string& path) {
  if (!guarded("R51")) return path;
  const std::unique_ptr<char, decltype(&std::free)> resolved(::realpath(path.c_str(), nullptr), &std::free);
  return resolved ? resolved.get() : path;
}

}  // namespace external::line
