#include "file_sink.h"
#include "journal.h"

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

std::shared_ptr<FileSink> open_sink(const std::string& path, std::string_view setting,
                                    const Rotation& rotation) {
  try {
    return std::make_shared<FileSink>(path, rotation);
  } catch (const std::system_error& error) {
    throw std::runtime_error(fmt::format(
        "Error on log file open: {}: {}; name a file in a folder that exists and that this user may "
        "write to ({})",
        path, error.code().message(), setting));
  }
}

}  // namespace

// How an entry is written; used on both threads, and never changed.
class SessionLog::Form {
 public:
  Form(Format format, bool for_journal) : format_(format) {
    if (format == Format::json || for_journal) messages_.emplace();
  }

  std::string text_of(const Entry& entry) const {
    switch (format_) {
      case Format::classic:
        return format_classic(entry);
      case Format::iso:
        return format_iso(entry);
      case Format::json:
        return format_json(entry, *messages_);
    }
    return {};
  }

  /// Only if they were asked for.
  const Messages& messages() const { return *messages_; }

 private:
  Format format_;
  std::optional<Messages> messages_;
};

// The queue and the thread, both spdlog's.
class SessionLog::Writer {
 public:
  Writer(const std::string& path, const SessionLogOptions& options, std::shared_ptr<const Form> form)
      : pool_(std::make_shared<spdlog::details::thread_pool>(options.queued_lines, 1)),
        rotation_(options.rotation) {
    add(path, "LogSession");
    files_.front().sink->write_own_lines_with([form](WallTime when, const std::string& text) {
      return form->text_of({when, {}, {}, text});
    });
    files_.front().sink->count_dropped_with([pool = pool_.get()] { return pool->overrun_counter(); });
  }

  FileNumber add(const std::string& path, std::string_view setting) {
    File file;
    file.sink = open_sink(path, setting, rotation_);
    file.logger = std::make_shared<spdlog::async_logger>("log", file.sink, pool_, when_full());
    file.logger->set_error_handler([](const std::string&) {});
    files_.push_back(std::move(file));
    return files_.size() - 1;
  }

  void write(FileNumber file, WallTime when, const std::string& line) {
    files_[file].logger->log(when, spdlog::source_loc{}, spdlog::level::info, spdlog::string_view_t(line));
  }

  std::size_t dropped() const { return pool_->overrun_counter(); }

  void reopen() {
    for (auto& file : files_) {
      file.sink->ask_reopen();
      file.logger->flush();
    }
  }

  // spdlog ends a pool by writing all that is queued, however long that takes; so it is ended on a thread
  // that can be left behind.
  void close(std::chrono::milliseconds bound) {
    std::vector<std::shared_ptr<FileSink>> sinks;
    for (auto& file : files_) {
      file.logger->flush();
      file.logger.reset();
      sinks.push_back(file.sink);
    }
    auto done = std::make_shared<std::promise<void>>();
    auto ended = done->get_future();
    files_.clear();
    std::thread([pool = std::move(pool_), held = sinks, done]() mutable {
      pool.reset();
      held.clear();  // before it is said: closed means that nobody has the file any more
      done->set_value();
    }).detach();
    const auto patience = bound / 2;
    if (ended.wait_for(patience) == std::future_status::ready) return;
    for (const auto& sink : sinks) sink->stop_waiting();
    ended.wait_for(bound - patience);
  }

 private:
  struct File {
    std::shared_ptr<FileSink> sink;
    std::shared_ptr<spdlog::async_logger> logger;
  };

  std::shared_ptr<spdlog::details::thread_pool> pool_;
  Rotation rotation_;
  std::vector<File> files_;
};

SessionLog::SessionLog(Clock& clock, std::string path, SessionLogOptions options)
    : clock_(clock),
      path_(std::move(path)),
      tail_(options.tail_lines),
      form_(std::make_shared<Form>(options.format, !options.journal.empty())),
      journal_(options.journal.empty() ? nullptr : std::make_unique<Journal>(options.journal)),
      writer_(std::make_unique<Writer>(path_, options, form_)) {}

SessionLog::~SessionLog() {
  close();
}

void SessionLog::write(std::string_view instance, std::string_view text) {
  const auto call = calls_.find(instance);
  write_of_call(instance, call == calls_.end() ? std::string_view() : call->second, text);
}

void SessionLog::write_of_call(std::string_view instance, std::string_view call, std::string_view text) {
  write({clock_.wall(), std::string(instance), std::string(call), std::string(text)});
}

void SessionLog::mark(std::string_view instance, std::string_view call) {
  if (call.empty()) {
    const auto marked = calls_.find(instance);
    if (marked != calls_.end()) calls_.erase(marked);
  } else {
    calls_.insert_or_assign(std::string(instance), std::string(call));
  }
}

void SessionLog::write(const Entry& entry) {
  if (writer_) writer_->write(0, entry.when, form_->text_of(entry));
  if (journal_) journal_->send(entry, form_->messages());
  tail_.add(format_classic(entry));
}

SessionLog::FileNumber SessionLog::open_beside(const std::string& path, std::string_view setting) {
  return writer_->add(path, setting);
}

void SessionLog::write_beside(FileNumber file, const std::string& text) {
  if (writer_) writer_->write(file, clock_.wall(), text);
}

std::size_t SessionLog::dropped() const {
  return writer_ ? writer_->dropped() : 0;
}

void SessionLog::reopen() {
  if (writer_) writer_->reopen();
}

void SessionLog::close(std::chrono::milliseconds bound) {
  if (const auto writer = std::move(writer_)) writer->close(bound);
}

}  // namespace external::log
