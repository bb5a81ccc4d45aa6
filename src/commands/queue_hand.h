#pragma once
// The queue in the hand of a person at a screen: looked at and changed without anyone waiting for the disk.

#include <external/base/async.h>
#include <external/config/settings.h>
#include <external/console/desk.h>
#include <mailqueue/queue.h>

namespace external::commands {

/// Works on a thread and a connection to the queue of its own, so that neither lines nor the store wait for
/// somebody who leafs through a long queue. The coroutines run on the thread of their caller, one at a time
/// on the queue.
class QueueHand {
 public:
  explicit QueueHand(Clock& clock) : clock_(clock) {}

  /// At most `limit` messages behind `after`, and at most 200. Throws mailqueue::Error.
  Task<control::MessagePage> messages(std::filesystem::path queue, mailqueue::MessageId after,
                                      std::size_t limit);

  /// Holds, releases or tries again what `action` names, and returns one line about it. The running engine
  /// has to be told. Throws std::runtime_error with one that says why nothing was done.
  Task<std::string> change(config::Settings settings, console::Action action);

 private:
  mailqueue::Queue& opened(const std::filesystem::path& file);

  Clock& clock_;
  std::optional<mailqueue::Queue> queue_;  ///< used by the worker only
  Worker worker_;                          // last: it is joined before what its jobs use goes
};

}  // namespace external::commands
