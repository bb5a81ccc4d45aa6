#pragma once
// What an initialised modem is used for: it listens, answers, dials, and is lent.

#include "lease.h"
#include "modem_calls.h"
#include "port.h"
#include "port_hold.h"

namespace external::engine {

/// The work of one line. Used on the thread of the lines.
class ModemWork {
 public:
  /// What it is given by reference must outlive it. `tasks` take what goes on while the line listens.
  ModemWork(Context& context, const config::Instance& settings, Board& board, const Port& port,
            PortHold& hold, TaskGroup& tasks);

  /// Serves the modem until it has to be initialised or its port closed. Cancelled, it leaves the modem as it
  /// is.
  Task<Handback> run(modem::Modem& modem);

  /// There may be something to dial, or somebody who wants the modem.
  void wake() { wake_.set(); }

  /// The modem was let go: what is written belongs to no call any more, and nobody waits for its return.
  void is_let_go();

  /// With whom the last call was, and how it ended; empty if there was none.
  const std::string& last_call() const { return calls_.last(); }

 private:
  using Ended = ModemCalls::Ended;

  Task<Ended> listen(modem::Modem& modem);
  Task<Ended> wait_for_work(modem::Modem& modem, TimePoint until);
  Task<Ended> attend(modem::Modem& modem, Result<modem::Attention> found);
  Task<Ended> wait_for_power(modem::Modem& modem);
  Task<Ended> lend(modem::Modem& modem, bool rings);
  void write(const std::string& text) { context_.log.write(settings_.name, text); }

  Context& context_;
  const config::Instance& settings_;
  Board& board_;
  const Port& port_;
  PortHold& hold_;
  ModemCalls calls_;
  Turns turns_;  ///< of clients and calls
  Event wake_;
  Duration call_due_{};  ///< a call rings; so long the modem is for it alone, once it listens
  TimePoint call_until_{};
};

}  // namespace external::engine
