#include "share_view.h"

#include <external/base/text.h>

namespace external::commands {

namespace {

std::uint64_t seconds(Duration time) {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(time).count());
}

std::string state_of(const std::string& instance, const std::vector<control::LineStatus>& lines) {
  const auto line = std::ranges::find_if(
      lines, [&](const control::LineStatus& one) { return equal_no_case(one.instance, instance); });
  return line == lines.end() ? "" : line->state;
}

void add_lease(control::LentModemStatus& modem, const std::vector<sharing::LeaseReport>& leases) {
  const auto lease = std::ranges::find_if(
      leases, [&](const sharing::LeaseReport& one) { return equal_no_case(one.instance, modem.instance); });
  if (lease == leases.end()) return;
  modem.client = lease->client;
  modem.id = lease->id;
  modem.since = lease->since;
  modem.idle = seconds(lease->idle);
  modem.to_modem = lease->to_modem;
  modem.from_modem = lease->from_modem;
}

control::ShareTotals totals_of(const sharing::PoolTally& tally) {
  control::ShareTotals totals;
  totals.ended = tally.ended;
  totals.refused = tally.refused;
  totals.calls_refused = tally.calls_refused;
  totals.calls_handed_over = tally.calls_handed_over;
  totals.to_modem = tally.to_modem;
  totals.from_modem = tally.from_modem;
  totals.seconds = seconds(tally.lent);
  totals.longest_wait = seconds(tally.longest_wait);
  return totals;
}

}  // namespace

std::vector<control::ShareStatus> share_statuses(const std::vector<sharing::PoolReport>& pools,
                                                 const std::vector<control::LineStatus>& lines) {
  std::vector<control::ShareStatus> shares;
  for (const auto& pool : pools) {
    control::ShareStatus share{pool.pool, {}, {}, totals_of(pool.tally)};
    for (const auto& instance : pool.instances) {
      control::LentModemStatus modem;
      modem.instance = instance;
      modem.state = state_of(instance, lines);
      add_lease(modem, pool.leases);
      share.modems.push_back(std::move(modem));
    }
    for (const auto& client : pool.waiting) share.waiting.push_back({client.client, client.id, client.since});
    shares.push_back(std::move(share));
  }
  return shares;
}

}  // namespace external::commands
