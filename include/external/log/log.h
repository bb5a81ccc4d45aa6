#pragma once
// What a layer needs to know of a log: that lines can be written to it.

#include <string>
#include <string_view>

namespace external::log {

/// Takes lines for the administrator. Used on the thread of the lines; never blocks and never throws for a
/// full or stopped disk. The caller keeps secrets (passwords, card numbers, message text) out of `text`.
class Log {
 public:
  virtual ~Log() = default;

  /// One entry. `instance` is the name of the line it belongs to, empty for the program as a whole. While a
  /// CallMark stands for that instance, the entry belongs to its call.
  virtual void write(std::string_view instance, std::string_view text) = 0;

  /// The same for a call that is not the only one of its instance, or that the instance has left behind.
  virtual void write_of_call(std::string_view instance, std::string_view call, std::string_view text) {
    static_cast<void>(call);
    write(instance, text);
  }

 private:
  friend class CallMark;

  /// What write() gets of `instance` belongs to that call from now on; empty: to none.
  virtual void mark(std::string_view instance, std::string_view call) {
    static_cast<void>(instance);
    static_cast<void>(call);
  }
};

/// From dial or answer until the line is ready for another call, on an instance that has one call at a time.
class CallMark {
 public:
  /// `log` must outlive it.
  CallMark(Log& log, std::string instance, std::string call)
      : log_(log), instance_(std::move(instance)), call_(std::move(call)) {
    log_.mark(instance_, call_);
  }
  ~CallMark() { log_.mark(instance_, {}); }
  CallMark(const CallMark&) = delete;
  CallMark& operator=(const CallMark&) = delete;

  const std::string& call() const { return call_; }

 private:
  Log& log_;
  std::string instance_;
  std::string call_;
};

}  // namespace external::log
