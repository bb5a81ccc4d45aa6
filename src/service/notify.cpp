#include <external/base/text.h>
#include <external/service/notify.h>

#include <algorithm>
#include <cstddef>
#include <ctime>

#include <sys/socket.h>
#include <sys/un.h>

namespace external::service {

namespace {

std::string count(Notifier::Microseconds time) {
  return std::to_string(time.count());
}

}  // namespace

Notifier::Notifier(std::string socket) : address_(std::move(socket)) {
  const bool usable = (address_.starts_with('/') || address_.starts_with('@')) && address_.size() > 1 &&
                      address_.size() < sizeof(sockaddr_un::sun_path);
  if (usable) socket_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

bool Notifier::ready() {
  return send("READY=1");
}

bool Notifier::reloading() {
  // The manager compares it with its own clock, so it is the system's and no other.
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const auto since_boot = std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
  return send("RELOADING=1\nMONOTONIC_USEC=" + count(std::chrono::duration_cast<Microseconds>(since_boot)));
}

bool Notifier::stopping(Microseconds more) {
  return send("STOPPING=1\nEXTEND_TIMEOUT_USEC=" + count(more));
}

bool Notifier::extend(Microseconds more) {
  return send("EXTEND_TIMEOUT_USEC=" + count(more));
}

bool Notifier::alive() {
  return send("WATCHDOG=1");
}

bool Notifier::status(std::string_view text) {
  return send("STATUS=" + visible(text));
}

bool Notifier::send(const std::string& state) {
  if (!socket_) return false;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy(address_.begin(), address_.end(), address.sun_path);
  // An abstract name begins with NUL and ends where the address does.
  if (address_.front() == '@') address.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  const auto sent = ::sendto(socket_.get(), state.data(), state.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address), length);
  return sent == static_cast<ssize_t>(state.size());
}

}  // namespace external::service
