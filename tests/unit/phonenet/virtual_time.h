#pragma once
// An agenda that runs in virtual time.

#include "agenda.h"

namespace external::phonenet::test {

class VirtualTime {
 public:
  VirtualTime() {
    asio::co_spawn(io_, agenda_.run(), asio::bind_cancellation_slot(stop_.slot(), [](std::exception_ptr) {}));
    advance({});
  }
  ~VirtualTime() {
    stop_.emit(asio::cancellation_type::terminal);
    io_.restart();
    io_.poll();
  }
  VirtualTime(const VirtualTime&) = delete;
  VirtualTime& operator=(const VirtualTime&) = delete;

  void advance(Duration span) { clock_.advance(span); }
  bool run_until(const std::function<bool()>& done, Duration limit) { return clock_.run_until(done, limit); }
  TimePoint now() const { return clock_.now(); }
  Agenda& agenda() { return agenda_; }

 private:
  asio::io_context io_;
  VirtualClock clock_{io_};
  Agenda agenda_{io_.get_executor(), clock_};
  asio::cancellation_signal stop_;
};

}  // namespace external::phonenet::test
