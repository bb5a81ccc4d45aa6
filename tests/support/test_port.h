#pragma once
// A pseudo terminal as a port, with a folder of its own for lock files.

#include "temp_folder.h"

#include <external/base/descriptor.h>

#include <algorithm>

#include <fcntl.h>
#include <pty.h>
#include <sys/wait.h>

namespace external::test {

/// The slave is the port; the test holds the master, which is not handed to child processes.
class TestPort {
 public:
  TestPort() {
    int master_fd = -1;
    int slave = -1;
    char name[128];
    if (::openpty(&master_fd, &slave, name, nullptr, nullptr) != 0) throw std::runtime_error("openpty");
    master = Descriptor(master_fd);
    ::fcntl(master_fd, F_SETFD, FD_CLOEXEC);
    ::close(slave);
    path = name;
  }

  std::string lock_folder() const { return folder.path(); }
  std::string lock_file() const { return lock_file_named(path.substr(5)); }
  std::string lock_file_named(std::string name) const {
    std::replace(name.begin(), name.end(), '/', '_');
    return folder / ("LCK.." + name);
  }

  Descriptor master;
  std::string path;
  TempFolder folder;
};

/// The number of a process that has ended.
inline pid_t dead_process() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  return child;
}

}  // namespace external::test
