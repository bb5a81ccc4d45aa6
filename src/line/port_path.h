#pragma once
// From the name of a port to its device.

#include <string>

namespace external::line {

/// The device that `path`, which may be a link such as those in /dev/serial/by-id, leads to; `path` itself if
/// there is none. All that lock a port must call it by the same name.
std::string device_of(const std::string& path);

}  // namespace external::line
