#pragma once
// Calls on a modem: one at a time, from the first ring or the dial until the modem is ready for the next one.

#include "board.h"
#include "context.h"
#include "handback.h"

#include <external/base/task_group.h>
#include <external/modem/modem.h>

namespace external::engine {

class Unfinished;
struct DialledCall;

/// Those of one line. Used on the thread of the lines. What its coroutines give is nothing where the modem
/// can listen again. Cancelled, they leave the modem as it is; who has it lets it go.
class ModemCalls {
 public:
  /// What it is given by reference must outlive it. `tasks` take what goes on while the line listens.
  ModemCalls(Context& context, const config::Instance& settings, Board& board, TaskGroup& tasks);

  using Ended = std::optional<Handback>;

  /// The modem rings.
  Task<Ended> answer(modem::Modem& modem);

  /// It has picked up by itself.
  Task<Ended> take_unasked(modem::Modem& modem);

  Task<Ended> dial(modem::Modem& modem, CallTask task);

  /// DISCONNECT and RESET.
  Task<Ended> hang_up(modem::Modem& modem);

  /// All that is written from now on belongs to one call, until is_over().
  void begins();

  /// The modem listens again, or was let go.
  void is_over() { mark_.reset(); }

  /// With whom it was, and how it ended; empty if there was none.
  const std::string& last() const { return last_; }
  void last(std::string words) { last_ = std::move(words); }

 private:
  Task<Ended> hold(modem::Modem& modem, std::string connect);
  Task<Ended> after_dialling(modem::Modem& modem, const modem::Outcome& outcome);
  Task<> finish(std::unique_ptr<Unfinished> unfinished, CallTask task, DialledCall call);
  void write(const std::string& text) { context_.log.write(settings_.name, text); }

  Context& context_;
  const config::Instance& settings_;
  Board& board_;
  TaskGroup& tasks_;
  std::optional<log::CallMark> mark_;  ///< of the call that stands, is being made or hung up
  std::string last_;
};

}  // namespace external::engine
