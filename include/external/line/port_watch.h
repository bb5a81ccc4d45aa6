#pragma once
// Ports that come and go: USB adapters.

#include <external/line/line.h>

#include <sys/types.h>

namespace external::line {

/// One appearance of a device. A device that was unplugged and plugged in again is another one, also when it
/// got the same name and number.
struct DeviceId {
  dev_t number = 0;       ///< of the device itself
  dev_t file_system = 0;  ///< where its node lies
  ino_t node = 0;
  bool operator==(const DeviceId&) const = default;
};

/// What `path` leads to now; nothing if nothing is there, or no device.
std::optional<DeviceId> device_at(const std::string& path);

/// Whether `path` still leads to the device that device_at() found when the port was opened. A descriptor of
/// a device that has gone does not always say so, and behind a by-id link there may be another one already.
/// True when `opened` is empty: a port that is no device of this computer cannot be looked at.
inline bool still_there(const std::string& path, const std::optional<DeviceId>& opened) {
  return !opened || device_at(path) == opened;
}

/// Waits until a device may be at `path` that this user may read and write; at once if there is one. Notices
/// a new node, a new link on the way and new permissions at once through inotify; beside that it looks
/// twice a second of `clock`. The path need not exist in any part. A device that is there and cannot be
/// opened all the same (held, or just leaving) needs a pause of the caller's own. Errors:
/// asio::error::timed_out at `deadline`. Cancelled like any Asio operation.
Task<error_code> wait_for_port(std::string path, Clock& clock, TimePoint deadline = never);

/// Waits, in the same way, until still_there(path, opened) is false. May run beside everything on that port.
Task<error_code> wait_for_departure(std::string path, std::optional<DeviceId> opened, Clock& clock,
                                    TimePoint deadline = never);

}  // namespace external::line
