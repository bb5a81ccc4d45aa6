#pragma once
// Hears of changes of control lines from a driver that can only tell by blocking.

#include "uart.h"

#include <external/base/async.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace external::line {

/// What the watcher tells the thread of the line. Shared with coroutines that wait for it and may outlive the
/// line.
struct Edges {
  explicit Edges(const asio::any_io_executor& executor) : news(executor) {}

  Event news;         ///< something below, or a control line, has changed
  error_code failed;  ///< the driver tells nothing any more, and why
  bool closed = false;
  std::atomic<bool> on_the_way = false;  ///< news that the line's thread has not had yet; bounds their number
};

/// A thread that waits in the driver. Destroying it ends the thread, wherever it is: the wait is interrupted
/// by SIGURG, which is sent to this thread alone. Nothing else in the program uses that signal, its default
/// is to be ignored, and its handler does nothing, so one too many harms nobody.
class EdgeWatcher {
 public:
  /// `uart` must outlive this. `edges` is told through `executor`.
  EdgeWatcher(Uart& uart, asio::any_io_executor executor, const std::shared_ptr<Edges>& edges);
  ~EdgeWatcher();
  EdgeWatcher(const EdgeWatcher&) = delete;
  EdgeWatcher& operator=(const EdgeWatcher&) = delete;

 private:
  void watch();
  void tell(error_code error);

  Uart& uart_;
  asio::any_io_executor executor_;
  std::weak_ptr<Edges> edges_;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace external::line
