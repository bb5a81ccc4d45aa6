#pragma once
// The port of an instance: opening it, waiting for it, and what to tell people when it cannot be had.

#include "context.h"

#include <external/line/port_watch.h>

namespace external::engine {

/// The port that AsyncCommPort names, or what the engine was told to open instead.
class Port {
 public:
  Port(Context& context, const config::Instance& settings);

  /// What a lock file of a dead process is worth saying goes to the log.
  Task<Result<std::unique_ptr<line::Line>>> open();

  /// Waits until it may be there again, `longest` at most; at least for a moment.
  Task<> wait_for_return(Duration longest);

  /// False: the path leads to another device now than the one that was opened, or to none.
  bool still_there() const;

  /// Something is at its path, whatever comes of opening it.
  bool is_present() const;

  /// One sentence: why it could not be opened, and the cure.
  std::string trouble(error_code error) const;

 private:
  Context& context_;
  const config::Instance& settings_;
  bool is_device_;  ///< of this computer
  std::optional<line::DeviceId> opened_;
};

/// Whether `error` says that there is no such port now, as opposed to one that somebody holds or that fails.
bool is_absent(error_code error);

}  // namespace external::engine
