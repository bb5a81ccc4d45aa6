#pragma once
// What real modems do that they should not, or that no script expects. All off unless asked for.

#include "result.h"

#include <external/base/clock.h>

#include <vector>

namespace external::phonenet {

/// Which of a sequence of events are hit: the next so many, or each so many-th.
struct Hits {
  unsigned next = 0;
  unsigned every = 0;
  unsigned seen = 0;

  /// To be asked once for each event.
  bool strike();
};

enum class Stuck { no, on, off };

/// What a call does not carry, as of a modem or server that keeps it for itself.
enum class Eaten {
  nothing,
  flow_control,  ///< XON and XOFF
  eighth_bit,    ///< of each byte: it comes as 0
  telnet,        ///< the byte FF
};

struct Quirks {
  // Answers: all results but RING.
  Hits merge;    ///< kept until the next answer, and sent in one with it
  Hits drop;     ///< never sent
  Hits doubled;  ///< sent twice
  Hits garbage;  ///< a few wrong bytes before it
  Hits late;
  Duration late_by{};

  ResultTable results;               ///< numbers and words of its own
  std::vector<ResultForm> progress;  ///< results before CONNECT, which comes half a second after them

  bool ring_without_text = false;
  bool ring_without_line = false;  ///< RI stays low
  std::string caller_id;           ///< number told between the first two rings; empty: not
  unsigned picks_up_after = 0;     ///< rings, whatever S0 says; 0: never

  bool ignores_dtr = false;
  Duration dtr_time{};        ///< DTR must be low for so long to have an effect
  unsigned dtr_sticks = 0;    ///< after so many calls DTR cannot be raised until the port is opened anew
  Duration dsr_drop{};        ///< during ATZ
  Stuck carrier = Stuck::no;  ///< DCD
  Stuck ring = Stuck::no;     ///< RI
  Duration stop_reading{};    ///< CTS low for so long, from when this is set

  std::string bad_reset;         ///< settings after ATZ, as Q1S0=1; empty: those stored
  unsigned blacklist_after = 0;  ///< failed calls of a number: BLACKLISTED
  unsigned delay_after = 0;      ///< likewise: DELAYED

  unsigned loses_from_computer = 0;  ///< one byte in so many
  unsigned loses_to_computer = 0;
  Eaten eats = Eaten::nothing;  ///< both ways
};

/// Switches the quirk called `key` on, as in ("late", "2s,3"). A value of "off" switches it off; the key
/// "off" all. Throws std::runtime_error that says what to write.
void set_quirk(Quirks& quirks, const std::string& key, const std::string& value);

/// A line for each quirk, for the help.
std::string quirk_help();

}  // namespace external::phonenet
