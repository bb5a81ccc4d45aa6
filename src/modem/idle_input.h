#pragma once
// What a modem says while nothing is asked of it.

#include <external/base/asio.h>

namespace external::modem {

/// The input of an idle modem, sorted.
struct IdleInput {
  std::string ring;                      ///< the last RING as it was written, empty if it did not ring
  std::string connect;                   ///< a connection nobody asked for, as the modem said it
  std::string session;                   ///< what came behind that
  std::vector<std::string> information;  ///< about the caller: "NMBR = 5550001", "RING A"; whole lines
  std::string other;                     ///< lines that are none of these nor results, for ANSWER to read
  std::string unfinished;                ///< the beginning of a line
};

/// `whole`: nothing more comes soon, so a line without its end counts as one. `numbers`: the modem gives
/// results as numbers, so that 1, 5 and those from 10 on are connections.
IdleInput sort_idle_input(std::string_view input, bool whole, bool numbers);

}  // namespace external::modem
