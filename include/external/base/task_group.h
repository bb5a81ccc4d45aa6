#pragma once
// Coroutines that run side by side and end together.

#include <external/base/async.h>

#include <list>

namespace external {

/// Owns any number of running coroutines of one thread. A group must be empty before it is destroyed: end()
/// or wait() see to that.
class TaskGroup {
 public:
  explicit TaskGroup(asio::any_io_executor executor) : executor_(std::move(executor)), changed_(executor_) {}

  /// Starts `task`. What it throws is dropped: a task that can fail says so itself.
  void spawn(Task<> task) {
    auto member = members_.emplace(members_.end());
    asio::co_spawn(executor_, std::move(task),
                   asio::bind_cancellation_slot(member->slot(), [this, member](const std::exception_ptr&) {
                     members_.erase(member);
                     changed_.set();
                   }));
  }

  std::size_t size() const { return members_.size(); }

  /// Returns when no task is left.
  Task<> wait() {
    while (!members_.empty()) {
      changed_.clear();
      co_await changed_.wait();
    }
  }

  /// Cancels all tasks and waits for them.
  Task<> end() {
    std::vector<asio::cancellation_signal*> signals;
    for (auto& member : members_) signals.push_back(&member);
    for (auto* signal : signals) signal->emit(asio::cancellation_type::terminal);
    co_await wait();
  }

 private:
  asio::any_io_executor executor_;
  Event changed_;
  std::list<asio::cancellation_signal> members_;
};

}  // namespace external
