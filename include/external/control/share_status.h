#pragma once
// How it stands with a pool of modems that are lent; docs/sharing.md.

#include <external/base/clock.h>

#include <boost/json/fwd.hpp>

#include <map>

namespace external::control {

/// A modem of a pool, and who has it.
struct LentModemStatus {
  std::string instance;
  std::string state;           ///< of its line, as LineStatus names it
  std::string client;          ///< its address; empty: nobody has it, and what follows says nothing
  std::uint64_t id = 0;        ///< for `external share kick`
  WallTime since{};            ///< the lease began
  std::uint64_t idle = 0;      ///< seconds since the last payload
  std::uint64_t to_modem = 0;  ///< bytes of payload
  std::uint64_t from_modem = 0;

  bool operator==(const LentModemStatus&) const = default;
};

/// A client that waits for one.
struct WaitingClientStatus {
  std::string client;
  std::uint64_t id = 0;
  WallTime since{};

  bool operator==(const WaitingClientStatus&) const = default;
};

/// Since the running External started; of leases those that have ended.
struct ShareTotals {
  using Counts = std::map<std::string, std::uint64_t>;

  Counts ended;    ///< leases by what ended them: "closed", "idle", ...; docs/metrics.md
  Counts refused;  ///< clients by the cause: "queue", "password", ...
  std::uint64_t calls_refused = 0;
  std::uint64_t calls_handed_over = 0;
  std::uint64_t to_modem = 0;  ///< bytes of payload
  std::uint64_t from_modem = 0;
  std::uint64_t seconds = 0;       ///< lent, all leases together
  std::uint64_t longest_wait = 0;  ///< seconds

  bool operator==(const ShareTotals&) const = default;
};

struct ShareStatus {
  std::string pool;
  std::vector<LentModemStatus> modems;       ///< in the order in which they are taken
  std::vector<WaitingClientStatus> waiting;  ///< the next one first
  ShareTotals totals;

  bool operator==(const ShareStatus&) const = default;
};

boost::json::array to_json(const std::vector<ShareStatus>& shares);

/// The member "shares" of `status`, none if there is no such member. Throws boost::system::system_error if a
/// value has the wrong type.
std::vector<ShareStatus> shares_from_json(const boost::json::object& status);

}  // namespace external::control
