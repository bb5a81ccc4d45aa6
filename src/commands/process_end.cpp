#include "process_end.h"

#include <cerrno>

#include <poll.h>
#include <sys/syscall.h>

namespace external::commands {

ProcessEnd::ProcessEnd(int pid) : process_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {}

bool ProcessEnd::wait(std::chrono::milliseconds limit) const {
  if (!process_) return true;
  using Time = std::chrono::steady_clock;
  const auto deadline = Time::now() + limit;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Time::now());
    pollfd descriptor{process_.get(), POLLIN, 0};
    const int ready = ::poll(&descriptor, 1, left.count() > 0 ? static_cast<int>(left.count()) : 0);
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

}  // namespace external::commands
