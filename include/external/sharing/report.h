#pragma once
// Leases, and who waits for one, as plain values.

#include <external/base/clock.h>

#include <string>
#include <vector>

namespace external::sharing {

/// A client that has a modem, or waits for one.
struct ClientReport {
  std::string pool;
  std::string instance;        ///< whose modem it has; empty: it waits
  std::string client;          ///< its address
  std::uint64_t id = 0;        ///< for whoever wants to end it; unique in one run
  WallTime since{};            ///< the lease began, or the wait
  Duration idle{};             ///< since the last payload
  std::uint64_t to_modem = 0;  ///< bytes of payload
  std::uint64_t from_modem = 0;
  std::size_t position = 0;  ///< in the queue, from 1; 0: it has a modem
};

/// One modem of one pool.
struct ModemReport {
  std::string pool;
  std::string instance;
  std::string state;  ///< of its line
};

}  // namespace external::sharing
