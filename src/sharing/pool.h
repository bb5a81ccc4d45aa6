#pragma once
// One pool: what holds in it, who waits for its modems, and what became of those who came.

#include "waiting_list.h"

#include <external/base/networks.h>
#include <external/base/text.h>
#include <external/sharing/pools.h>

#include <algorithm>

namespace external::sharing {

class Client;

/// Used on the thread of the lines.
struct Pool {
  explicit Pool(PoolSettings settings) { use(std::move(settings)); }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// They hold for who comes from now on, and for leases that begin from now on. Throws std::runtime_error
  /// if Allow or First is no list of networks.
  void use(PoolSettings settings) {
    allowed = Networks(settings.share->allow);
    first = Networks(settings.share->first);
    share = std::move(settings.share);
    tls = std::move(settings.tls);
  }

  const std::string& name() const { return share->name; }

  bool has(std::string_view instance) const {
    return std::ranges::any_of(share->instances,
                               [&](const auto& one) { return equal_no_case(one, instance); });
  }

  bool may_come(const asio::ip::address& from) const {
    return share->allow.empty() ? from.is_loopback() : allowed.contains(from.to_string());
  }

  std::shared_ptr<const config::Share> share;
  Networks allowed;
  Networks first;
  std::shared_ptr<asio::ssl::context> tls;
  WaitingList<Client*> waiting;
  PoolTally tally;
};

}  // namespace external::sharing
