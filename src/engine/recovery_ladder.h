#pragma once
// Brings a modem back that does not do what it should. docs/instances.md

#include "board.h"
#include "context.h"
#include "pauses.h"
#include "port_pause.h"
#include "recovery.h"

#include <external/modem/modem.h>

namespace external::engine {

/// The ladder of one line, which remembers how often it was climbed in vain. What is tried goes to the log
/// and to the board. Used on the thread of the lines.
class RecoveryLadder {
 public:
  /// What it is given by reference must outlive it.
  RecoveryLadder(Context& context, const config::Instance& settings, Board& board);

  enum class Top {
    works,   ///< the modem is initialised
    absent,  ///< the port has gone meanwhile
    failed,  ///< nothing has helped: give_up()
  };

  /// Tries what can be tried while the port is open, one after the other.
  Task<Top> climb(modem::Modem& modem);

  /// The port is to be closed, and opened again after this. `why`: what is wrong, a sentence. The pauses
  /// grow, and somebody is called for help.
  PortPause give_up(const std::string& why);

  /// Runs PowerCommand if it is due. To be called after give_up(), while the port is closed. How long the
  /// modem then takes until it listens; nothing if it was not switched off and on.
  Task<std::optional<Duration>> cycle_power();

  /// INITIALIZE was played as it should, without climb().
  void works();

 private:
  Task<Top> try_rung(modem::Modem& modem, Rung rung, bool& played);
  void tell_of_rung(const std::string& text);
  void has_helped(Rung rung);
  void write(const std::string& text) { context_.log.write(settings_.name, text); }

  Context& context_;
  const config::Instance& settings_;
  Board& board_;
  Pauses pauses_;
  bool power_due_ = false;         ///< PowerCommand is run before the port is opened again
  bool power_was_cycled_ = false;  ///< since the modem was last initialised
};

}  // namespace external::engine
