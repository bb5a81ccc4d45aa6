#pragma once
// How long a call that we pay for is on the line.

#include "context.h"

namespace external::engine {

/// Counts from its making to its end for the budget of one post office, in the queue's file, where it
/// outlives this process. The context outlives it.
class LineMeter {
 public:
  /// `post_office` empty, or without MinutesPerDay: nothing is counted.
  LineMeter(Context& context, const std::string& post_office, std::optional<std::chrono::milliseconds> limit);
  LineMeter(const LineMeter&) = delete;
  LineMeter& operator=(const LineMeter&) = delete;
  ~LineMeter();

  /// Writes down what is used, every half minute. Returns when the limit is reached; else it is cancelled.
  Task<> run();

  /// Whether the limit has been reached.
  bool is_used_up() const { return used_up_; }

 private:
  void charge();

  Context& context_;
  std::string post_office_;  ///< empty: not counted
  TimePoint limit_ = never;
  TimePoint charged_;
  bool used_up_ = false;
};

}  // namespace external::engine
