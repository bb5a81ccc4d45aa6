#pragma once
// All lines of one post office, each in a slot of its own.

#include "instance_slot.h"

#include <external/base/task_group.h>

#include <memory>

namespace external::engine {

class ScriptSet;

/// Begins, renews and ends lines as the settings want it. One thread, that of the engine. Once start() was
/// called, ended() must have returned before it is destroyed.
class Lines {
 public:
  /// Only the instances named in `only_these` (any case) run; empty: all. `changed` is called whenever a
  /// board shows something new, and when a line is gone.
  Lines(SlotServices services, std::vector<std::string> only_these, std::function<void()> changed);
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;

  /// Those that are not as they were begin anew, those that are gone end, new ones begin. Not after end().
  void use(const config::Settings& settings);

  /// One line that cannot run is a matter of its own; none that can is one of the whole: throws
  /// std::runtime_error then, with what is wrong with their scripts, one error a line.
  void check_that_one_can_run(const ScriptSet& scripts) const;

  /// They are served from now on. Call once.
  void start();

  /// All of them end; their reports stay.
  void end();

  /// Returns when nothing is served, which is soon only after end().
  Task<> ended() { return working_.wait(); }

  /// That of this name (any case), unless it is ending; null if there is none.
  std::shared_ptr<InstanceSlot> find(const std::string& name) const;

  /// There may be something to dial, or mail for calls that stand.
  void wake();

  std::vector<LineReport> reports() const;

  /// See Engine.
  bool is_ready() const;
  std::string line_not_served() const;

 private:
  bool is_wanted(const config::Instance& instance) const;
  void take(const config::Instance& instance, const config::GivenSection& given);
  Task<> serve(std::shared_ptr<InstanceSlot> slot);

  const SlotServices services_;
  const std::vector<std::string> only_these_;
  const std::function<void()> changed_;
  std::vector<std::shared_ptr<InstanceSlot>> slots_;
  std::map<std::string, config::GivenSection> given_;  ///< what was said of each instance, by its name
  bool started_ = false;
  bool ending_ = false;
  TaskGroup working_;
};

}  // namespace external::engine
