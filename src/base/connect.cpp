#include <external/base/async.h>
#include <external/base/connect.h>

namespace external {

namespace {

using asio::ip::tcp;

/// A look-up of a name. The system's own cannot be cancelled, so whoever waits for it may leave before it
/// ends.
struct LookUp {
  explicit LookUp(const asio::any_io_executor& executor) : resolver(executor), done(executor) {}
  tcp::resolver resolver;
  Event done;
  error_code error;
  tcp::resolver::results_type found;
};

Task<> connect_any(const std::string& host, const std::string& port, tcp::socket& socket,
                   error_code& outcome) {
  const auto look_up = std::make_shared<LookUp>(socket.get_executor());
  look_up->resolver.async_resolve(host, port, [look_up](error_code error, tcp::resolver::results_type found) {
    look_up->error = error;
    look_up->found = std::move(found);
    look_up->done.set();
  });
  co_await look_up->done.wait();
  outcome = look_up->error;
  if (outcome) co_return;
  auto [error, end] =
      co_await asio::async_connect(socket, look_up->found, asio::as_tuple(asio::use_awaitable));
  outcome = error;
}

}  // namespace

Task<Result<tcp::socket>> connect_socket(const std::string& host, const std::string& port, Clock& clock,
                                         TimePoint deadline) {
  tcp::socket socket(co_await asio::this_coro::executor);
  error_code outcome;
  const auto first = co_await first_of(connect_any(host, port, socket, outcome), clock.wait_until(deadline));
  if (first == 1) co_return error_code(asio::error::timed_out);
  if (outcome) co_return outcome;
  co_return std::move(socket);
}

}  // namespace external
