#include "temp_folder.h"

#include <external/base/async.h>
#include <external/intake/depot.h>

#include <gtest/gtest.h>

#include <future>

namespace external::intake::depot_test {
namespace {

TEST(Depot, ACancelledCallerWaitsForItsJob) {
  test::TempFolder folder;
  asio::io_context io;
  Depot depot(io.get_executor(), folder / "queue.db");
  std::promise<void> begun;
  std::promise<void> go_on;
  bool job_done = false;
  bool caller_had_gone = false;
  const auto put = [&]() -> Task<> {
    struct Frame {
      bool& job_done;
      bool& caller_had_gone;
      ~Frame() { caller_had_gone = !job_done; }
    } frame{job_done, caller_had_gone};
    co_await depot.put([&](mailqueue::Queue&) {
      begun.set_value();
      go_on.get_future().wait();
      job_done = true;
    });
  };
  asio::cancellation_signal stop;
  asio::co_spawn(io, put(), asio::bind_cancellation_slot(stop.slot(), asio::detached));
  io.poll();
  begun.get_future().wait();
  stop.emit(asio::cancellation_type::terminal);
  io.poll();
  go_on.set_value();
  io.run();
  EXPECT_TRUE(job_done);
  EXPECT_FALSE(caller_had_gone);
}

}  // namespace
}  // namespace external::intake::depot_test
