#pragma once
// One configured line at work.

#include "board.h"
#include "context.h"

#include <stdexcept>

namespace external::engine {

/// A line cannot go on as it is. what() is a sentence with cause and what is done about it.
struct LineTrouble : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Its settings do not let it run. what() is a sentence with cause and cure.
struct Misconfigured : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Instance {
 public:
  virtual ~Instance() = default;

  /// Serves the line until `stop` is set, then hangs up, resets and gives everything back within StopTimeout.
  /// Throws LineTrouble, or what nobody has thought of, when it cannot go on; it has given everything back
  /// then, too, and another one may take its place. Call once.
  virtual Task<> run(Event& stop) = 0;

  /// There may be something to dial.
  virtual void wake() = 0;

  /// A call stands or is being made that the state on the board need not show, because there are several.
  virtual bool has_calls() const { return false; }
};

/// Context, settings and board must outlive it. Throws Misconfigured.
std::unique_ptr<Instance> make_modem_instance(Context& context, const config::Instance& settings,
                                              Board& board);
std::unique_ptr<Instance> make_tcp_instance(Context& context, const config::Instance& settings, Board& board);

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
