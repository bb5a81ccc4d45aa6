#include "port_lock.h"
#include "port_path.h"

#include <climits>
#include <fstream>
#include <sstream>

#include <dirent.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace external::line {

namespace {

using std::chrono::seconds;

std::string of_process(int pid, const char* what) {
  return "/proc/" + std::to_string(pid) + "/" + what;
}

std::string program_of(int pid) {
  std::string name;
  std::getline(std::ifstream(of_process(pid, "comm")), name);
  return name;
}

/// The time the computer was started (proc(5): btime of /proc/stat).
std::optional<WallTime> boot_time() {
  std::ifstream file("/proc/stat");
  for (std::string word; file >> word;) {
    long long since_1970 = 0;
    if (word == "btime" && file >> since_1970) return WallTime(seconds(since_1970));
  }
  return std::nullopt;
}

/// When a process was started (proc(5): field 22 of /proc/PID/stat, in clock ticks since boot).
std::optional<WallTime> start_of(int pid) {
  std::string text;
  std::getline(std::ifstream(of_process(pid, "stat")), text);
  const auto name_end = text.rfind(')');  // the program's name may hold blanks and brackets
  const auto boot = boot_time();
  if (name_end == std::string::npos || !boot) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 22; ++field) fields >> skipped;
  long long ticks = 0;
  if (!(fields >> ticks)) return std::nullopt;
  return *boot + seconds(ticks / ::sysconf(_SC_CLK_TCK));
}

Holder holder(int pid) {
  return {pid, program_of(pid), start_of(pid)};
}

/// Whether process `pid` has `device` open, as far as we may look.
bool has_open(int pid, const std::string& device) {
  const std::string folder = of_process(pid, "fd");
  const std::unique_ptr<DIR, int (*)(DIR*)> open_files(::opendir(folder.c_str()), &::closedir);
  if (!open_files) return false;
  while (const dirent* entry = ::readdir(open_files.get())) {
    char target[PATH_MAX];
    const auto size = ::readlink((folder + "/" + entry->d_name).c_str(), target, sizeof target);
    if (size > 0 && device == std::string_view(target, static_cast<std::size_t>(size))) return true;
  }
  return false;
}

int opener_of(const std::string& device) {
  const std::unique_ptr<DIR, int (*)(DIR*)> processes(::opendir("/proc"), &::closedir);
  if (!processes) return 0;
  while (const dirent* entry = ::readdir(processes.get())) {
    const int pid = std::atoi(entry->d_name);
    if (pid > 0 && pid != ::getpid() && has_open(pid, device)) return pid;
  }
  return 0;
}

/// The process that took the flock of `device`. Open files of other users are hidden from us, locks are not
/// (proc(5): "1: FLOCK ADVISORY WRITE pid major:minor:inode ..." in /proc/locks).
int locker_of(const std::string& device) {
  struct stat status {};
  if (::stat(device.c_str(), &status) != 0) return 0;
  char wanted[64];
  std::snprintf(wanted, sizeof wanted, "%02x:%02x:%llu", major(status.st_dev), minor(status.st_dev),
                static_cast<unsigned long long>(status.st_ino));
  std::ifstream file("/proc/locks");
  for (std::string text; std::getline(file, text);) {
    std::istringstream fields(text);
    std::string number, kind, mode, access, place;
    int pid = 0;
    if (fields >> number >> kind >> mode >> access >> pid >> place && kind == "FLOCK" && place == wanted)
      return pid;
  }
  return 0;
}

}  // namespace

std::optional<Holder> holder_of(const std::string& path, const std::string& lock_folder) {
  const std::string device = device_of(path);
  if (!lock_folder.empty()) {
    const int pid = pid_in_lock_file(lock_file_of(device, lock_folder));
    if (is_alive(pid)) return holder(pid);
  }
  if (const int pid = opener_of(device)) return holder(pid);
  if (const int pid = locker_of(device); pid > 0) return holder(pid);
  return std::nullopt;
}

}  // namespace external::line
