#pragma once
// The UUCP lock file of a port, LCK..name, as uucp, cu, minicom, pppd and mgetty honour it.

#include <external/line/tty.h>

namespace external::line {

/// Owns one lock file; removes it when destroyed. Not shared between threads.
class PortLock {
 public:
  PortLock() = default;
  PortLock(PortLock&& other) noexcept : file_(std::exchange(other.file_, {})) {}
  PortLock& operator=(PortLock&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
  }
  ~PortLock();

  /// What a lock file of another program says about using `device`: no error, Error::held, or
  /// Error::lock_unreadable.
  static error_code permission(const std::string& device, const std::string& folder, WallTime now);

  /// Takes the lock for this process, which must hold the flock of the device: so a file with its own number
  /// is an old one, of a process that had the number before. A file whose process is gone is replaced, and
  /// `note` told; of several that find the same one at the same time, one succeeds.
  ///
  /// Error::held if another living process has it; Error::no_lock_folder; Error::lock_unreadable;
  /// Error::lock_unwritable; system errors. An empty folder name takes nothing and succeeds.
  static Result<PortLock> take(const std::string& device, const std::string& folder, WallTime now,
                               const Note& note);

 private:
  explicit PortLock(std::string file) : file_(std::move(file)) {}
  std::string file_;
};

/// LCK.. file of a device: its path under /dev with '/' as '_'.
std::string lock_file_of(const std::string& device, const std::string& folder);

/// The process named in a lock file, as text or as a binary number; 0 if there is none that can be read.
int pid_in_lock_file(const std::string& file);

bool is_alive(int pid);

}  // namespace external::line
