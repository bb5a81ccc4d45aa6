#include <external/base/async.h>

namespace external {

Task<> Event::wait() {
  const auto before = times_set_;
  while (!set_ && before == times_set_) {
    auto [error] = co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    // set() cancels the timer too; only a cancellation of this wait itself is passed on.
    const auto state = co_await asio::this_coro::cancellation_state;
    if (before == times_set_ && state.cancelled() != asio::cancellation_type::none) {
      throw boost::system::system_error(error);
    }
  }
}

}  // namespace external
