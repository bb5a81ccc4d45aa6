#include "port_lock.h"

#include <external/base/descriptor.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>

namespace external::line {

namespace {

error_code last_error() {
  return {errno, boost::system::system_category()};
}

/// Ten columns and a line feed, as HDB UUCP wrote it.
std::string pid_text() {
  char text[16];
  const int size = std::snprintf(text, sizeof text, "%10d\n", static_cast<int>(::getpid()));
  return {text, static_cast<std::size_t>(size)};
}

/// Creates `file` with our pid in it, whole or not at all: written aside, then linked.
error_code create_whole(const std::string& file, const std::string& folder) {
  std::string aside = folder + "/LTMP." + std::to_string(::getpid()) + ".XXXXXX";
  const Descriptor fd(::mkostemp(aside.data(), O_CLOEXEC));
  if (!fd) return last_error();
  const std::string text = pid_text();
  error_code error;
  if (::fchmod(fd.get(), 0644) != 0 ||
      ::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      ::link(aside.c_str(), file.c_str()) != 0) {
    error = last_error();
  }
  ::unlink(aside.c_str());
  return error;
}

}  // namespace

std::string lock_file_of(const std::string& device, const std::string& folder) {
  std::string name = device.starts_with("/dev/") ? device.substr(5) : device;
  while (!name.empty() && name.front() == '/') name.erase(0, 1);
  std::replace(name.begin(), name.end(), '/', '_');
  return folder + "/LCK.." + name;
}

int pid_in_lock_file(const std::string& file) {
  const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return 0;
  char text[32] = {};
  const auto size = ::read(fd.get(), text, sizeof text - 1);
  if (size <= 0) return 0;
  if (size == sizeof(int) &&
      std::strspn(text, " 0123456789\n") < sizeof(int)) {  // the binary style of some programs
    int pid = 0;
    std::memcpy(&pid, text, sizeof pid);
    return pid;
  }
  return std::atoi(text);
}

bool is_alive(int pid) {
  return pid > 0 && (::kill(pid, 0) == 0 || errno == EPERM);
}

PortLock::~PortLock() {
  if (!file_.empty()) ::unlink(file_.c_str());
}

bool PortLock::held_elsewhere(const std::string& device, const std::string& folder) {
  if (folder.empty()) return false;
  const int pid = pid_in_lock_file(lock_file_of(device, folder));
  return pid != ::getpid() && is_alive(pid);
}

Result<PortLock> PortLock::take(const std::string& device, const std::string& folder) {
  if (folder.empty()) return PortLock();
  const std::string file = lock_file_of(device, folder);
  for (int attempt = 0; attempt < 2; ++attempt) {
    const error_code error = create_whole(file, folder);
    if (!error) return PortLock(file);
    if (error != boost::system::errc::file_exists) return error;
    const int pid = pid_in_lock_file(file);
    if (pid != ::getpid() && is_alive(pid)) return error_code(Error::held);
    ::unlink(file.c_str());
  }
  return error_code(Error::held);
}

}  // namespace external::line
