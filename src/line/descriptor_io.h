#pragma once
// Reading and writing a non-blocking descriptor with a deadline: wait for readiness, then one system call, so
// that a cancelled or timed-out wait never costs a byte.

#include <external/base/async.h>
#include <external/line/line.h>

#include <cerrno>

#include <sys/socket.h>
#include <unistd.h>

namespace external::line {

/// errno as a line error: what a vanished device or peer says becomes Error::hung_up.
inline error_code from_errno(int error) {
  switch (error) {
    case EIO:
    case ENXIO:
    case ENODEV:
    case EPIPE:
    case ECONNRESET:
    case ETIMEDOUT:  // of the connection itself; as it is, it would pass for a deadline
      return Error::hung_up;
    case EBADF:
      return asio::error::operation_aborted;
    default:
      return {error, boost::system::system_category()};
  }
}

inline bool would_block(int error) {
  return error == EAGAIN || error == EWOULDBLOCK;
}

/// Waits until `descriptor` is ready in direction `what`. No error means ready; or timed_out,
/// operation_aborted.
template <class Descriptor, class WaitType>
Task<error_code> wait_ready(Descriptor& descriptor, WaitType what, Clock& clock, TimePoint deadline) {
  error_code outcome;
  auto ready = [](Descriptor& d, WaitType w, error_code& result) -> Task<> {
    auto [error] = co_await d.async_wait(w, asio::as_tuple(asio::use_awaitable));
    result = error;
  };
  if (deadline == never) {
    co_await ready(descriptor, what, outcome);
    co_return outcome;
  }
  const auto first = co_await first_of(ready(descriptor, what, outcome), clock.wait_until(deadline));
  if (first == 1) co_return asio::error::timed_out;
  co_return outcome;
}

template <class Descriptor>
Task<Result<std::size_t>> read_some(Descriptor& descriptor, std::span<std::uint8_t> into, Clock& clock,
                                    TimePoint deadline) {
  for (;;) {
    if (!descriptor.is_open()) co_return error_code(asio::error::operation_aborted);
    const auto count = ::read(descriptor.native_handle(), into.data(), into.size());
    if (count > 0) co_return static_cast<std::size_t>(count);
    if (count == 0) co_return error_code(Error::hung_up);
    if (errno == EINTR) continue;
    if (!would_block(errno)) co_return from_errno(errno);
    if (const auto error = co_await wait_ready(descriptor, Descriptor::wait_read, clock, deadline))
      co_return error;
  }
}

/// write(), without SIGPIPE where the other end of a socket has gone.
template <class Descriptor>
ssize_t write_now(Descriptor& descriptor, ByteView bytes) {
  if constexpr (requires { descriptor.remote_endpoint(); }) {
    return ::send(descriptor.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  } else {
    return ::write(descriptor.native_handle(), bytes.data(), bytes.size());
  }
}

template <class Descriptor>
Task<error_code> write_all(Descriptor& descriptor, ByteView bytes, Clock& clock, TimePoint deadline) {
  while (!bytes.empty()) {
    if (!descriptor.is_open()) co_return asio::error::operation_aborted;
    const auto count = write_now(descriptor, bytes);
    if (count >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(count));
      continue;
    }
    if (errno == EINTR) continue;
    if (!would_block(errno)) co_return from_errno(errno);
    if (const auto error = co_await wait_ready(descriptor, Descriptor::wait_write, clock, deadline))
      co_return error;
  }
  co_return error_code();
}

}  // namespace external::line
