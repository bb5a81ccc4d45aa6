#pragma once
// What both kinds of pipe have in common: one loop that reads, one that writes, and how they end.

#include "chunk.h"

#include <external/base/async.h>

namespace external::link {

class PipeLoops : public Pipe {
 public:
  PipeLoops(line::Line& line, Clock& clock, const asio::any_io_executor& executor, ChunkUser& user,
            const PipeOptions& options)
      : line_(line),
        clock_(clock),
        user_(user),
        options_(options),
        outbound_(executor),
        last_heard_(clock.now()),
        room_(executor) {}

  Task<error_code> run() override {
    co_await first_of(read_loop(), write_loop());
    co_return ended_;
  }

  void wake() override {
    outbound_.set();
    room_.set();
  }

  void end(error_code why) override {
    if (!ended_) ended_ = why;
    wake();
  }

 protected:
  /// Both until ended().
  virtual Task<> read_loop() = 0;
  virtual Task<> write_loop() = 0;

  bool ended() const { return static_cast<bool>(ended_); }

  /// Until the user can take more.
  Task<> wait_for_room() {
    while (!ended_ && !user_.has_room()) {
      room_.clear();
      co_await room_.wait();
    }
  }

  /// Writes; the pipe ends if that fails, or takes as long as silence may.
  Task<> write(ByteView bytes) {
    const auto error = co_await line_.write(bytes, clock_.now() + options_.silence_limit);
    if (error) end(error == asio::error::timed_out ? error_code(Error::silent) : error);
  }

  line::Line& line_;
  Clock& clock_;
  ChunkUser& user_;
  PipeOptions options_;
  Event outbound_;        ///< something to send, or a timer changed
  bool writing_ = false;  ///< bytes that the line has not taken
  TimePoint last_heard_;
  Statistics statistics_;

 private:
  Event room_;  ///< the user can take more
  error_code ended_;
};

}  // namespace external::link
