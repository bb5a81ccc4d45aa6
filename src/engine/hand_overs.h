#pragma once
// Who hands mail over, one for each way out. docs/delivery.md

#include "hand_over.h"

#include <memory>
#include <set>

namespace external::engine {

/// Begins and ends them as the settings want it. One thread, that of the engine. Once start() was called,
/// ended() must have returned before it is destroyed.
class HandOvers {
 public:
  /// `context` must outlive it. `make` may be empty: mail goes to whom the settings name, then.
  HandOvers(Context& context, MakeOutlet make, HandOver::Tell tell);
  HandOvers(const HandOvers&) = delete;
  HandOvers& operator=(const HandOvers&) = delete;

  /// These there are from now on: those that are gone end, new ones begin. Not after end().
  void use(const std::vector<WayOut>& all);

  /// They work from now on. Call once.
  void start();

  /// All of them end; what is on its way gets a few seconds to arrive.
  void end();

  /// Returns when nobody works, which is soon only after end().
  Task<> ended() { return working_.wait(); }

  /// There may be mail that is due for these destinations.
  void wake(const std::set<std::string>& destinations);

  /// See HandOver: of all, and of any.
  bool are_idle() const;
  bool is_one_out_of_order() const;

 private:
  struct One {
    One(Context& context, const WayOut& where, const MakeOutlet& make, HandOver::Tell tell)
        : hand_over(context, where, make, std::move(tell)), stop(context.executor) {}
    bool goes(const WayOut& way) const;

    HandOver hand_over;
    Event stop;
  };

  MakeOutlet real_outlets() const;
  Task<> serve(std::shared_ptr<One> one);

  Context& context_;
  const MakeOutlet make_;
  const HandOver::Tell tell_;
  std::vector<std::shared_ptr<One>> all_;
  bool started_ = false;
  bool ending_ = false;
  TaskGroup working_;
};

}  // namespace external::engine
