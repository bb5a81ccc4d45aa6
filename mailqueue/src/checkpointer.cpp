#include "checkpointer.h"

namespace mailqueue {

namespace {

/// Pages of log from which on it is worth while; as many as SQLite is told for other connections.
constexpr int long_log = 4000;

/// As much as can be done while others read and write. That it fails is no harm: the log holds all of it, and
/// whoever writes next sees what is wrong with the disk.
void copy_back(Database& database) {
  try {
    database.run("PRAGMA wal_checkpoint(PASSIVE)");
  } catch (const Error&) {
    return;
  }
}

}  // namespace

Checkpointer::Checkpointer(Database& writer, std::chrono::milliseconds busy_timeout)
    : writer_(writer), own_(writer.path(), busy_timeout), thread_([this] { work(); }) {
  writer_.count_log_pages();
}

Checkpointer::~Checkpointer() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_one();
}

void Checkpointer::between_transactions() {
  if (writer_.log_pages() < long_log) return;
  {
    const std::lock_guard lock(mutex_);
    if (stage_ == Stage::wanted) return;
    if (stage_ == Stage::idle) {
      stage_ = Stage::wanted;
      changed_.notify_one();
      return;
    }
    stage_ = Stage::idle;
  }
  copy_back(writer_);
}

void Checkpointer::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ended_ || stage_ == Stage::wanted; });
    if (ended_) return;
    lock.unlock();
    copy_back(own_);
    lock.lock();
    stage_ = Stage::done;
  }
}

}  // namespace mailqueue
