#pragma once
// Tells of events: to those who follow them, and to the program that EventCommand names.

#include <external/base/async.h>
#include <external/engine/line_event.h>
#include <external/log/log.h>
#include <external/outlet/helper.h>

namespace external::engine {

/// Runs a program of the administrator; outlet::run_helper, or what a test has instead.
using RunCommand = std::function<Task<outlet::HelperEnd>(std::vector<std::string> arguments,
                                                         outlet::Environment environment, Duration limit)>;

/// One thread, that of lines; nothing here ever holds them up.
class EventDesk {
 public:
  /// `command`: its words; none where there is none. `log` must outlive the desk.
  EventDesk(const asio::any_io_executor& executor, log::Log& log, std::vector<std::string> command,
            RunCommand run);

  /// Up to 32 wait for the command; what comes when there are as many is left out, which the log says.
  void raise(LineEvent event);

  /// Calls `follower` for each event from now on, while the returned value lives.
  [[nodiscard]] EventSubscription follow(std::function<void(const LineEvent&)> follower);

  /// Runs the command for one event after the other, each for 60 s at most, until `stop` is set; then one
  /// that runs is killed.
  Task<> run(Event& stop);

 private:
  using Follower = std::function<void(const LineEvent&)>;

  Task<> serve();
  Task<> tell(LineEvent event);
  void forget_who_is_gone();

  log::Log& log_;
  std::vector<std::string> command_;
  RunCommand run_;
  Event more_;
  std::deque<LineEvent> waiting_;
  std::vector<std::weak_ptr<Follower>> followers_;
};

}  // namespace external::engine
