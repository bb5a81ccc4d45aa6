#pragma once
// A second thread of coroutines, for those that would keep lines waiting.

#include <external/base/asio.h>

#include <thread>

namespace external {

/// An io_context of its own and the thread that runs it. What lives on it must go before it does.
class TaskThread {
 public:
  TaskThread();

  /// Ends the thread; coroutines that are still there are dropped where they wait.
  ~TaskThread();
  TaskThread(const TaskThread&) = delete;
  TaskThread& operator=(const TaskThread&) = delete;

  asio::any_io_executor executor() { return io_.get_executor(); }

  /// Runs `task` there, and the caller goes on here when it has ended; what it threw is thrown. A caller that
  /// is cancelled passes that on and waits for the end all the same.
  Task<> run(Task<> task);

 private:
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> keeps_running_;
  std::thread thread_;
};

}  // namespace external
