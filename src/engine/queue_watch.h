#pragma once
// Surveys of the queue, again and again, and what the last one found.

#include "context.h"
#include "outcomes.h"

#include <set>

namespace external::engine {

/// Each survey moves what can be moved here, and tells the planner what waits. One thread, that of the
/// engine.
class QueueWatch {
 public:
  /// `surveyed` is called whenever the planner has learned what waits. `context` and `outcomes` must outlive
  /// it. Before run() only: asks the store's disk without its worker.
  QueueWatch(Context& context, Outcomes& outcomes, std::function<void()> surveyed);
  QueueWatch(const QueueWatch&) = delete;
  QueueWatch& operator=(const QueueWatch&) = delete;

  /// Looks at the queue whenever there is news, and every few seconds, until it is cancelled.
  Task<> run();

  /// Looks once more, for the end of a run. While run() does not.
  Task<> look_once();

  /// The queue has changed: look at once.
  void news() { news_.set(); }

  /// The same where more may follow at once: while it does, surveys leave the disk to it.
  void mail_arrived();

  /// There was news since the last survey began.
  bool has_news() const { return news_.is_set(); }

  /// Destinations of ways out by which mail is due.
  const std::set<std::string>& ways_due() const { return ways_due_; }

  /// Fills in what the queue and its disk say, and which of the lines that are in `report` are held.
  void add_to(Report& report) const;

 private:
  Task<std::optional<std::vector<HopWork>>> survey();
  std::vector<HopWork> keep(Survey survey);
  void note(const std::string& trouble);
  void take_calls();
  bool is_left_alone(const CallRecord& record) const;
  WallTime next_attempt(const QueueReport& waiting) const;

  Context& context_;
  Outcomes& outcomes_;
  const std::function<void()> surveyed_;
  Event news_;
  bool arriving_ = false;  ///< mail has come in since the last look at the queue began
  std::vector<QueueReport> queue_;
  std::vector<TrafficReport> traffic_;
  std::vector<CallRecord> calls_;
  std::set<std::string> undialable_;  ///< of these, as was told
  std::set<std::string> held_lines_;
  std::set<std::string> ways_due_;
  std::vector<mailqueue::LineTime> line_time_;
  DiskReport disk_;
  std::string trouble_;  ///< of the queue, said once
};

}  // namespace external::engine
