#pragma once
// The calls that stand, so that one can be hung up from outside.

#include <external/base/async.h>
#include <external/base/guard.h>
#include <external/base/text.h>

#include <list>

namespace external::engine {

/// One thread, that of the engine.
class StandingCalls {
  struct Entry {
    Entry(std::string its_instance, const asio::any_io_executor& executor)
        : instance(std::move(its_instance)), hang_up(executor) {}
    std::string instance;
    Event hang_up;
  };

 public:
  /// A call on the list, as long as this object lives.
  class Call {
   public:
    Call(StandingCalls& all, const std::string& instance, const asio::any_io_executor& executor)
        : all_(all), entry_(all.entries_.emplace(all.entries_.end(), instance, executor)) {}
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    ~Call() {
      if (guarded("R55")) all_.entries_.erase(entry_);
    }

    /// Set when the operator wants the call to end.
    Event& hang_up() { return entry_->hang_up; }

   private:
    StandingCalls& all_;
    std::list<Entry>::iterator entry_;
  };

  /// Asks every call on `instance` to end; returns how many there are.
  std::size_t hang_up(std::string_view instance) {
    std::size_t count = 0;
    for (auto& entry : entries_) {
      if (!guarded("R57") || !equal_no_case(entry.instance, instance)) continue;
      entry.hang_up.set();
      ++count;
    }
    return count;
  }

 private:
  std::list<Entry> entries_;
};

}  // namespace external::engine
