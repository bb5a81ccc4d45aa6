#include "edge_watcher.h"

#include <csignal>

namespace external::line {

namespace {

constexpr int wake_up = SIGURG;

/// Without SA_RESTART the signal ends a system call instead of letting it go on.
void let_signals_interrupt() {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  ::sigaction(wake_up, &action, nullptr);
}

/// Signals meant for the program are taken by its other threads.
void take_only_the_wake_up() {
  sigset_t others;
  ::sigfillset(&others);
  ::sigdelset(&others, wake_up);
  ::pthread_sigmask(SIG_SETMASK, &others, nullptr);
}

}  // namespace

EdgeWatcher::EdgeWatcher(Uart& uart, asio::any_io_executor executor, const std::shared_ptr<Edges>& edges)
    : uart_(uart), executor_(std::move(executor)), edges_(edges) {
  let_signals_interrupt();
  thread_ = std::thread([this] { watch(); });
}

EdgeWatcher::~EdgeWatcher() {
  stop_ = true;
  std::unique_lock lock(mutex_);
  while (!ended_) {
    // Again and again, because a signal that comes just before the wait begins does not end it.
    ::pthread_kill(thread_.native_handle(), wake_up);
    changed_.wait_for(lock, std::chrono::milliseconds(1), [this] { return ended_; });
  }
  lock.unlock();
  thread_.join();
}

void EdgeWatcher::watch() {
  take_only_the_wake_up();
  while (!stop_) {
    const auto error = uart_.wait_for_edge();
    if (error == boost::system::errc::interrupted) continue;
    tell(error);
    if (error) break;
  }
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

void EdgeWatcher::tell(error_code error) {
  const auto edges = edges_.lock();
  if (!edges || (edges->on_the_way.exchange(true) && !error)) return;
  asio::post(executor_, [to = edges_, error] {
    const auto told = to.lock();
    if (!told) return;
    told->on_the_way = false;
    if (error) told->failed = error;
    told->news.set();
  });
}

}  // namespace external::line
