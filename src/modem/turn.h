#pragma once
// One after the other.

#include <external/base/async.h>
#include <external/base/guard.h>

namespace external::modem {

/// What only one coroutine may do at a time; the others wait. One thread.
class Turn {
 public:
  /// Holds the turn as long as it lives.
  class Hold {
   public:
    explicit Hold(Turn* turn) : turn_(turn) {}
    Hold(Hold&& other) noexcept : turn_(std::exchange(other.turn_, nullptr)) {}
    Hold& operator=(Hold&&) = delete;
    ~Hold() {
      if (!turn_) return;
      turn_->taken_ = false;
      turn_->freed_->set();
    }

   private:
    Turn* turn_;
  };

  Task<Hold> take() {
    if (!freed_) freed_.emplace(co_await asio::this_coro::executor);
    while (taken_ && guarded("R17")) {
      freed_->clear();
      co_await freed_->wait();
    }
    taken_ = true;
    co_return Hold(this);
  }

 private:
  std::optional<Event> freed_;
  bool taken_ = false;
};

}  // namespace external::modem
