#pragma once
// One configured line at work.

#include "board.h"
#include "context.h"

namespace external::engine {

class Instance {
 public:
  virtual ~Instance() = default;

  /// Serves the line until `stop` is set, then hangs up, resets and gives everything back within StopTimeout.
  /// Never throws: whatever goes wrong is logged, and tried again.
  virtual Task<> run(Event& stop) = 0;

  /// There may be something to dial.
  virtual void wake() = 0;

  virtual Board& board() = 0;
};

/// Context and settings must outlive it.
std::unique_ptr<Instance> make_modem_instance(Context& context, const config::Instance& settings,
                                              std::function<void()> changed);
std::unique_ptr<Instance> make_tcp_instance(Context& context, const config::Instance& settings,
                                            std::function<void()> changed);

/// A call that is being made. Cut short, it ends for the planner and for whoever asked for it.
class Unfinished {
 public:
  Unfinished(Context& context, const CallTask& task)
      : planner_(context.planner), post_office_(task.post_office), request_(task.request) {}
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  ~Unfinished();

  /// It came to its own end; finish_dialled_call says how.
  void settled() { settled_ = true; }

 private:
  Planner& planner_;
  std::string post_office_;
  std::shared_ptr<CallRequest> request_;
  bool settled_ = false;
};

}  // namespace external::engine
