#pragma once
// A modem in the hands of a borrower. docs/sharing.md

#include "context.h"

#include <external/engine/lender.h>

namespace external::engine {

/// Whose turn it is when clients and mail want the same modem: urgent mail's; of the others, who has waited
/// longest is first. Used on the thread of the lines.
class Turns {
 public:
  /// What it is given by reference must outlive it.
  Turns(Context& context, const config::Instance& settings) : context_(context), settings_(settings) {}

  /// What mail is due now. To be asked now and then, so that it is known for how long it has been.
  Planner::Due due();

  bool is_client_next();

  /// The call that was due is being made.
  void call_begins() { due_since_.reset(); }

  /// The modem is taken from its borrower for urgent mail, and no other one is until came_back().
  void is_taken_back() { coming_back_.emplace(context_.leases); }

  /// It is to be had again, or cannot be had.
  void came_back() { coming_back_.reset(); }

 private:
  Context& context_;
  const config::Instance& settings_;
  std::optional<TimePoint> due_since_;  ///< a call has been due, and was not made yet
  std::optional<StandingLeases::ComingBack> coming_back_;
};

/// One lease, from its first byte to its last; the log tells both, whichever way it ends. Used on the thread
/// of the lines.
class Lease {
 public:
  /// What it is given by reference must outlive it.
  Lease(Context& context, const config::Instance& settings, Borrower& client, Turns& turns);
  ~Lease();
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  /// Until the lease ends; says why it did. `rings`: someone calls, and the client is to answer.
  Task<LeaseEnd> run(line::Line& port, bool rings);

 private:
  Task<> watch_for_mail();
  bool may_give_way() const;

  Context& context_;
  const config::Instance& settings_;
  Borrower& client_;
  Turns& turns_;
  const TimePoint began_;
  const StandingLeases::Lease standing_;
  LeaseEnd end_ = LeaseEnd::stopped;
};

}  // namespace external::engine
