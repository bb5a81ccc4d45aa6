#pragma once
// When a line has its port: always, or while its calls last. docs/instances.md

#include "board.h"
#include "context.h"

namespace external::engine {

/// HoldPort of one line. Used on the thread of the lines.
class PortHold {
 public:
  /// What it is given by reference must outlive it.
  PortHold(Context& context, const config::Instance& settings, Board& board);
  ~PortHold();
  PortHold(const PortHold&) = delete;
  PortHold& operator=(const PortHold&) = delete;

  /// Without a port: returns when the line is to open it. `last`: a sentence about what the line did last,
  /// for who looks at it meanwhile; may be empty.
  Task<> until_wanted(std::string last);

  /// With one: whether the line is to keep it, or to wait for it.
  bool is_wanted();

  /// The modem has been ready for calls.
  void works() { is_known_ = true; }

  /// A call may be due.
  void wake() { wake_.set(); }

  /// The line waits for a modem of a pool, and leaves its call to others that can make it sooner.
  void waits_at_pool() { context_.planner.drop_claim(settings_); }

 private:
  Task<> until_call_is_due();
  bool is_call_due() const;
  bool may_be_due();

  Context& context_;
  const config::Instance& settings_;
  Board& board_;
  Event wake_;
  bool is_known_;                           ///< that there is a modem, or nobody wants to know
  std::optional<TimePoint> in_doubt_from_;  ///< it is not known since then what is due
};

}  // namespace external::engine
