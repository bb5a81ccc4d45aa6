#include "file_sink.h"

#include <external/base/guard.h>
#include <external/log/entry.h>
#include <external/log/session_log.h>

#include <fmt/format.h>
#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>

#include <future>
#include <system_error>
#include <thread>

namespace external::log {

namespace {

/// A line that finds the queue full takes the place of the oldest one: whoever writes never waits.
spdlog::async_overflow_policy when_full() {
  return guarded("R52") ? spdlog::async_overflow_policy::overrun_oldest
                        : spdlog::async_overflow_policy::block;
}

std::shared_ptr<FileSink> open_sink(const std::string& path) {
  try {
    return std::make_shared<FileSink>(path);
  } catch (const std::system_error& error) {
    throw std::runtime_error(fmt::format(
        "Error on log file open: {}: {}; name a file in a folder that exists and that this user may "
        "write to (LogSession)",
        path, error.code().message()));
  }
}

}  // namespace

// The queue and the thread, both spdlog's.
class SessionLog::Writer {
 public:
  Writer(const std::string& path, std::size_t queued_lines)
      : sink_(open_sink(path)), pool_(std::make_shared<spdlog::details::thread_pool>(queued_lines, 1)) {
    sink_->count_dropped_with([pool = pool_.get()] { return pool->overrun_counter(); });
    logger_ = std::make_shared<spdlog::async_logger>("session", sink_, pool_, when_full());
    logger_->set_error_handler([](const std::string&) {});
  }

  void write(WallTime when, const std::string& line) {
    logger_->log(when, spdlog::source_loc{}, spdlog::level::info, spdlog::string_view_t(line));
  }

  void reopen() {
    sink_->ask_reopen();
    logger_->flush();
  }

  // spdlog ends a pool by writing all that is queued, however long that takes; so it is ended on a thread
  // that can be left behind.
  void close(std::chrono::milliseconds bound) {
    logger_->flush();
    logger_.reset();
    auto done = std::make_shared<std::promise<void>>();
    auto ended = done->get_future();
    std::thread([pool = std::move(pool_), sink = sink_, done]() mutable {
      pool.reset();
      sink.reset();  // before it is said: closed means that nobody has the file any more
      done->set_value();
    }).detach();
    const auto patience = bound / 2;
    if (ended.wait_for(patience) == std::future_status::ready) return;
    sink_->stop_waiting();
    ended.wait_for(bound - patience);
  }

 private:
  std::shared_ptr<FileSink> sink_;
  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<spdlog::async_logger> logger_;
};

SessionLog::SessionLog(Clock& clock, std::string path, SessionLogOptions options)
    : clock_(clock),
      path_(std::move(path)),
      tail_(options.tail_lines),
      writer_(std::make_unique<Writer>(path_, options.queued_lines)) {}

SessionLog::~SessionLog() {
  close();
}

void SessionLog::write(std::string_view instance, std::string_view text) {
  const WallTime when = clock_.wall();
  std::string line = format_entry(instance, when, text);
  if (writer_) writer_->write(when, line);
  tail_.add(std::move(line));
}

void SessionLog::reopen() {
  if (writer_) writer_->reopen();
}

void SessionLog::close(std::chrono::milliseconds bound) {
  if (const auto writer = std::move(writer_)) writer->close(bound);
}

}  // namespace external::log
