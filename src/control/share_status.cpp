#include "json_members.h"

#include <external/control/share_status.h>

namespace external::control {

namespace json = boost::json;

namespace {

json::object modem_object(const LentModemStatus& modem) {
  return {{"instance", modem.instance},
          {"state", modem.state},
          {"client", modem.client},
          {"id", modem.id},
          {"since", modem.client.empty() ? json::value() : time_value(modem.since)},
          {"idle", modem.idle},
          {"to_modem", modem.to_modem},
          {"from_modem", modem.from_modem}};
}

json::object waiting_object(const WaitingClientStatus& client) {
  return {{"client", client.client}, {"id", client.id}, {"since", time_value(client.since)}};
}

json::object totals_object(const ShareTotals& totals) {
  return {{"ended", json::value_from(totals.ended)},
          {"refused", json::value_from(totals.refused)},
          {"calls_refused", totals.calls_refused},
          {"calls_handed_over", totals.calls_handed_over},
          {"to_modem", totals.to_modem},
          {"from_modem", totals.from_modem},
          {"seconds", totals.seconds},
          {"longest_wait", totals.longest_wait}};
}

json::object share_object(const ShareStatus& share) {
  json::array modems;
  for (const auto& modem : share.modems) modems.push_back(modem_object(modem));
  json::array waiting;
  for (const auto& client : share.waiting) waiting.push_back(waiting_object(client));
  return {{"pool", share.pool},
          {"modems", std::move(modems)},
          {"waiting", std::move(waiting)},
          {"totals", totals_object(share.totals)}};
}

LentModemStatus modem_from(const json::object& object) {
  LentModemStatus modem;
  take(object, "instance", modem.instance);
  take(object, "state", modem.state);
  take(object, "client", modem.client);
  take(object, "id", modem.id);
  take(object, "since", modem.since);
  take(object, "idle", modem.idle);
  take(object, "to_modem", modem.to_modem);
  take(object, "from_modem", modem.from_modem);
  return modem;
}

WaitingClientStatus waiting_from(const json::object& object) {
  WaitingClientStatus client;
  take(object, "client", client.client);
  take(object, "id", client.id);
  take(object, "since", client.since);
  return client;
}

ShareTotals totals_from(const json::object& object) {
  ShareTotals totals;
  take(object, "ended", totals.ended);
  take(object, "refused", totals.refused);
  take(object, "calls_refused", totals.calls_refused);
  take(object, "calls_handed_over", totals.calls_handed_over);
  take(object, "to_modem", totals.to_modem);
  take(object, "from_modem", totals.from_modem);
  take(object, "seconds", totals.seconds);
  take(object, "longest_wait", totals.longest_wait);
  return totals;
}

ShareStatus share_from(const json::object& object) {
  ShareStatus share;
  take(object, "pool", share.pool);
  for (const auto& modem : items(object, "modems"))
    share.modems.push_back(modem_from(json::value_to<json::object>(modem)));
  for (const auto& client : items(object, "waiting"))
    share.waiting.push_back(waiting_from(json::value_to<json::object>(client)));
  json::object totals;
  take(object, "totals", totals);
  share.totals = totals_from(totals);
  return share;
}

}  // namespace

json::array to_json(const std::vector<ShareStatus>& shares) {
  json::array array;
  for (const auto& share : shares) array.push_back(share_object(share));
  return array;
}

std::vector<ShareStatus> shares_from_json(const json::object& status) {
  std::vector<ShareStatus> shares;
  for (const auto& value : items(status, "shares"))
    shares.push_back(share_from(json::value_to<json::object>(value)));
  return shares;
}

}  // namespace external::control
