#include <external/service/signals.h>

#include <cstring>

namespace external::service {

Signals::Signals(const asio::any_io_executor& executor, std::initializer_list<int> numbers) : set_(executor) {
  for (const int number : numbers) set_.add(number);
}

Task<int> Signals::next() {
  co_return co_await set_.async_wait(asio::use_awaitable);
}

std::string signal_name(int number) {
  const char* name = ::sigabbrev_np(number);
  return name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(number);
}

void ignore_write_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace external::service
