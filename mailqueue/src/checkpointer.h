#pragma once
// Copying the log back into the database beside the thread that writes.

#include "database.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace mailqueue {

/// SQLite does it within the commit that makes the log long, and all who write wait for as long as a hundred
/// commits take. This does most of it on a thread and a connection of its own, while others write; what they
/// have added meanwhile is little, and the log can start anew when the writer has copied that as well.
///
/// Its calls belong to the thread that writes through `writer`, or to several in turns.
class Checkpointer {
 public:
  /// `writer` no longer does it by itself, and must outlive this.
  explicit Checkpointer(Database& writer, std::chrono::milliseconds busy_timeout);
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;
  ~Checkpointer();

  /// To be called between transactions: does, or lets its thread do, what is to be done now.
  void between_transactions();

 private:
  enum class Stage { idle, wanted, done };

  void work();

  Database& writer_;
  Database own_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Stage stage_ = Stage::idle;
  bool ended_ = false;
  std::jthread thread_;
};

}  // namespace mailqueue
