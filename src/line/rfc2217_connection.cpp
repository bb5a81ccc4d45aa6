#include "rfc2217_connection.h"

#include "descriptor_io.h"

#include <netinet/tcp.h>

namespace external::line {

namespace {

using asio::ip::tcp;
using namespace std::chrono_literals;

constexpr std::size_t most_unread = 65'536;
/// How far a writer may be ahead of the socket: little, for what has been handed over cannot be suspended.
constexpr std::size_t most_ahead = 4096;
constexpr std::size_t write_step = 1024;
constexpr Duration confirm_limit = 5s;
constexpr Duration purge_limit = 1s;

/// A peer that is silent is asked from the tenth second on, and given up at the thirtieth; so is one that
/// does not acknowledge.
void notice_cut_cables(tcp::socket& socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  const auto set = [&](int option, int value) {
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, option, &value, sizeof value);
  };
  set(TCP_KEEPIDLE, 10);
  set(TCP_KEEPINTVL, 5);
  set(TCP_KEEPCNT, 4);
  set(TCP_USER_TIMEOUT, 30'000);
}

/// Not without end, for the peer may be quicker than we are.
void drop_unread(tcp::socket& socket) {
  std::array<std::uint8_t, 4096> rubbish;
  for (int round = 0; round < 256; ++round) {
    if (::recv(socket.native_handle(), rubbish.data(), rubbish.size(), 0) <= 0) return;
  }
}

}  // namespace

Rfc2217Connection::Rfc2217Connection(tcp::socket socket, Clock& clock)
    : clock_(clock),
      socket_(std::move(socket)),
      news_(socket_.get_executor()),
      room_(socket_.get_executor()),
      unsent_(socket_.get_executor()) {
  notice_cut_cables(socket_);
  error_code ignored;
  socket_.native_non_blocking(true, ignored);
}

void Rfc2217Connection::start() {
  const auto executor = socket_.get_executor();
  asio::co_spawn(executor, keep_receiving(shared_from_this()), asio::detached);
  asio::co_spawn(executor, keep_sending(shared_from_this()), asio::detached);
}

Task<> Rfc2217Connection::keep_receiving(std::shared_ptr<Rfc2217Connection> self) {
  while (!self->failure_) {
    if (self->protocol_.received() >= most_unread) {
      self->room_.clear();
      co_await self->room_.wait();
      continue;
    }
    co_await self->socket_.async_wait(tcp::socket::wait_read, asio::as_tuple(asio::use_awaitable));
    self->receive_now();
  }
}

Task<> Rfc2217Connection::keep_sending(std::shared_ptr<Rfc2217Connection> self) {
  while (!self->failure_) {
    if (self->protocol_.outgoing().empty()) {
      self->unsent_.clear();
      co_await self->unsent_.wait();
      continue;
    }
    co_await self->socket_.async_wait(tcp::socket::wait_write, asio::as_tuple(asio::use_awaitable));
    self->send_now();
  }
}

void Rfc2217Connection::fail(error_code error) {
  if (!failure_) failure_ = error;
  wake_all();
}

void Rfc2217Connection::wake_all() {
  news_.set();
  room_.set();
  unsent_.set();
}

void Rfc2217Connection::receive_now() {
  std::array<std::uint8_t, 4096> bytes;
  while (!failure_ && protocol_.received() < most_unread) {
    const auto count = ::recv(socket_.native_handle(), bytes.data(), bytes.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && would_block(errno)) break;
    if (count < 0) return fail(from_errno(errno));
    if (count == 0) return fail(Error::hung_up);
    give_up_purge_in_time();
    if (!protocol_.feed(ByteView(bytes).first(static_cast<std::size_t>(count)))) return fail(Error::bad_peer);
    news_.set();
  }
  send_now();
}

/// A server that does not confirm a purge, though it did before, must not make the line deaf.
void Rfc2217Connection::give_up_purge_in_time() {
  if (protocol_.purging() && clock_.now() >= purge_ends_) protocol_.stop_purging();
}

void Rfc2217Connection::send_now() {
  auto& outgoing = protocol_.outgoing();
  while (!failure_ && !outgoing.empty()) {
    const auto count = write_now(socket_, outgoing.front());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && would_block(errno)) return unsent_.set();
    if (count < 0) return fail(from_errno(errno));
    outgoing.sent(static_cast<std::size_t>(count));
    news_.set();
  }
}

Task<error_code> Rfc2217Connection::news(TimePoint deadline) {
  if (clock_.now() >= deadline) co_return asio::error::timed_out;
  news_.clear();
  if (deadline == never) {
    co_await news_.wait();
  } else {
    co_await first_of(news_.wait(), clock_.wait_until(deadline));
  }
  co_return error_code();
}

Task<Result<std::size_t>> Rfc2217Connection::read(std::span<std::uint8_t> into, TimePoint deadline) {
  for (;;) {
    if (protocol_.received() == 0) receive_now();
    if (const std::size_t count = protocol_.take(into); count > 0) {
      room_.set();
      co_return count;
    }
    if (failure_) co_return failure_;
    if (const auto error = co_await news(deadline)) co_return error;
  }
}

/// Bytes must not go out at a speed that nobody wanted, so the answer to a change of speed is waited for. One
/// that never comes is not: the server was heard to confirm a speed when the line was opened.
Task<error_code> Rfc2217Connection::settle_speed(TimePoint deadline) {
  const TimePoint limit = std::min(deadline, clock_.now() + confirm_limit);
  while (protocol_.speed_pending() && !failure_) {
    const error_code waited = co_await news(limit);
    if (!waited) continue;
    if (limit == deadline) co_return asio::error::timed_out;
    protocol_.stop_waiting_for_speed();
  }
  if (protocol_.take_speed_refused()) co_return Error::bad_speed;
  co_return error_code();
}

Task<error_code> Rfc2217Connection::write(ByteView bytes, TimePoint deadline) {
  if (const auto error = co_await settle_speed(deadline)) co_return error;
  while (!bytes.empty()) {
    if (failure_) co_return failure_;
    if (protocol_.suspended() || protocol_.outgoing().size() >= most_ahead) {
      if (const auto error = co_await news(deadline)) co_return error;
      continue;
    }
    const auto step = bytes.first(std::min(bytes.size(), write_step));
    protocol_.send_data(step);
    send_now();
    bytes = bytes.subspan(step.size());
  }
  co_return failure_;
}

std::size_t Rfc2217Connection::discard_input() {
  receive_now();
  const std::size_t count = protocol_.purge_input();
  purge_ends_ = clock_.now() + purge_limit;
  room_.set();
  send_now();
  return count;
}

void Rfc2217Connection::close() {
  if (!socket_.is_open()) return;
  if (!failure_) {
    protocol_.outgoing().drop_data();
    if (protocol_.dtr_asked()) protocol_.control(com_port::dtr_off);
    send_now();
    // Closing with unread bytes would reset the connection, and with it DTR low on its way.
    drop_unread(socket_);
  }
  error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
  failure_ = asio::error::operation_aborted;
  wake_all();
}

}  // namespace external::line
