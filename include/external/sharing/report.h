#pragma once
// Pools, leases and who waits for one, as plain values.

#include <external/base/clock.h>

#include <map>
#include <string>
#include <vector>

namespace external::sharing {

/// A client that has a modem.
struct LeaseReport {
  std::string instance;        ///< whose modem it has
  std::string client;          ///< its address
  std::uint64_t id = 0;        ///< for whoever wants to end it; unique in one run
  WallTime since{};            ///< the lease began
  Duration idle{};             ///< since the last payload
  Duration waited{};           ///< before the lease
  std::uint64_t to_modem = 0;  ///< bytes of payload
  std::uint64_t from_modem = 0;
};

/// A client that waits for one.
struct WaitReport {
  std::string client;
  std::uint64_t id = 0;
  WallTime since{};
};

/// What became of those who came, since the start. Of leases those that have ended.
struct PoolTally {
  using Counts = std::map<std::string, std::uint64_t>;

  Counts ended;                         ///< leases, by what ended them: engine::name_of(LeaseEnd)
  Counts refused;                       ///< clients, by the cause: name_of(Refusal)
  std::uint64_t calls_refused = 0;      ///< rang at a modem that was lent, and were left to ring
  std::uint64_t calls_handed_over = 0;  ///< went to a client
  std::uint64_t to_modem = 0;           ///< bytes of payload
  std::uint64_t from_modem = 0;
  Duration lent{};          ///< all leases together
  Duration longest_wait{};  ///< of who got a modem
};

struct PoolReport {
  std::string pool;
  std::vector<std::string> instances;  ///< in the order in which they are taken
  std::vector<LeaseReport> leases;
  std::vector<WaitReport> waiting;  ///< the next one first
  PoolTally tally;
};

}  // namespace external::sharing
